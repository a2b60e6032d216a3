//! The MCP server: a person's tasks as tools for models and agents.
//!
//! Stateless, so that any replica answers any request. Who calls is settled before a tool runs ([`Principal`]); the
//! rules and the SQL are the store's.

mod about;
mod access;
mod clock;
mod failure;
mod identity;
mod metadata;
mod origin;
mod params;
mod prompts;
mod ready;
mod resources;
mod schema;
mod server;
mod tools;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header::ACCEPT},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use service::{
    assertion::Assertions, auth::AccessTokens, principal::Authenticator, problem::Problem,
    shutdown::Shutdown,
};
use tokio_util::sync::CancellationToken;

use access::Access;
use identity::Identity;
pub use identity::Principal;
use metadata::Challenges;
use origin::Origins;
pub use tools::Tools;

/// The largest request: a title and a description need a few kilobytes.
const BODY_MAX: usize = 256 * 1024;
/// How long one request may take, whatever happens.
const REQUEST_MAX: Duration = Duration::from_secs(30);
/// Names a caller on this machine uses; every other name must be configured, against DNS rebinding.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What the server needs to run.
#[derive(Clone)]
pub struct State {
    /// The database of tasks.
    pub db: store::Db,
    /// Checks the backend's calls.
    pub assertions: Assertions,
    /// Checks those of connected apps, where there is an authorization server.
    pub access_tokens: Option<AccessTokens>,
    /// `Host` names answered besides those of this machine; a name without a port fits any port.
    pub allowed_hosts: Vec<String>,
    /// `Origin`s answered besides those of this machine. A request without an `Origin` does not come from a web page and is
    /// always answered.
    pub allowed_origins: Vec<String>,
    /// Tells when to stop.
    pub shutdown: Shutdown,
}

/// The whole server: `/mcp`, where to get a token for it, `/health` and `/ready`. Must be called inside a Tokio runtime.
pub fn router(state: State) -> Router {
    let State {
        db,
        assertions,
        access_tokens,
        allowed_hosts,
        allowed_origins,
        shutdown,
    } = state;
    let hosts = LOOPBACK.map(str::to_owned).into_iter().chain(allowed_hosts);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(hosts)
        .with_max_request_body_bytes(BODY_MAX)
        .with_cancellation_token(cancelled_at_the_deadline(shutdown.clone()));
    let website = access_tokens.as_ref().map(AccessTokens::issuer);
    let tools = Tools::new(db.clone(), website);
    let mcp = StreamableHttpService::new(
        move || Ok(tools.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let origins = Origins::new(allowed_origins);
    let metadata = metadata::routes(access_tokens.as_ref());
    let identity = Identity {
        challenges: Challenges::new(access_tokens.as_ref()),
        authenticator: Authenticator::for_mcp(assertions, access_tokens, Access(db.clone())),
    };
    let mcp = Router::new()
        .route_service("/mcp", mcp.clone())
        .route_service("/mcp/", mcp)
        .layer(middleware::from_fn(within_the_time_limit))
        .layer(middleware::from_fn(answer_json_to_whoever_takes_it))
        .layer(middleware::from_fn(|request, next| {
            params::answer_malformed(request, next, BODY_MAX)
        }))
        .layer(middleware::from_fn_with_state(identity, identity::identify))
        .merge(metadata)
        .layer(origin::cors(&origins))
        .layer(middleware::from_fn_with_state(
            origins,
            origin::refuse_others,
        ));
    let ready = Router::new()
        .route("/ready", get(ready::ready))
        .with_state((db, shutdown));
    service::middleware::wrap(
        mcp.merge(ready)
            .merge(service::health::router(env!("CARGO_PKG_VERSION"))),
    )
}

/// Cancelling earlier than the deadline would answer calls that are still running with an error 500.
fn cancelled_at_the_deadline(shutdown: Shutdown) -> CancellationToken {
    let token = CancellationToken::new();
    tokio::spawn({
        let token = token.clone();
        async move {
            shutdown.deadline().await;
            token.cancel();
        }
    });
    token
}

/// Every answer is JSON unless there is progress to tell, so a client that takes JSON need not say that it takes streams.
async fn answer_json_to_whoever_takes_it(mut request: Request, next: Next) -> Response {
    if takes_json(request.headers()) {
        let both = HeaderValue::from_static("application/json, text/event-stream");
        request.headers_mut().insert(ACCEPT, both);
    }
    next.run(request).await
}

fn takes_json(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter();
    let mut ranges = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .peekable();
    let takes = |range: &str| {
        ["*/*", "application/*", "application/json"]
            .iter()
            .any(|json| json.eq_ignore_ascii_case(range))
    };
    ranges.peek().is_none() || ranges.any(takes)
}

async fn within_the_time_limit(request: Request, next: Next) -> Response {
    tokio::time::timeout(REQUEST_MAX, next.run(request))
        .await
        .unwrap_or_else(|_| {
            let detail = "The request took too long.";
            Problem::new(StatusCode::GATEWAY_TIMEOUT, "timeout", detail).into_response()
        })
}
