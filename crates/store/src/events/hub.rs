//! The hub: who subscribed, and the state of the connection that listens.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use tokio::sync::{Notify, watch};

use super::{
    News,
    news::{self, Notification},
    subscription::{Changed, Changes, Subscriber, lock},
};

/// The most subscriptions of one person; more than a person has devices and windows.
const PERSON_MAX: usize = 50;
/// The most subscriptions of all. A stream takes about 24 kB.
const ALL_MAX: usize = 2_000;
/// So many of our own notifications may be on their way back; more never come, as the connection is dead.
const ECHOES_MAX: usize = 100_000;

/// Who is told of what.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    subscribers: Mutex<Subscribers>,
    /// Our own notifications, of which our subscribers were told already, and how often each is still to come back.
    echoes: Mutex<HashMap<Notification, usize>>,
    pub(super) connection: watch::Sender<Connection>,
    /// Notified when the connection is worth a check.
    pub(super) check: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Subscribers {
    by_owner: HashMap<String, Vec<Subscriber>>,
    /// How many there are, with those that are gone and not removed yet.
    all: usize,
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
        subscribers.remove_gone_of(owner);
        // Those of other people only when there is no room without: it takes as long as there are subscriptions.
        if subscribers.all >= ALL_MAX {
            subscribers.remove_gone();
        }
        let of_owner = subscribers.by_owner.get(owner).map_or(0, Vec::len);
        if subscribers.all >= ALL_MAX || of_owner >= PERSON_MAX {
            return None;
        }
        let (subscriber, changes) = Subscriber::new();
        subscribers.all += 1;
        subscribers
            .by_owner
            .entry(owner.to_owned())
            .or_default()
            .push(subscriber);
        Some(changes)
    }

    /// Ends every subscription of one person.
    pub(super) fn end(&self, owner: &str) {
        let mut subscribers = self.subscribers();
        let ended = subscribers.by_owner.remove(owner).map_or(0, |of| of.len());
        subscribers.all -= ended;
    }

    pub(super) fn tell_everybody(&self) {
        let anything = Changed::anything();
        for subscriber in self.subscribers().by_owner.values().flatten() {
            subscriber.tell(&anything);
        }
    }

    /// Tells one person's subscribers.
    pub(crate) fn tell(&self, owner: &str, news: &News) {
        let News::Changed(changed) = news else {
            return self.end(owner);
        };
        for subscriber in self.subscribers().by_owner.get(owner).into_iter().flatten() {
            subscriber.tell(changed);
        }
    }

    /// The database answered a query; `connections_lost` says that some may have been lost since it last did.
    pub(crate) fn database_answered(&self, connections_lost: bool) {
        let connection = *self.connection.borrow();
        match connection {
            Connection::None if !self.subscribers().by_owner.is_empty() => {
                self.step(Connection::None, Connection::Wanted);
            }
            Connection::Listening if connections_lost => self.check.notify_one(),
            _ => {}
        }
    }

    /// From [`Connection::Wanted`] on: makes the connection only if somebody is still subscribed.
    pub(super) fn begin_connecting(&self) -> bool {
        let mut subscribers = self.subscribers();
        subscribers.remove_gone();
        let wanted = !subscribers.by_owner.is_empty();
        let next = if wanted {
            Connection::Connecting
        } else {
            Connection::None
        };
        self.step(Connection::Wanted, next);
        wanted
    }

    /// From [`Connection::Connecting`] on, when the database has confirmed that it will notify. Everybody looks again, for
    /// what was missed.
    pub(super) fn begin_listening(&self) {
        {
            let mut echoes = lock(&self.echoes);
            echoes.clear();
            self.connection.send_replace(Connection::Listening);
        }
        self.tell_everybody();
    }

    /// Passes on what the database says, but for what this process said itself.
    pub(super) fn hear(&self, channel: &'static str, payload: &str) {
        let notification = (channel, payload.to_owned());
        if !self.is_echo(&notification) {
            self.pass_on(&notification);
        }
    }

    fn pass_on(&self, (channel, payload): &Notification) {
        match news::read(channel, payload) {
            Some((owner, news)) => self.tell(owner, &news),
            None => self.tell_everybody(),
        }
    }

    /// Says what this process is about to notify. What comes back is not told again; if it is somebody else's, which looks
    /// the same, ours is still to come and is told instead.
    pub(super) fn expect(&self, notifications: &[Notification]) {
        let mut echoes = lock(&self.echoes);
        if echoes.len() + notifications.len() > ECHOES_MAX {
            echoes.clear();
        }
        // Otherwise nothing comes back.
        if *self.connection.borrow() == Connection::Listening {
            for notification in notifications {
                *echoes.entry(notification.clone()).or_default() += 1;
            }
        }
    }

    /// Says that the notifications expected last may not come: if they do, they are told again, which does no harm. One that
    /// is not expected any more has come: it may have been somebody else's, so it is told.
    pub(super) fn expect_no_more(&self, notifications: &[Notification]) {
        for notification in notifications {
            if !self.is_echo(notification) {
                self.pass_on(notification);
            }
        }
    }

    /// Whether the notification is expected; then it is once less.
    fn is_echo(&self, notification: &Notification) -> bool {
        let mut echoes = lock(&self.echoes);
        let Some(times) = echoes.get_mut(notification) else {
            return false;
        };
        *times -= 1;
        if *times == 0 {
            echoes.remove(notification);
        }
        true
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

    fn subscribers(&self) -> MutexGuard<'_, Subscribers> {
        lock(&self.subscribers)
    }
}

impl Subscribers {
    fn remove_gone_of(&mut self, owner: &str) {
        if let Some(of_owner) = self.by_owner.get_mut(owner) {
            let before = of_owner.len();
            of_owner.retain(|subscriber| !subscriber.is_gone());
            self.all -= before - of_owner.len();
        }
    }

    fn remove_gone(&mut self) {
        self.by_owner.retain(|_, of_owner| {
            of_owner.retain(|subscriber| !subscriber.is_gone());
            !of_owner.is_empty()
        });
        self.all = self.by_owner.values().map(Vec::len).sum();
    }
}
