//! Listening to a turn that is known already: it is over, another process works on it, or nobody does any more.

use std::time::Duration;

use metrics::counter;
use store::{
    conversations::{self, Conversation},
    messages::{self, Role},
    turns::{self, Runner, State},
};
use tokio::{select, time::sleep};
use uuid::Uuid;

use super::{
    broadcast::Publisher,
    calls::CallStatus,
    context::Context,
    event::TurnEvent,
    failure::Failure,
    message::Message,
    request::{Question, TurnRequest},
    turn::{self, Start},
};

/// How often the rows of another process's turn are looked at.
const LOOK: Duration = Duration::from_millis(400);

/// A turn that is told from its rows.
pub(super) struct Replay<'a> {
    chat: &'a Context,
    owner: &'a str,
    out: &'a Publisher,
    known: turns::Turn,
    /// The last row that was told.
    last: i64,
    announced: bool,
}

impl<'a> Replay<'a> {
    pub fn new(chat: &'a Context, owner: &'a str, known: turns::Turn, out: &'a Publisher) -> Self {
        Self {
            chat,
            owner,
            out,
            last: 0,
            known,
            announced: false,
        }
    }

    /// Tells the turn to the one who asked for it again, and takes it up if it did not come to its end.
    pub async fn pick_up(mut self, request: &TurnRequest) {
        if let Err(failure) = self.try_pick_up(request).await {
            self.end(Some(failure));
        }
    }

    async fn try_pick_up(&mut self, request: &TurnRequest) -> Result<(), Failure> {
        let begins = matches!(request.question, Question::Begin(_));
        loop {
            match self.known.state {
                State::Finished | State::Waiting => {
                    self.announce(begins).await?;
                    self.tell(true).await?;
                    if begins {
                        let named = self.conversation().await?;
                        self.out.send(TurnEvent::Named(named));
                    }
                    self.end(None);
                    return Ok(());
                }
                _ if self.known.alive => {
                    if let Some(mut live) = self.chat.running.join(self.known.id, true) {
                        while let Some(event) = live.recv().await {
                            self.out.send(event);
                        }
                        return Ok(());
                    }
                    self.announce(begins).await?;
                    self.tell(false).await?;
                }
                // Unless somebody was quicker.
                _ => {
                    if let Some(start) = self.claim().await? {
                        counter!("chat_turns_resumed_total").increment(1);
                        let _entry = self.chat.running.enter(self.known.id, self.out);
                        turn::run(self.chat, request, &start, self.out).await;
                        return Ok(());
                    }
                }
            }
            if !self.wait().await? {
                return Ok(());
            }
        }
    }

    /// Tells a turn that another process works on to somebody who only watches.
    pub async fn watch(mut self) {
        match self.try_watch().await {
            Ok(true) => self.end(None),
            Ok(false) => {}
            Err(failure) => self.end(Some(failure)),
        }
    }

    async fn try_watch(&mut self) -> Result<bool, Failure> {
        while self.known.alive {
            self.tell(false).await?;
            if !self.wait().await? {
                return Ok(false);
            }
        }
        self.tell(true).await?;
        Ok(true)
    }

    /// Looks at the turn a moment later; false when nobody listens any more.
    async fn wait(&mut self) -> Result<bool, Failure> {
        select! {
            () = sleep(LOOK) => {}
            () = self.out.closed() => return Ok(false),
            () = self.chat.shutdown.stopping() => return Err(Failure::Ending),
        }
        let now = turns::get(&self.chat.db, self.owner, self.known.id).await?;
        self.known = now.ok_or(Failure::Gone)?;
        Ok(true)
    }

    /// The last event of a turn that somebody else worked on.
    fn end(&self, failure: Option<Failure>) {
        let conversation = self.known.conversation_id;
        let failure = failure.or_else(|| match (self.known.state, conversation) {
            (State::Finished | State::Waiting, Some(_)) => None,
            (_, None) => Some(Failure::Gone),
            _ => Some(Failure::recorded(self.known.outcome.as_deref())),
        });
        self.out.send(match (failure, conversation) {
            (None, Some(conversation)) => TurnEvent::Finished { conversation },
            (failure, conversation) => TurnEvent::Failed {
                conversation,
                failure: failure.unwrap_or(Failure::Gone),
            },
        });
    }

    /// Takes the turn over when nobody works on it. `None` when somebody does.
    async fn claim(&self) -> Result<Option<Start>, Failure> {
        let conversation = self.conversation().await?;
        let runner = Runner {
            turn: self.known.id,
            name: Uuid::new_v4().to_string(),
        };
        let claimed = turns::claim(&self.chat.db, self.owner, &runner).await?;
        // What it answers may have been stored since it was looked at.
        let now = turns::get(&self.chat.db, self.owner, self.known.id).await?;
        Ok(claimed.then_some(Start {
            runner,
            conversation,
            message: now.and_then(|now| now.message_id),
        }))
    }

    /// The conversation as it is now.
    async fn conversation(&self) -> Result<Conversation, Failure> {
        let id = self.known.conversation_id.ok_or(Failure::Gone)?;
        let found = conversations::get(&self.chat.db, self.owner, id).await?;
        found.ok_or(Failure::Gone)
    }

    /// Begins with the conversation, if the turn began it, as every stream of it does.
    async fn announce(&mut self, begins: bool) -> Result<(), Failure> {
        if begins && !self.announced {
            let created = self.conversation().await?;
            self.out.send(TurnEvent::Created(created));
            self.announced = true;
        }
        Ok(())
    }

    /// Tells the rows that were not told yet: all when the turn is over, else those that will not change any more.
    async fn tell(&mut self, over: bool) -> Result<(), store::Error> {
        let Some(conversation) = self.known.conversation_id else {
            return Ok(());
        };
        // The question may have been stored since the turn was first looked at.
        let before = self.known.message_id.map_or(0, |question| question - 1);
        let (db, turn, after) = (&self.chat.db, self.known.id, self.last.max(before));
        let rows = messages::of_turn(db, self.owner, conversation, turn, after).await?;
        for row in rows.into_iter().map(Message::from) {
            let open = [CallStatus::Waiting, CallStatus::Running];
            if !over && row.calls().iter().any(|call| open.contains(&call.status)) {
                break;
            }
            self.last = row.id;
            self.out.send(match row.role {
                Role::User => TurnEvent::Asked(row),
                _ => TurnEvent::Stored(row),
            });
        }
        Ok(())
    }
}
