//! What the handlers share.

use axum::extract::FromRef;
use service::{auth::UserTokens, principal::Authenticator, shutdown::Shutdown};
use store::{Db, events::TaskEvents};

use crate::chat::Chat;

/// What the handlers share. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// Checks who is calling.
    pub authenticator: Authenticator,
    /// The tokens of people who signed in, and whether they can be checked.
    pub tokens: UserTokens,
    /// Tells whose tasks changed.
    pub events: TaskEvents,
    /// Answers people.
    pub chat: Chat,
    /// Says when to stop.
    pub shutdown: Shutdown,
}
