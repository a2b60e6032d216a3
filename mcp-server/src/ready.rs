//! Whether this replica should get requests.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use service::shutdown::Shutdown;
use store::Db;

/// 200 while the database answers, 503 when it does not and from the first moment of a shutdown. While all is well
/// this asks the database nothing, so probes do not keep a sleeping one awake.
pub(crate) async fn ready(State((db, shutdown)): State<(Db, Shutdown)>) -> Response {
    if shutdown.is_draining() {
        return unavailable(&json!({ "process": "draining" }));
    }
    if db.ready().await {
        Json(json!({ "status": "ok", "checks": { "database": "ok" } })).into_response()
    } else {
        unavailable(&json!({ "database": "unavailable" }))
    }
}

fn unavailable(checks: &Value) -> Response {
    let body = json!({ "status": "unavailable", "checks": checks });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
}
