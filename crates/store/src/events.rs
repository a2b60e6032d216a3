//! Who wants to know that a person's tasks or conversations changed, and how this process learns of it.
//!
//! The database tells by `NOTIFY`, whatever made the change. It must also be allowed to sleep: a suspended compute
//! drops its listeners, and to listen again would wake it. So a lost connection is left lost until this process talks
//! to the database for another reason ([`TaskEvents::database_is_awake`]) or a sibling says that it did; then the hub
//! listens again and tells everybody once, because changes may have been missed.

mod ear;
mod subscription;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::sync::{Notify, watch};

pub use self::subscription::{Changed, Changes};
use self::{
    ear::Ear,
    subscription::{Subscriber, lock},
};
use crate::{Db, Error, url::connect_options};

/// The channel that the triggers on `tasks` notify; the payload is the owner.
const TASKS: &str = "tasks_changed";
/// The channel that the triggers on conversations, messages and turns notify; the payload is the conversation and its
/// owner.
const CONVERSATIONS: &str = "conversations_changed";
/// The hub of what changes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TaskEvents(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    people: Mutex<HashMap<String, Vec<Subscriber>>>,
    hearing: watch::Sender<Hearing>,
    doubt: Arc<Notify>,
}

/// What the connection to listen on is doing. Each step is made under the lock of the `watch`, so that no sign of
/// life is lost between two of them, and none from before a sleep is left over to wake the database after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    /// There is none, and the database may be asleep.
    Deaf,
    /// There is none, somebody wants one, and the database is awake.
    Wanted,
    /// It is being made.
    Connecting,
    /// It is there.
    Listening,
}

impl TaskEvents {
    /// Makes the hub and the task that listens. `url` must be the direct one: a pooled connection cannot `LISTEN`.
    /// Nothing is sent before the first subscription.
    ///
    /// # Errors
    /// [`Error::Url`] when the URL cannot be used.
    pub fn start(db: &Db, url: &str) -> Result<Self, Error> {
        let options = connect_options(url)?.application_name("todo-backend-events");
        let hub = Self(Arc::new(Inner {
            people: Mutex::default(),
            hearing: watch::Sender::new(Hearing::Deaf),
            doubt: Arc::default(),
        }));
        db.tell_when_awake(hub.clone());
        tokio::spawn(Ear::of(&hub).hear(options));
        Ok(hub)
    }

    /// Subscribes to the changes of one person's tasks and conversations.
    #[must_use]
    pub fn subscribe(&self, owner: &str) -> Changes {
        let (subscriber, changes) = Subscriber::new();
        let mut people = self.people();
        keep_those_who_listen(&mut people);
        people.entry(owner.to_owned()).or_default().push(subscriber);
        changes
    }

    /// Says that the database is awake now, so that listening does not wake it, and that it may have been asleep, so
    /// that a connection that seems to be there is worth a check.
    pub fn database_is_awake(&self) {
        self.sign_of_life(true);
    }

    /// The database answered; `doubtful` says that connections may have been lost since it last did.
    pub(crate) fn sign_of_life(&self, doubtful: bool) {
        let hearing = *self.0.hearing.borrow();
        match hearing {
            Hearing::Deaf if !self.people().is_empty() => {
                self.step(Hearing::Deaf, Hearing::Wanted);
            }
            Hearing::Listening if doubtful => self.0.doubt.notify_one(),
            _ => {}
        }
    }

    /// Says that changes may have been missed: everybody looks again.
    pub fn tell_everybody(&self) {
        let anything = Changed::anything();
        for subscriber in self.people().values().flatten() {
            subscriber.tell(&anything);
        }
    }

    /// Waits until the hub listens; for tests and readiness of a first subscription.
    pub async fn listening(&self) {
        let mut hearing = self.0.hearing.subscribe();
        // An error means that the hub is gone, and then nobody waits.
        let _ = hearing.wait_for(|now| *now == Hearing::Listening).await;
    }

    fn step(&self, from: Hearing, to: Hearing) -> bool {
        self.0.hearing.send_if_modified(|hearing| {
            let step = *hearing == from;
            if step {
                *hearing = to;
            }
            step
        })
    }

    fn has_subscribers(&self) -> bool {
        let mut people = self.people();
        keep_those_who_listen(&mut people);
        !people.is_empty()
    }

    /// Passes on what the database says.
    fn tell(&self, channel: &str, payload: &str) {
        let (owner, changed) = if channel == CONVERSATIONS {
            let Some((id, owner)) = payload.split_once(' ') else {
                return;
            };
            let Ok(id) = id.parse() else { return };
            let conversations = BTreeSet::from([id]);
            let changed = Changed {
                conversations,
                ..Changed::default()
            };
            (owner, changed)
        } else {
            let changed = Changed {
                tasks: true,
                ..Changed::default()
            };
            (payload, changed)
        };
        for subscriber in self.people().get(owner).into_iter().flatten() {
            subscriber.tell(&changed);
        }
    }

    fn people(&self) -> MutexGuard<'_, HashMap<String, Vec<Subscriber>>> {
        lock(&self.0.people)
    }
}

fn keep_those_who_listen(people: &mut HashMap<String, Vec<Subscriber>>) {
    people.retain(|_, subscribers| {
        subscribers.retain(|subscriber| !subscriber.is_gone());
        !subscribers.is_empty()
    });
}
