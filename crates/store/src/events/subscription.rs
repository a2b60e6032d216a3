//! One subscription: what changed since its subscriber was last told.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// More conversations than this are told as "some".
const MAX_CONVERSATIONS: usize = 50;

/// One subscription to what changes of one person's. Changes that come while nobody waits are told at once.
#[derive(Debug)]
pub struct Changes {
    changed: Arc<Mutex<Changed>>,
    signal: watch::Receiver<()>,
}

/// What changed since it was last told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// The tasks.
    pub tasks: bool,
    /// These conversations.
    pub conversations: BTreeSet<i64>,
    /// Some conversations, nobody knows which.
    pub any_conversation: bool,
}

impl Changed {
    /// Everything may have.
    pub(super) fn anything() -> Self {
        Self {
            tasks: true,
            any_conversation: true,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, more: &Self) {
        self.tasks |= more.tasks;
        self.any_conversation |= more.any_conversation;
        self.conversations.extend(&more.conversations);
        self.any_conversation |= self.conversations.len() > MAX_CONVERSATIONS;
        if self.any_conversation {
            self.conversations.clear();
        }
    }
}

/// The hub's end of a subscription.
#[derive(Debug)]
pub(super) struct Subscriber {
    changed: Arc<Mutex<Changed>>,
    signal: watch::Sender<()>,
}

impl Subscriber {
    /// Both ends of a subscription.
    pub fn new() -> (Self, Changes) {
        let (signal, waiting) = watch::channel(());
        let changed = Arc::<Mutex<Changed>>::default();
        let subscriber = Self {
            changed: Arc::clone(&changed),
            signal,
        };
        let subscription = Changes {
            changed,
            signal: waiting,
        };
        (subscriber, subscription)
    }

    /// Whether nobody listens any more.
    pub fn is_gone(&self) -> bool {
        self.signal.is_closed()
    }

    pub fn tell(&self, changed: &Changed) {
        lock(&self.changed).add(changed);
        self.signal.send_replace(());
    }
}

impl Changes {
    /// Waits for the next changes. `None` when the hub is gone.
    pub async fn next(&mut self) -> Option<Changed> {
        loop {
            self.signal.changed().await.ok()?;
            let changed = std::mem::take(&mut *lock(&self.changed));
            if changed != Changed::default() {
                return Some(changed);
            }
        }
    }
}

/// A panic elsewhere cannot leave what is locked half changed.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
