//! The backend: REST, chat and live events over one list of tasks.
//!
//! Start reading at [`http`] for a request, and at [`chat`] for a turn of the conversation.

pub mod chat;
pub mod doctor;
pub mod healthcheck;
pub mod http;
mod peers;

use axum::{Router, extract::FromRef};
use service::{auth::UserTokens, shutdown::Shutdown};
use store::{Db, events::TaskEvents};

pub use peers::{Peers, private_router};

/// What the handlers share. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// The database.
    pub db: Db,
    /// Checks who is calling.
    pub tokens: UserTokens,
    /// Tells whose tasks changed.
    pub events: TaskEvents,
    /// Answers people.
    pub chat: chat::Chat,
    /// Says when to stop.
    pub shutdown: Shutdown,
}

/// The whole application behind the public port.
pub fn router(state: AppState) -> Router {
    let (routes, document) = http::routes().split_for_parts();
    let routes = routes.merge(http::docs::router(&document));
    service::middleware::wrap(routes.with_state(state).merge(http::health()))
}
