//! What a person answers to a question of the assistant's, and what is done then.
//!
//! The answer is written down before anything is done because of it, so it is given once, and what it allows can be
//! taken up again by whoever asks for the same turn: the calls have the keys they had from the start.

use serde_json::json;

use super::{history::History, state::Turn, tool_runner::ToolRunner};
use crate::chat::{
    calls::{Call, CallStatus},
    elicitation::{Elicitation, ElicitedAnswer, Kind, Status},
    event::TurnEvent,
    failure::Failure,
    message::{Message, Payload},
    request::{Question, UserInput},
};

/// Writes the answer to a question down, and gives its row. What it allows is done in the turn.
pub(super) async fn write_answer(
    turn: &Turn<'_>,
    history: &mut History,
    message: i64,
    answer: &ElicitedAnswer,
) -> Result<Message, Failure> {
    let row = history.get_mut(message).ok_or(Failure::NothingAsked)?;
    let elicitation = row.elicitation().ok_or(Failure::NothingAsked)?.clone();
    if elicitation.status == Status::Pending {
        store_answer(turn, row, answer).await?;
        return Ok(row.clone());
    }
    let row = row.clone();
    // Whoever wrote it down may be gone.
    let round = history.get(elicitation.round);
    let open = round.is_some_and(|round| {
        let mut calls = round.calls().iter();
        calls.any(|call| waits(&elicitation, call))
    });
    open.then_some(row).ok_or(Failure::NothingAsked)
}

async fn store_answer(
    turn: &Turn<'_>,
    row: &mut Message,
    answer: &ElicitedAnswer,
) -> Result<(), Failure> {
    if let Payload::Elicitation(elicitation) = &mut row.payload {
        elicitation.answer(answer);
        row.content = elicitation.text();
    }
    turn.save(row).await
}

/// What a person says, with the question that it answers when it is nothing but the answer.
pub(super) fn answering(history: &History, mut input: UserInput) -> UserInput {
    let last = history.last_elicitation();
    let pending = last.filter(|(_, elicitation)| elicitation.status == Status::Pending);
    let answered = pending.filter(|(_, elicitation)| elicitation.meant(&input.text).is_some());
    if let Some((row, _)) = answered {
        input.payload.get_or_insert_default().answers = Some(row);
    }
    input
}

/// Does what the answer to the last question allows, if this turn goes on from one, and drops what nobody answered: a
/// message about something else is an answer too.
pub(super) async fn resolve(
    runner: &ToolRunner<'_>,
    history: &mut History,
    question: &Message,
) -> Result<(), Failure> {
    let turn = runner.turn;
    let last = history.last_elicitation().map(|(row, _)| row);
    let Some(row) = last.and_then(|row| history.get_mut(row)) else {
        return drop_others(turn, history, None).await;
    };
    let ours = answered_by(turn, question) == Some(row.id);
    let pending = row
        .elicitation()
        .filter(|elicitation| elicitation.status == Status::Pending);
    if let Some(elicitation) = pending {
        let meant = elicitation.meant(&question.content).filter(|_| ours);
        let answer = meant.unwrap_or(ElicitedAnswer {
            skipped: true,
            ..ElicitedAnswer::default()
        });
        store_answer(turn, row, &answer).await?;
        turn.tell(TurnEvent::Replaced(row.clone()));
    } else if ours {
        turn.tell(TurnEvent::Replaced(row.clone()));
    }
    let Some(elicitation) = row.elicitation().cloned() else {
        return Ok(());
    };
    if let Some(round) = history.get_mut(elicitation.round) {
        if ours && elicitation.agreed() {
            make(runner, &elicitation, round).await?;
        } else {
            settle(turn, &elicitation, round).await?;
        }
    }
    drop_others(turn, history, Some(elicitation.round)).await
}

/// The question that this turn goes on from.
fn answered_by(turn: &Turn<'_>, question: &Message) -> Option<i64> {
    match turn.request.question {
        Question::Elicited { message, .. } => Some(message),
        _ => question.parts()?.answers,
    }
}

/// Makes the calls that the person said yes to, whoever listens: a yes is for all of them.
async fn make(
    runner: &ToolRunner<'_>,
    elicitation: &Elicitation,
    round: &mut Message,
) -> Result<(), Failure> {
    let turn = runner.turn;
    let mut ended = None;
    let mut made = false;
    for index in 0..round.calls().len() {
        let waiting = round.calls().get(index);
        let Some(call) = waiting.filter(|call| waits(elicitation, call)).cloned() else {
            continue;
        };
        if ended.is_none() {
            ended = turn.must_end().await.filter(|why| *why != Failure::Left);
        }
        if ended.is_some() {
            break;
        }
        made = true;
        round.set_call(index, CallStatus::Running, call.result.clone());
        turn.replace(round).await?;
        let answer = runner.make(round.id, &call).await;
        ended = answer.ended;
        round.set_call(index, answer.status, answer.result);
        turn.save(round).await?;
        let round = round.clone();
        turn.tell(TurnEvent::CallEnded { round, index });
    }
    if made {
        turn.tell(TurnEvent::RoundEnded(round.clone()));
    }
    ended.map_or(Ok(()), Err)
}

/// Writes the answer into the calls that waited for it and are not to be made.
async fn settle(
    turn: &Turn<'_>,
    elicitation: &Elicitation,
    round: &mut Message,
) -> Result<(), Failure> {
    let status = match elicitation.kind {
        Kind::Question => CallStatus::Done,
        Kind::Confirmation => CallStatus::Skipped,
    };
    let outcome = if elicitation.agreed() {
        json!({ "not_made": "The turn ended before this call was made. Nothing was changed." })
    } else {
        elicitation.outcome()
    };
    let mut changed = false;
    for call in round.calls_mut() {
        if call.status == CallStatus::Asked && elicitation.calls.contains(&call.id) {
            let mut result = outcome.clone();
            if let (Some(shall), Some(result)) = (call.result.get("shall"), result.as_object_mut())
            {
                result.insert("shall".to_owned(), shall.clone());
            }
            call.set(status, result);
            changed = true;
        }
    }
    if changed {
        turn.replace(round).await?;
    }
    Ok(())
}

/// Drops calls that wait for a question which is gone, as after a retry.
async fn drop_others(
    turn: &Turn<'_>,
    history: &mut History,
    settled: Option<i64>,
) -> Result<(), Failure> {
    for row in &mut history.rows {
        let waits = |call: &Call| call.status == CallStatus::Asked;
        if Some(row.id) != settled && row.calls().iter().any(waits) {
            row.withdraw_calls("This call was not made.");
            turn.replace(row).await?;
        }
    }
    Ok(())
}

/// Whether a call still waits for this answer, or may have been begun because of it: the same again is the same call.
fn waits(elicitation: &Elicitation, call: &Call) -> bool {
    let open = match call.status {
        CallStatus::Asked => true,
        CallStatus::Running | CallStatus::Unknown => call.writes,
        _ => false,
    };
    open && elicitation.calls.contains(&call.id)
}
