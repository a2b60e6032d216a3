//! Who wants to know that a person's tasks changed, and how this process learns of it.
//!
//! The database tells by `NOTIFY`, whatever made the change. It must also be allowed to sleep: a suspended compute
//! drops its listeners, and to listen again would wake it. So a lost connection is left lost until this process talks
//! to the database for another reason ([`TaskEvents::database_is_awake`]) or a sibling says that it did; then the hub
//! listens again and tells everybody once, because changes may have been missed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use crate::{Db, Error, url::connect_options};

/// The channel that the triggers on `tasks` notify; the payload is the owner.
const CHANNEL: &str = "tasks_changed";
/// How long a connection to listen on may take.
const CONNECT: Duration = Duration::from_secs(10);

/// The hub of task changes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TaskEvents(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    people: Mutex<HashMap<String, watch::Sender<u64>>>,
    listening: watch::Sender<bool>,
    awake: Notify,
}

/// One subscription to the changes of one person's tasks. Changes that come while nobody waits are told once.
#[derive(Debug)]
pub struct Changes(watch::Receiver<u64>);

impl Changes {
    /// Waits for the next change. `None` when the hub is gone.
    pub async fn next(&mut self) -> Option<()> {
        self.0.changed().await.ok()
    }
}

impl TaskEvents {
    /// Makes the hub and the task that listens. `url` must be the direct one: a pooled connection cannot `LISTEN`.
    /// Nothing is sent before the first subscription.
    ///
    /// # Errors
    /// [`Error::Url`] when the URL cannot be used.
    pub fn start(db: &Db, url: &str) -> Result<Self, Error> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(CONNECT)
            .connect_lazy_with(connect_options(url)?.application_name("todo-backend-events"));
        let hub = Self(Arc::new(Inner {
            people: Mutex::default(),
            listening: watch::Sender::new(false),
            awake: Notify::new(),
        }));
        db.tell_when_awake(hub.clone());
        let task = hub.clone();
        tokio::spawn(async move {
            loop {
                task.0.awake.notified().await;
                if task.has_subscribers() {
                    task.listen(&pool).await;
                }
            }
        });
        Ok(hub)
    }

    /// Subscribes to the changes of one person's tasks.
    #[must_use]
    pub fn subscribe(&self, owner: &str) -> Changes {
        let mut people = self.people();
        people.retain(|_, sender| sender.receiver_count() > 0);
        let changes = people.entry(owner.to_owned()).or_default().subscribe();
        Changes(changes)
    }

    /// Says that the database is awake now, so that listening does not wake it.
    pub fn database_is_awake(&self) {
        if !*self.0.listening.borrow() {
            self.0.awake.notify_one();
        }
    }

    /// Says that changes may have been missed: everybody looks again.
    pub fn tell_everybody(&self) {
        for sender in self.people().values() {
            sender.send_modify(|version| *version += 1);
        }
    }

    /// Waits until the hub listens; for tests and readiness of a first subscription.
    pub async fn listening(&self) {
        let mut listening = self.0.listening.subscribe();
        // An error means that the hub is gone, and then nobody waits.
        let _ = listening.wait_for(|yes| *yes).await;
    }

    fn has_subscribers(&self) -> bool {
        self.people()
            .values()
            .any(|sender| sender.receiver_count() > 0)
    }

    fn tell(&self, owner: &str) {
        if let Some(sender) = self.people().get(owner) {
            sender.send_modify(|version| *version += 1);
        }
    }

    /// Listens until the connection is lost.
    async fn listen(&self, pool: &sqlx::PgPool) {
        let connected = timeout(CONNECT, async {
            let mut listener = PgListener::connect_with(pool).await?;
            listener.eager_reconnect(false);
            listener.listen(CHANNEL).await?;
            Ok::<_, sqlx::Error>(listener)
        });
        let mut listener = match connected.await {
            Ok(Ok(listener)) => listener,
            Ok(Err(error)) => return tracing::warn!(%error, "cannot listen for task changes"),
            Err(_) => {
                return tracing::warn!("cannot listen for task changes: the database is slow");
            }
        };
        self.0.listening.send_replace(true);
        self.tell_everybody();
        while let Ok(Some(notification)) = listener.try_recv().await {
            self.tell(notification.payload());
        }
        // A sign of life that came while we were connecting must not make us wake the database that just fell asleep.
        tokio::select! {
            biased;
            () = self.0.awake.notified() => {}
            () = std::future::ready(()) => {}
        }
        self.0.listening.send_replace(false);
        tracing::debug!("the database ended the connection for task changes");
    }

    fn people(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<u64>>> {
        // A panic elsewhere cannot leave the map half changed.
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
