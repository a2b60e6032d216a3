//! Who wants to know that a person's tasks or conversations changed, and how this process learns of it.
//!
//! The database tells by `NOTIFY`, whatever made the change. It must also be allowed to sleep: a suspended compute
//! drops its listeners, and to listen again would wake it. So a lost connection is left lost until this process talks
//! to the database for another reason ([`TaskEvents::database_is_awake`]) or a sibling says that it did; then the hub
//! listens again and tells everybody once, because changes may have been missed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use futures_util::FutureExt as _;
use sqlx::{
    Acquire as _, Connection as _,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use crate::{Db, Error, url::connect_options};

/// The channel that the triggers on `tasks` notify; the payload is the owner.
const TASKS: &str = "tasks_changed";
/// The channel that the triggers on conversations, messages and turns notify; the payload is the conversation and its
/// owner.
const CONVERSATIONS: &str = "conversations_changed";
/// More conversations than this are told as "some".
const MANY: usize = 50;
/// How long a connection to listen on may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the connection may take to show that it is not dead.
const PING: Duration = Duration::from_secs(5);

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

/// One subscription to what changes of one person's. Changes that come while nobody waits are told at once.
#[derive(Debug)]
pub struct Changes {
    changed: Arc<Mutex<Changed>>,
    bell: watch::Receiver<()>,
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
    fn anything() -> Self {
        Self {
            tasks: true,
            any_conversation: true,
            ..Self::default()
        }
    }

    fn add(&mut self, more: &Self) {
        self.tasks |= more.tasks;
        self.any_conversation |= more.any_conversation;
        self.conversations.extend(&more.conversations);
        self.any_conversation |= self.conversations.len() > MANY;
        if self.any_conversation {
            self.conversations.clear();
        }
    }
}

/// The hub's end of a subscription.
#[derive(Debug)]
struct Subscriber {
    changed: Arc<Mutex<Changed>>,
    bell: watch::Sender<()>,
}

impl Subscriber {
    fn tell(&self, changed: &Changed) {
        lock(&self.changed).add(changed);
        self.bell.send_replace(());
    }
}

impl Changes {
    /// Waits for the next changes. `None` when the hub is gone.
    pub async fn next(&mut self) -> Option<Changed> {
        loop {
            self.bell.changed().await.ok()?;
            let changed = std::mem::take(&mut *lock(&self.changed));
            if changed != Changed::default() {
                return Some(changed);
            }
        }
    }
}

/// A panic elsewhere cannot leave what is locked half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        let (bell, heard) = watch::channel(());
        let changed = Arc::<Mutex<Changed>>::default();
        let mut people = self.people();
        keep_those_who_listen(&mut people);
        people
            .entry(owner.to_owned())
            .or_default()
            .push(Subscriber {
                changed: Arc::clone(&changed),
                bell,
            });
        Changes {
            changed,
            bell: heard,
        }
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
        subscribers.retain(|subscriber| !subscriber.bell.is_closed());
        !subscribers.is_empty()
    });
}

/// The task that listens. It does not keep the hub alive, and ends with it.
struct Ear {
    hub: Weak<Inner>,
    hearing: watch::Receiver<Hearing>,
    doubt: Arc<Notify>,
}

impl Ear {
    fn of(hub: &TaskEvents) -> Self {
        Self {
            hub: Arc::downgrade(&hub.0),
            hearing: hub.0.hearing.subscribe(),
            doubt: Arc::clone(&hub.0.doubt),
        }
    }

    async fn hear(mut self, options: PgConnectOptions) {
        while self
            .hearing
            .wait_for(|now| *now == Hearing::Wanted)
            .await
            .is_ok()
        {
            let wanted = self.with_hub(|hub| {
                let wanted = hub.has_subscribers();
                let next = if wanted {
                    Hearing::Connecting
                } else {
                    Hearing::Deaf
                };
                hub.step(Hearing::Wanted, next);
                wanted
            });
            if wanted == Some(true) {
                let next = self.listen(&options).await;
                self.with_hub(|hub| hub.0.hearing.send_replace(next));
            }
        }
    }

    /// Listens until the connection is lost or the hub is gone. It is wanted again at once if the database is known
    /// to be awake nevertheless.
    async fn listen(&mut self, options: &PgConnectOptions) -> Hearing {
        let connected = timeout(CONNECT, async {
            // A pool of its own each time: the listener gives its connection back in its own time, dead ones too.
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(CONNECT)
                .connect_lazy_with(options.clone());
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.eager_reconnect(false);
            listener.listen_all([TASKS, CONVERSATIONS]).await?;
            Ok::<_, sqlx::Error>(listener)
        });
        let mut listener = match connected.await {
            Ok(Ok(listener)) => listener,
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot listen for changes");
                return Hearing::Deaf;
            }
            Err(_) => {
                tracing::warn!("cannot listen for changes: the database is slow");
                return Hearing::Deaf;
            }
        };
        self.doubt.notified().now_or_never();
        self.with_hub(|hub| {
            hub.0.hearing.send_replace(Hearing::Listening);
            hub.tell_everybody();
        });
        loop {
            tokio::select! {
                received = listener.try_recv() => {
                    let Ok(Some(notification)) = received else { break };
                    self.with_hub(|hub| hub.tell(notification.channel(), notification.payload()));
                }
                () = self.doubt.notified() => {
                    if !answers(&mut listener).await {
                        return Hearing::Wanted;
                    }
                }
                () = gone(&mut self.hearing) => return Hearing::Deaf,
            }
        }
        tracing::debug!("the database ended the connection for changes");
        match self.doubt.notified().now_or_never() {
            Some(()) => Hearing::Wanted,
            None => Hearing::Deaf,
        }
    }

    fn with_hub<T>(&self, act: impl FnOnce(&TaskEvents) -> T) -> Option<T> {
        self.hub.upgrade().map(|inner| act(&TaskEvents(inner)))
    }
}

/// Whether the other end is there: waiting for notifications would never notice that it vanished without a word.
async fn answers(listener: &mut PgListener) -> bool {
    let answer = timeout(PING, async { listener.acquire().await?.ping().await });
    matches!(answer.await, Ok(Ok(())))
}

/// Resolves when the hub is gone.
async fn gone(hearing: &mut watch::Receiver<Hearing>) {
    while hearing.changed().await.is_ok() {}
}
