//! What a person answers to a question of the assistant's, and what is done then.
//!
//! The answer is written down before anything is done because of it, so it is given once, and what it allows can be
//! taken up again by whoever asks for the same turn: the calls have the keys they had from the start.

use serde_json::{Value, json};
use store::messages::{self, Message, Role};

use super::{
    Stop, Turn,
    calls::{Maker, withdraw},
    tally::Tally,
};
use crate::chat::{
    Ask, Asking, Failure, InputAnswer, Question, Shared, Words,
    asking::Status,
    event::TurnEvent,
    failure::Cause,
    round::{Call, CallStatus, Round},
};

/// How far back a question may be that still waits: after it come only presses of buttons and notes about them.
const BACK: i64 = 100;

/// Writes the answer to a question down. What it allows is done in the turn.
pub(super) async fn apply(
    chat: &Shared,
    ask: &Ask,
    conversation: i64,
    item: i64,
    answer: &InputAnswer,
) -> Result<Message, Failure> {
    let row = messages::get(&chat.db, &ask.owner, conversation, item).await?;
    let row = row.ok_or(Cause::NothingAsked)?;
    let mut asking = Asking::read(&row).ok_or(Cause::NothingAsked)?;
    if asking.status == Status::Pending {
        asking.answer(answer);
        return store(chat, ask, &row, &asking).await;
    }
    // Whoever wrote it down may be gone.
    let round = round_of(chat, ask, &asking, conversation).await?;
    let open = round.is_some_and(|round| round.calls.iter().any(|call| waits(&asking, call)));
    if open {
        Ok(row)
    } else {
        Err(Cause::NothingAsked.into())
    }
}

/// The parts of a message, with the question that it answers when it is nothing but the answer.
pub(super) async fn answering(
    chat: &Shared,
    ask: &Ask,
    conversation: i64,
    words: &Words,
) -> Result<Option<Value>, Failure> {
    let rows = messages::recent(&chat.db, &ask.owner, conversation, BACK).await?;
    let pending = last(&rows).filter(|(_, asking)| asking.status == Status::Pending);
    let answered = pending.filter(|(_, asking)| asking.meant(&words.text).is_some());
    let mut payload = words.payload.clone();
    if let Some((row, _)) = answered {
        payload.get_or_insert_with(|| json!({}))["answers"] = json!(row.id);
    }
    Ok(payload)
}

fn last(rows: &[Message]) -> Option<(&Message, Asking)> {
    let read = |row| Asking::read(row).map(|asking| (row, asking));
    rows.iter().rev().find_map(read)
}

/// Does what the answer to the last question allows, if this turn goes on from one, and drops what nobody answered: a
/// message about something else is an answer too.
pub(super) async fn resolve(
    maker: &Maker<'_>,
    tally: &mut Tally,
    stop: &Stop<'_>,
) -> Result<(), Failure> {
    let (chat, ask, turn) = (maker.chat, maker.ask, maker.turn);
    let rows = messages::recent(&chat.db, &ask.owner, turn.conversation, BACK).await?;
    let Some((row, mut asking)) = last(&rows) else {
        return drop_others(maker, &rows, None).await;
    };
    let answered = answered_by(ask, turn);
    let ours = answered == Some(row.id);
    if asking.status == Status::Pending {
        let meant = asking.meant(&turn.question.content).filter(|_| ours);
        asking.answer(&meant.unwrap_or(InputAnswer {
            skipped: true,
            ..InputAnswer::default()
        }));
        let row = store(chat, ask, row, &asking).await?;
        maker.out.send(TurnEvent::Replaced(row));
    } else if ours {
        maker.out.send(TurnEvent::Replaced(row.clone()));
    }
    if let Some(mut round) = round_of(chat, ask, &asking, turn.conversation).await? {
        if ours && asking.agreed() {
            make(maker, &asking, &mut round, tally, stop).await?;
        } else {
            settle(maker, &asking, &mut round).await?;
        }
    }
    drop_others(maker, &rows, Some(asking.round)).await
}

/// The question that this turn goes on from.
fn answered_by(ask: &Ask, turn: &Turn) -> Option<i64> {
    match ask.what {
        Question::Input { item, .. } => Some(item),
        _ => turn.question.payload.as_ref()?.get("answers")?.as_i64(),
    }
}

