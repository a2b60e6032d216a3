//! What siblings call that woke the database.

use axum::{Router, extract::State, routing::post};
use http::StatusCode;
use service::peers::AWAKE;
use store::events::TaskEvents;

/// The routes of the private port, beside the metrics.
pub fn private_router(events: TaskEvents) -> Router {
    Router::new().route(AWAKE, post(awake)).with_state(events)
}

async fn awake(State(events): State<TaskEvents>) -> StatusCode {
    events.database_is_awake();
    StatusCode::NO_CONTENT
}
