//! A turn that has its conversation to itself: what every part of it works with, and the reasons to end it that have
//! nothing to do with what is said.

use std::{sync::OnceLock, time::Duration};

use store::{
    Db,
    messages::{self, New, Role},
    turns::{self, Runner},
};
use tokio::{
    select,
    sync::watch,
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use crate::chat::{
    broadcast::Publisher,
    context::Context,
    event::TurnEvent,
    failure::Failure,
    message::{Message, Payload},
    request::TurnRequest,
    unfinished,
};

/// A turn that has its conversation to itself.
pub(super) struct Turn<'a> {
    pub chat: &'a Context,
    pub request: &'a TurnRequest,
    pub conversation: i64,
    /// In whose name its rows are written.
    pub runner: &'a Runner,
    pub begun: Instant,
    out: &'a Publisher,
    lease: Lease,
    /// When the process can wait no longer; unset until it was asked to end.
    last_call: OnceLock<Instant>,
}

impl<'a> Turn<'a> {
    /// For a turn that has just taken the conversation.
    pub fn new(
        chat: &'a Context,
        request: &'a TurnRequest,
        conversation: i64,
        runner: &'a Runner,
        out: &'a Publisher,
    ) -> Self {
        Self {
            chat,
            request,
            conversation,
            runner,
            begun: Instant::now(),
            out,
            lease: Lease::renewed(chat.db.clone(), request.owner.clone(), runner.clone()),
            last_call: OnceLock::new(),
        }
    }

    /// Tells whoever listens.
    pub fn tell(&self, event: TurnEvent) {
        self.out.send(event);
    }

    /// Adds a row to the conversation, as long as the turn has it.
    pub async fn append(
        &self,
        role: Role,
        content: &str,
        payload: &Payload,
    ) -> Result<Message, store::Error> {
        let json = payload.to_json();
        let new = match payload {
            Payload::None => New::said(role, content),
            Payload::Calls(_) => New::round(&json),
            _ => New::said(role, content).with_payload(Some(&json)),
        };
        let (db, owner) = (&self.chat.db, &self.request.owner);
        let row = messages::append(db, owner, self.conversation, new.by(self.runner)).await?;
        Ok(row.into())
    }

    /// Writes down that the answer did not come to its end.
    pub async fn append_unfinished(&self, failure: &Failure) -> Result<Message, store::Error> {
        let (text, payload) = unfinished::row(failure);
        self.append(Role::Unfinished, &text, &payload).await
    }

    /// Stores a row as it is now.
    pub async fn save(&self, message: &Message) -> Result<(), Failure> {
        Ok(message.save(&self.chat.db, &self.request.owner).await?)
    }

    /// Stores a row as it is now, and shows it in the place of what it was.
    pub async fn replace(&self, message: &Message) -> Result<(), Failure> {
        self.save(message).await?;
        self.tell(TurnEvent::Replaced(message.clone()));
        Ok(())
    }

    /// Resolves when the turn has to end.
    pub async fn ended(&self) -> Failure {
        let Context {
            shutdown, limits, ..
        } = self.chat;
        let ending = async {
            shutdown.stopping().await;
            let last_call = || Instant::now() + limits.finish;
            sleep_until(*self.last_call.get_or_init(last_call)).await;
        };
        select! {
            () = self.out.closed() => Failure::Left,
            () = self.lease.lost() => Failure::Taken,
            () = sleep_until(self.begun + limits.turn) => Failure::OutOfTime,
            () = ending => Failure::Ending,
            () = shutdown.deadline() => Failure::Ending,
        }
    }

    /// Why the turn has to end now, if it has to.
    pub async fn must_end(&self) -> Option<Failure> {
        select! {
            biased;
            failure = self.ended() => Some(failure),
            () = std::future::ready(()) => None,
        }
    }
}

/// The lease on the conversation. It is renewed until this is dropped; without that it expires after
/// [`turns::LEASE`] seconds, so that a process that died frees the conversation.
struct Lease {
    renewal: JoinHandle<()>,
    lost: watch::Receiver<bool>,
}

impl Lease {
    fn renewed(db: Db, owner: String, runner: Runner) -> Self {
        // Two renewals may fail before it expires.
        const PERIOD: Duration = Duration::from_secs(turns::LEASE / 3);
        let (sender, lost) = watch::channel(false);
        let renewal = tokio::spawn(async move {
            let mut ticks = interval(PERIOD);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.tick().await;
            loop {
                ticks.tick().await;
                match turns::renew(&db, &owner, &runner).await {
                    Ok(true) => {}
                    Ok(false) => {
                        sender.send_replace(true);
                        return;
                    }
                    // Nobody else can have taken the turn while the database is away.
                    Err(error) => tracing::warn!(%error, "a turn could not renew its lease"),
                }
            }
        });
        Self { renewal, lost }
    }

    /// Resolves when somebody else has the turn.
    async fn lost(&self) {
        let mut lost = self.lost.clone();
        // A task that ended otherwise says nothing, and then the turn goes on.
        if lost.wait_for(|lost| *lost).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}
