//! Live changes: who subscribed to a person's tasks and conversations, and how this process learns of changes.
//!
//! Processes tell each other by `NOTIFY`: those of this release after the commit ([`announcer`]), whatever else makes a change
//! by trigger. The database must also be allowed to sleep: a suspended compute drops its listeners, and to listen again
//! would wake it. So a lost connection is left lost until this process talks to the database for another reason
//! ([`TaskEvents::database_is_awake`]) or a sibling says that it did; then the hub listens again and tells everybody once,
//! because changes may have been missed.

pub(crate) mod announcer;
mod hub;
mod listener;
mod news;
mod subscription;

use std::sync::Arc;

pub use self::subscription::{Changed, Changes};
use self::{hub::Connection, listener::Listener};
pub(crate) use self::{hub::Hub, news::News};
use crate::{Db, Error, url::connect_options};

/// The hub of what changes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TaskEvents(Arc<Hub>);

impl TaskEvents {
    /// Makes the hub and the task that listens. `url` must be the direct one: a pooled connection cannot `LISTEN`.
    /// Nothing is sent before the first subscription.
    ///
    /// # Errors
    /// [`Error::Url`] when the URL cannot be used.
    pub fn start(db: &Db, url: &str) -> Result<Self, Error> {
        let options = connect_options(url)?.application_name("todo-backend-events");
        let hub = Arc::<Hub>::default();
        tokio::spawn(Listener::of(&hub).run(options));
        db.tell(Arc::clone(&hub));
        Ok(Self(hub))
    }

    /// Subscribes to the changes of one person's tasks and conversations. None when the person, or everybody together, has
    /// too many subscriptions in this process.
    #[must_use]
    pub fn subscribe(&self, owner: &str) -> Option<Changes> {
        self.0.subscribe(owner)
    }

    /// Ends every subscription of one person, in this process.
    pub fn end(&self, owner: &str) {
        self.0.end(owner);
    }

    /// Says that the database is awake, so that listening does not wake it, and that it may have been asleep, so that
    /// a connection that seems to be there is worth a check.
    pub fn database_is_awake(&self) {
        self.0.database_answered(true);
    }

    /// Says that changes may have been missed: everybody looks again.
    pub fn tell_everybody(&self) {
        self.0.tell_everybody();
    }

    /// Waits until the hub listens; for tests and readiness of a first subscription.
    pub async fn listening(&self) {
        let mut connection = self.0.connection.subscribe();
        // The hub is there, so the state is.
        let _ = connection
            .wait_for(|now| *now == Connection::Listening)
            .await;
    }
}
