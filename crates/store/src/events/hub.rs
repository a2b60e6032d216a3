//! The hub: who subscribed, and the state of the connection that listens.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::sync::{Notify, watch};

use super::subscription::{Changed, Changes, Subscriber, lock};

/// The channel that the triggers on `tasks` notify; the payload is the owner.
pub(super) const TASKS: &str = "tasks_changed";
/// The channel that the triggers on conversations, messages and turns notify; the payload is the conversation and its
/// owner.
pub(super) const CONVERSATIONS: &str = "conversations_changed";
/// The channel that tells of a deleted account; the payload is its id.
pub(super) const ACCOUNTS: &str = "accounts_deleted";
/// The most subscriptions of one person; more than a person has devices and windows.
const PERSON_MAX: usize = 50;
/// The most subscriptions of all. A stream takes about 24 kB.
const ALL_MAX: usize = 2_000;

/// Who is told of what.
#[derive(Debug, Default)]
pub(super) struct Hub {
    /// By owner.
    subscribers: Mutex<HashMap<String, Vec<Subscriber>>>,
    pub(super) connection: watch::Sender<Connection>,
    /// Notified when the connection is worth a check.
    pub(super) check: Arc<Notify>,
}

/// The state of the connection that listens. Each step is made under the lock of the `watch`, so that no answer of the
/// database is lost between two of them, and none from before a sleep is left over to wake the database after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Connection {
    /// There is none, and the database may be asleep.
    #[default]
    None,
    /// There is none, somebody subscribed, and the database is awake.
    Wanted,
    /// It is being made.
    Connecting,
    /// It is there.
    Listening,
}

impl Hub {
    /// None when there are too many.
    pub(super) fn subscribe(&self, owner: &str) -> Option<Changes> {
        let mut subscribers = self.subscribers();
        remove_gone(&mut subscribers);
        let all: usize = subscribers.values().map(Vec::len).sum();
        let of_owner = subscribers.get(owner).map_or(0, Vec::len);
        if all >= ALL_MAX || of_owner >= PERSON_MAX {
            return None;
        }
        let (subscriber, changes) = Subscriber::new();
        subscribers
            .entry(owner.to_owned())
            .or_default()
            .push(subscriber);
        Some(changes)
    }

    /// Ends every subscription of one person.
    pub(super) fn end(&self, owner: &str) {
        self.subscribers().remove(owner);
    }

    pub(super) fn tell_everybody(&self) {
        let anything = Changed::anything();
        for subscriber in self.subscribers().values().flatten() {
            subscriber.tell(&anything);
        }
    }

    /// The database answered a query; `connections_lost` says that some may have been lost since it last did.
    pub(super) fn database_answered(&self, connections_lost: bool) {
        let connection = *self.connection.borrow();
        match connection {
            Connection::None if !self.subscribers().is_empty() => {
                self.step(Connection::None, Connection::Wanted);
            }
            Connection::Listening if connections_lost => self.check.notify_one(),
            _ => {}
        }
    }

    /// From [`Connection::Wanted`] on: makes the connection only if somebody is still subscribed.
    pub(super) fn begin_connecting(&self) -> bool {
        let mut subscribers = self.subscribers();
        remove_gone(&mut subscribers);
        let wanted = !subscribers.is_empty();
        let next = if wanted {
            Connection::Connecting
        } else {
            Connection::None
        };
        self.step(Connection::Wanted, next);
        wanted
    }

    /// Passes on what the database says.
    pub(super) fn tell(&self, channel: &str, payload: &str) {
        if channel == ACCOUNTS {
            return self.end(payload);
        }
        let mut changed = Changed::default();
        let owner = if channel == CONVERSATIONS {
            let Some((id, owner)) = payload.split_once(' ') else {
                return;
            };
            let Ok(id) = id.parse() else { return };
            changed.conversations = BTreeSet::from([id]);
            owner
        } else {
            changed.tasks = true;
            payload
        };
        for subscriber in self.subscribers().get(owner).into_iter().flatten() {
            subscriber.tell(&changed);
        }
    }

    fn step(&self, from: Connection, to: Connection) {
        self.connection.send_if_modified(|connection| {
            let step = *connection == from;
            if step {
                *connection = to;
            }
            step
        });
    }

    fn subscribers(&self) -> MutexGuard<'_, HashMap<String, Vec<Subscriber>>> {
        lock(&self.subscribers)
    }
}

fn remove_gone(subscribers: &mut HashMap<String, Vec<Subscriber>>) {
    subscribers.retain(|_, of_owner| {
        of_owner.retain(|subscriber| !subscriber.is_gone());
        !of_owner.is_empty()
    });
}
