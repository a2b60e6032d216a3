//! The middleware around every route: request id, one log line and one measurement per request,
//! problem documents for whatever goes wrong.

mod drain_body;
mod request_log;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderName, HeaderValue, StatusCode};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;
use uuid::Uuid;

use crate::problem::Problem;
use request_log::{RequestLog, UserCell};

/// The header that names a request, taken over when it is sane, and given back.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const BODY_LIMIT: usize = 1024 * 1024;
/// Longer plain-text errors than this are not worth keeping as a problem's detail.
const DETAIL_LIMIT: usize = 1024;

#[derive(Clone)]
struct RequestId(Arc<str>);

/// Lays the common behaviour around all routes of `router`; nothing may be added afterwards.
///
/// Unknown paths and wrong methods become problems (a fallback of `router` itself is replaced),
/// bodies are limited to 1 MiB unless a route sets its own `DefaultBodyLimit`, and no answer is
/// buffered. An error with a plain-text body becomes a problem; one in another format is left as
/// it is. What an answer leaves unread of the request's body is drained for a moment, so that the
/// answer arrives.
pub fn wrap(router: Router) -> Router {
    router
        .fallback(|| async { Problem::from_status(StatusCode::NOT_FOUND) })
        .method_not_allowed_fallback(|| async {
            Problem::from_status(StatusCode::METHOD_NOT_ALLOWED)
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn(around))
}

/// The id of the request these extensions belong to; empty outside of [`wrap`].
#[must_use]
pub fn request_id(extensions: &Extensions) -> &str {
    extensions.get::<RequestId>().map_or("", |id| &id.0)
}

/// Names the caller in the request's log line. The first name given stays.
pub fn record_user(extensions: &Extensions, user: &str) {
    if let Some(cell) = extensions.get::<UserCell>() {
        cell.record(user);
    }
}

async fn around(mut request: Request, next: Next) -> Response {
    let id = accepted_id(&request).unwrap_or_else(|| Uuid::new_v4().to_string().into());
    let (log, user) = RequestLog::begin(&request, &id);
    request.extensions_mut().insert(user);
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));

    let (parts, mut body) = request.into_parts();
    let mut unread = None;
    if !body.is_end_stream() {
        let (returning, rest) = drain_body::returning(&parts.headers, body);
        body = returning;
        unread = Some(rest);
    }
    let request = Request::from_parts(parts, body);
    let mut response = next.run(request).instrument(log.span().clone()).await;

    if let Some(unread) = unread {
        unread.drain();
    }
    if let Some(problem) = problem_of(&mut response).await {
        problem.render_into(&mut response, Some(&id));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    log.follow(response)
}

fn accepted_id(request: &Request) -> Option<Arc<str>> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let sane = |c: u8| c.is_ascii_alphanumeric() || b"_.:-".contains(&c);
    ((1..=128).contains(&id.len()) && id.bytes().all(sane)).then(|| id.into())
}

/// The problem an answer stands for: one of ours, or an error that says it in plain text or not
/// at all.
async fn problem_of(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let content_type = response.headers().get(CONTENT_TYPE);
    if !is_error || content_type.is_some_and(|value| !value.as_bytes().starts_with(b"text/plain")) {
        return None;
    }
    let problem = Problem::from_status(status);
    let body = std::mem::take(response.body_mut());
    let size = body
        .size_hint()
        .exact()
        .and_then(|size| usize::try_from(size).ok());
    if status.is_server_error() || size.is_none_or(|size| size > DETAIL_LIMIT) {
        return Some(problem);
    }
    let bytes = axum::body::to_bytes(body, DETAIL_LIMIT)
        .await
        .unwrap_or_default();
    Some(match String::from_utf8(bytes.into()) {
        Ok(text) if !text.trim().is_empty() => problem.with_detail(text),
        _ => problem,
    })
}

/// The panic itself is logged by the panic hook ([`crate::telemetry::init`]), with its place.
fn after_panic(_: Box<dyn Any + Send>) -> Response {
    Problem::internal().into_response()
}