/// Makes the calls that the person said yes to, whoever listens: a yes is for all of them.
async fn make(
    maker: &Maker<'_>,
    asking: &Asking,
    round: &mut Round,
    tally: &mut Tally,
    stop: &Stop<'_>,
) -> Result<(), Failure> {
    let mut ended: Option<Cause> = None;
    let mut made = false;
    for index in 0..round.calls.len() {
        let Some(call) = round.calls.get(index).filter(|call| waits(asking, call)) else {
            continue;
        };
        let call = call.clone();
        if ended.is_none() {
            ended = stop.now().await.filter(|cause| *cause != Cause::Left);
        }
        if ended.is_some() {
            break;
        }
        made = true;
        round.set(index, CallStatus::Running, call.result.clone());
        maker
            .out
            .send(TurnEvent::Replaced(maker.save(round).await?));
        let answer = maker.make(round, &call).await;
        ended = answer.ended;
        round.set(index, answer.status, answer.result);
        maker.save(round).await?;
        maker.out.send(TurnEvent::CallEnded {
            round: round.clone(),
            index,
        });
    }
    if made {
        maker.out.send(TurnEvent::RoundEnded(round.clone()));
    }
    let gone = |call: &&Call| maker.tools.destroys(&call.tool) && call.status == CallStatus::Done;
    tally.deleted += round.calls.iter().filter(gone).count();
    ended.map_or(Ok(()), |cause| Err(cause.into()))
}

/// Writes the answer into the calls that waited for it and are not to be made.
async fn settle(maker: &Maker<'_>, asking: &Asking, round: &mut Round) -> Result<(), Failure> {
    let status = match asking.kind {
        crate::chat::asking::Kind::Question => CallStatus::Done,
        crate::chat::asking::Kind::Confirmation => CallStatus::Skipped,
    };
    let outcome = if asking.agreed() {
        json!({ "not_made": "The turn ended before this call was made. Nothing was changed." })
    } else {
        asking.outcome()
    };
    let mut changed = false;
    for index in 0..round.calls.len() {
        let Some(call) = round.calls.get(index) else {
            continue;
        };
        let mut result = outcome.clone();
        if let (Some(deed), Some(result)) = (call.result.get("shall"), result.as_object_mut()) {
            result.insert("shall".to_owned(), deed.clone());
        }
        if asking.calls.contains(&call.id) && call.status == CallStatus::Asked {
            round.set(index, status, result);
            changed = true;
        }
    }
    if changed {
        maker
            .out
            .send(TurnEvent::Replaced(maker.save(round).await?));
    }
    Ok(())
}

/// Drops calls that wait for a question which is gone, as after a retry.
async fn drop_others(
    maker: &Maker<'_>,
    rows: &[Message],
    settled: Option<i64>,
) -> Result<(), Failure> {
    for row in rows.iter().filter(|row| Some(row.id) != settled) {
        let Some(mut round) = Round::read(row) else {
            continue;
        };
        if round
            .calls
            .iter()
            .any(|call| call.status == CallStatus::Asked)
        {
            withdraw(&mut round, &"This call was not made.".into());
            maker
                .out
                .send(TurnEvent::Replaced(maker.save(&round).await?));
        }
    }
    Ok(())
}

/// Whether a call still waits for this answer, or may have been begun because of it: the same again is the same call.
fn waits(asking: &Asking, call: &Call) -> bool {
    let open = match call.status {
        CallStatus::Asked => true,
        CallStatus::Running | CallStatus::Unknown => call.writes,
        _ => false,
    };
    open && asking.calls.contains(&call.id)
}

async fn round_of(
    chat: &Shared,
    ask: &Ask,
    asking: &Asking,
    conversation: i64,
) -> Result<Option<Round>, Failure> {
    let row = messages::get(&chat.db, &ask.owner, conversation, asking.round).await?;
    Ok(row.as_ref().and_then(Round::read))
}

async fn store(
    chat: &Shared,
    ask: &Ask,
    row: &Message,
    asking: &Asking,
) -> Result<Message, Failure> {
    let (text, payload) = (asking.text(), asking.payload());
    Ok(messages::set_payload(&chat.db, &ask.owner, row.id, &text, &payload).await?)
}

/// Whether a row is a message that only answers a question. The model reads the answer where it was asked.
pub(in crate::chat) fn only_answers(row: &Message) -> bool {
    row.role == Role::User
        && row
            .payload
            .as_ref()
            .is_some_and(|payload| payload.get("answers").is_some())
}
