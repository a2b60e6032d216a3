//! The reasons to end a turn that have nothing to do with what is said in it.

use std::sync::OnceLock;

use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::Turn;
use crate::chat::{Shared, event::Outbox, failure::Cause};

/// Watches the clock, the listeners, the turn's lease and the process.
pub(super) struct Stop<'a> {
    chat: &'a Shared,
    out: &'a Outbox,
    turn: &'a Turn,
    deadline: Instant,
    /// When the process can wait no longer; unset until it was asked to end.
    last_call: OnceLock<Instant>,
}

impl<'a> Stop<'a> {
    pub fn new(chat: &'a Shared, turn: &'a Turn, out: &'a Outbox) -> Self {
        let deadline = Instant::now() + chat.limits.turn;
        Self {
            chat,
            out,
            turn,
            deadline,
            last_call: OnceLock::new(),
        }
    }

    /// Ends when the turn has to.
    pub async fn cause(&self) -> Cause {
        let ending = async {
            self.chat.shutdown.stopping().await;
            let finish = self.chat.limits.finish;
            sleep_until(*self.last_call.get_or_init(|| Instant::now() + finish)).await;
        };
        select! {
            () = self.out.closed() => Cause::Left,
            () = self.turn.heartbeat.lost() => Cause::Taken,
            () = sleep_until(self.deadline) => Cause::OutOfTime,
            () = ending => Cause::Ending,
            () = self.chat.shutdown.deadline() => Cause::Ending,
        }
    }

    /// Whether the turn has to end now.
    pub async fn now(&self) -> Option<Cause> {
        select! {
            biased;
            cause = self.cause() => Some(cause),
            () = std::future::ready(()) => None,
        }
    }
}
