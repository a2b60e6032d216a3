//! One log line and one measurement for each request.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::Method;
use http_body_util::BodyExt as _;
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
    /// 499, the client left before there was an answer, until there is one.
    status: u16,
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
            status: 499,
            user: user.clone(),
            begun: Instant::now(),
        };
        (log, user)
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Keeps the log open as long as the answer's body lasts.
    pub(super) fn follow(mut self, response: Response) -> Response {
        self.status = response.status().as_u16();
        // The closure owns the log, so that it is dropped with the body.
        response.map(|body| {
            Body::new(body.map_err(move |error| {
                let _open = &self;
                error
            }))
        })
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        let elapsed = self.begun.elapsed();
        let status = self.status;
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
