//! Listening to a turn that is known already: it is over, another process works on it, or nobody does any more.

use std::time::Duration;

use metrics::counter;
use store::{
    Error,
    conversations::{self, Conversation},
    messages::{self, Message, Role},
    turns::{self, Runner, State},
};
use tokio::{select, time::sleep};
use uuid::Uuid;

use super::{
    Ask, CallStatus, Failure, Question, Round, Shared,
    event::{Outbox, TurnEvent},
    failure::Cause,
    turn::{self, Start},
};

/// How often the rows of another process's turn are looked at.
const LOOK: Duration = Duration::from_millis(400);

/// Tells a turn that was asked for before, under the same key, and takes it up if it did not come to its end.
pub(super) async fn pick_up(chat: &Shared, ask: &Ask, known: turns::Turn, out: &Outbox) {
    let mut known = known;
    let mut rows = Rows::default();
    loop {
        match known.state {
            State::Finished | State::Waiting => {
                let told = rows.tell_all(chat, ask, &known, out).await;
                return out.send(last(&known, told.err()));
            }
            _ if known.alive => {
                if let Some(mut inbox) = chat.live.join(known.id, true) {
                    while let Some(event) = inbox.recv().await {
                        out.send(event);
                    }
                    return;
                }
                let told = match rows.announce(chat, ask, &known, out).await {
                    Ok(()) => rows.tell_ready(chat, &ask.owner, &known, out).await,
                    Err(failure) => return out.send(last(&known, Some(failure))),
                };
                if let Err(error) = told {
                    return out.send(last(&known, Some(error.into())));
                }
            }
            _ => match claim(chat, ask, &known).await {
                Ok(Some(start)) => {
                    counter!("chat_turns_resumed_total").increment(1);
                    let _entry = chat.live.enter(known.id, out);
                    turn::run(chat, ask, &start, out).await;
                    return;
                }
                // Somebody was quicker.
                Ok(None) => {}
                Err(failure) => return out.send(last(&known, Some(failure))),
            },
        }
        match wait(chat, &ask.owner, &known, out).await {
            Ok(Some(now)) => known = now,
            Ok(None) => return,
            Err(failure) => return out.send(last(&known, Some(failure))),
        }
    }
}

/// Tells a turn that another process works on to somebody who only watches.
pub(super) async fn watch(chat: &Shared, owner: &str, known: turns::Turn, out: &Outbox) {
    let mut known = known;
    let mut rows = Rows::default();
    while known.alive {
        let told = rows.tell_ready(chat, owner, &known, out).await;
        let now = match told {
            Ok(()) => wait(chat, owner, &known, out).await,
            Err(error) => Err(error.into()),
        };
        match now {
            Ok(Some(now)) => known = now,
            Ok(None) => return,
            Err(failure) => return out.send(last(&known, Some(failure))),
        }
    }
    let told = rows.tell(chat, owner, &known, true, out).await;
    out.send(last(&known, told.err().map(Failure::from)));
}

/// The turn as it is a moment later; `None` when nobody listens any more.
async fn wait(
    chat: &Shared,
    owner: &str,
    known: &turns::Turn,
    out: &Outbox,
) -> Result<Option<turns::Turn>, Failure> {
    select! {
        () = sleep(LOOK) => {}
        () = out.closed() => return Ok(None),
        () = chat.shutdown.stopping() => return Err(Cause::Ending.into()),
    }
    let now = turns::get(&chat.db, owner, known.id).await?;
    Ok(Some(now.ok_or(Cause::Gone)?))
}

/// The last event of a turn that somebody else worked on.
fn last(known: &turns::Turn, failure: Option<Failure>) -> TurnEvent {
    let conversation = known.conversation_id;
    let failure = failure.or_else(|| match (known.state, conversation) {
        (State::Finished | State::Waiting, Some(_)) => None,
        (_, None) => Some(Cause::Gone.into()),
        _ => Some(Failure::recorded(known.outcome.as_deref())),
    });
    match (failure, conversation) {
        (None, Some(conversation)) => TurnEvent::Finished { conversation },
        (failure, conversation) => TurnEvent::Failed {
            conversation,
            failure: failure.unwrap_or(Cause::Gone.into()),
        },
    }
}

/// Takes a turn over that nobody works on. `None` when somebody does.
async fn claim(chat: &Shared, ask: &Ask, known: &turns::Turn) -> Result<Option<Start>, Failure> {
    let conversation = conversation(chat, ask, known).await?;
    let runner = Runner {
        turn: known.id,
        name: Uuid::new_v4().to_string(),
    };
    let claimed = turns::claim(&chat.db, &ask.owner, &runner).await?;
    // What it answers may have been stored since it was looked at.
    let now = turns::get(&chat.db, &ask.owner, known.id).await?;
    Ok(claimed.then_some(Start {
        runner,
        conversation,
        message: now.and_then(|now| now.message_id),
    }))
}

/// The conversation as it is now.
async fn conversation(
    chat: &Shared,
    ask: &Ask,
    known: &turns::Turn,
) -> Result<Conversation, Failure> {
    let id = known.conversation_id.ok_or(Cause::Gone)?;
    let found = conversations::get(&chat.db, &ask.owner, id).await?;
    Ok(found.ok_or(Cause::Gone)?)
}

/// The rows of a turn, as far as they were told.
#[derive(Default)]
struct Rows {
    last: i64,
    announced: bool,
}

impl Rows {
    /// Begins with the conversation that the turn began, as every stream of it does.
    async fn announce(
        &mut self,
        chat: &Shared,
        ask: &Ask,
        known: &turns::Turn,
        out: &Outbox,
    ) -> Result<(), Failure> {
        if self.announced || !matches!(ask.what, Question::Begin(_)) {
            return Ok(());
        }
        out.send(TurnEvent::Created(conversation(chat, ask, known).await?));
        self.announced = true;
        Ok(())
    }

    /// Everything, for the one who asked.
    async fn tell_all(
        &mut self,
        chat: &Shared,
        ask: &Ask,
        known: &turns::Turn,
        out: &Outbox,
    ) -> Result<(), Failure> {
        self.announce(chat, ask, known, out).await?;
        self.tell(chat, &ask.owner, known, true, out).await?;
        if let Question::Begin(_) = ask.what {
            out.send(TurnEvent::Named(conversation(chat, ask, known).await?));
        }
        Ok(())
    }

    /// What will not change any more.
    async fn tell_ready(
        &mut self,
        chat: &Shared,
        owner: &str,
        known: &turns::Turn,
        out: &Outbox,
    ) -> Result<(), Error> {
        self.tell(chat, owner, known, false, out).await
    }

    async fn tell(
        &mut self,
        chat: &Shared,
        owner: &str,
        known: &turns::Turn,
        over: bool,
        out: &Outbox,
    ) -> Result<(), Error> {
        let Some(conversation) = known.conversation_id else {
            return Ok(());
        };
        let before = known.message_id.map_or(0, |question| question - 1);
        let after = self.last.max(before);
        let rows = messages::of_turn(&chat.db, owner, conversation, known.id, after).await?;
        for row in rows {
            if !over && !is_ready(&row) {
                break;
            }
            self.last = row.id;
            out.send(match row.role {
                Role::User => TurnEvent::Asked(row),
                _ => TurnEvent::Stored(row),
            });
        }
        Ok(())
    }
}

/// Whether a row is what it will be.
fn is_ready(row: &Message) -> bool {
    Round::read(row).is_none_or(|round| {
        let open = [CallStatus::Waiting, CallStatus::Running];
        round.calls.iter().all(|call| !open.contains(&call.status))
    })
}
