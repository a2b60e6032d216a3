//! Whether this process should be sent requests.

use axum::{extract::State, response::IntoResponse};
use http::StatusCode;
use serde::Serialize;
use service::{auth::UserTokens, json::Json, shutdown::Shutdown};
use store::Db;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(ready))
}

/// Whether the process can serve, and what keeps it from doing so.
#[derive(Serialize, ToSchema)]
struct Readiness {
    /// `ok` or `unavailable`.
    status: &'static str,
    checks: Checks,
}

/// Each is `ok` or says what is wrong.
#[derive(Serialize, ToSchema)]
struct Checks {
    database: &'static str,
    auth_keys: &'static str,
    process: &'static str,
}

/// Readiness. Sends nothing to a database that answered last time, so a sleeping one is let sleep.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "operations",
    security(()),
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready", body = Readiness)
    )
)]
async fn ready(
    State(db): State<Db>,
    State(tokens): State<UserTokens>,
    State(shutdown): State<Shutdown>,
) -> impl IntoResponse {
    let check = |good: bool, problem| if good { "ok" } else { problem };
    let checks = Checks {
        database: check(db.ready().await, "unreachable"),
        auth_keys: check(tokens.ready(), "not fetched yet"),
        process: check(!shutdown.is_draining(), "ending"),
    };
    let ok = [checks.database, checks.auth_keys, checks.process]
        .iter()
        .all(|check| *check == "ok");
    let (code, status) = if ok {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    (code, Json(Readiness { status, checks }))
}
