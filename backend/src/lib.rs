//! The backend: REST, chat and live events over one list of tasks.
//!
//! Start reading at [`http`] for a request, and at [`chat`] for a turn of the conversation.

mod access;
pub mod chat;
pub mod doctor;
pub mod healthcheck;
pub mod http;
mod peers;
mod state;

use axum::Router;

pub use access::Access;
pub use peers::private_router;
pub use state::AppState;

/// The whole application behind the public port.
pub fn router(state: AppState) -> Router {
    let (routes, document) = http::routes().split_for_parts();
    let routes = routes.merge(http::docs::router(&document));
    service::middleware::wrap(routes.with_state(state).merge(http::health()))
}
