//! Live changes: who subscribed to a person's tasks and conversations, and how this process learns of changes.
//!
//! The database tells by `NOTIFY`, whatever made the change. It must also be allowed to sleep: a suspended compute
//! drops its listeners, and to listen again would wake it. So a lost connection is left lost until this process talks
//! to the database for another reason ([`TaskEvents::database_is_awake`]) or a sibling says that it did; then the hub
//! listens again and tells everybody once, because changes may have been missed.

mod hub;
mod listener;
mod subscription;

use self::{hub::Connection, listener::Listener};
pub use self::{
    hub::TaskEvents,
    subscription::{Changed, Changes},
};
use crate::{Db, Error, url::connect_options};

impl TaskEvents {
    /// Makes the hub and the task that listens. `url` must be the direct one: a pooled connection cannot `LISTEN`.
    /// Nothing is sent before the first subscription.
    ///
    /// # Errors
    /// [`Error::Url`] when the URL cannot be used.
    pub fn start(db: &Db, url: &str) -> Result<Self, Error> {
        let options = connect_options(url)?.application_name("todo-backend-events");
        let events = Self::default();
        db.on_answer({
            let events = events.clone();
            move |connections_lost| events.database_answered(connections_lost)
        });
        tokio::spawn(Listener::of(&events).run(options));
        Ok(events)
    }

    /// Says that the database is awake, so that listening does not wake it, and that it may have been asleep, so that
    /// a connection that seems to be there is worth a check.
    pub fn database_is_awake(&self) {
        self.database_answered(true);
    }

    /// Waits until the hub listens; for tests and readiness of a first subscription.
    pub async fn listening(&self) {
        self.reached(Connection::Listening).await;
    }
}
