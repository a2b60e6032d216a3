use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request};
use http::{Method, StatusCode};
use http_body::{Frame, SizeHint};
use tracing::Span;

/// Filled in by whoever finds out who is calling.
#[derive(Clone, Default)]
pub(super) struct UserCell(Arc<OnceLock<String>>);

impl UserCell {
    pub(super) fn record(&self, user: &str) {
        self.0.get_or_init(|| user.to_owned());
    }
}

/// Writes the request's one line, and counts it, when dropped: after the last byte of the body,
/// or when the client left before.
pub(super) struct RequestLog {
    span: Span,
    method: &'static str,
    route: String,
    status: Option<StatusCode>,
    user: UserCell,
    begun: Instant,
}

impl RequestLog {
    pub(super) fn begin(request: &Request, request_id: &str) -> (Self, UserCell) {
        let method = method_label(request.method());
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or("unmatched", MatchedPath::as_str).to_owned();
        let user = UserCell::default();
        let log = Self {
            span: tracing::info_span!("request", request_id),
            method,
            route,
            status: None,
            user: user.clone(),
            begun: Instant::now(),
        };
        (log, user)
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        let elapsed = self.begun.elapsed();
        // 499: the client left before there was an answer.
        let status = self.status.map_or(499, |status| status.as_u16());
        let labels = [
            ("method", self.method.to_owned()),
            ("route", self.route.clone()),
            ("status", status.to_string()),
        ];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_duration_seconds", &labels).record(elapsed);

        let duration_ms = elapsed.as_millis();
        let user = self.user.0.get().map(String::as_str);
        let (method, route) = (self.method, self.route.as_str());
        let _entered = self.span.enter();
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    http.method = method,
                    http.route = route,
                    http.status = status,
                    duration_ms = u64::try_from(duration_ms).unwrap_or(u64::MAX),
                    user.id = user,
                    "request finished"
                )
            };
        }
        // Probes and scrapes say nothing that anybody would look for.
        match route {
            "/health" | "/api/health" | "/ready" | "/metrics" => line!(debug),
            _ => line!(info),
        }
    }
}

/// Methods are the client's to invent; a label must not be.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// Passes a body through unchanged and keeps the log open as long as it lasts.
pub(super) struct LoggedBody {
    body: Body,
    _log: RequestLog,
}

impl LoggedBody {
    pub(super) fn new(body: Body, log: RequestLog) -> Self {
        Self { body, _log: log }
    }
}

impl HttpBody for LoggedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
