//! Which web pages may call. A request without an `Origin` does not come from one and is always answered.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue, Method,
        header::{ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use service::{middleware::REQUEST_ID, problem::Problem};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// Pages of this machine, such as the MCP Inspector's.
const LOOPBACK: [&str; 6] = [
    "http://localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "https://localhost:*",
    "https://127.0.0.1:*",
    "https://[::1]:*",
];

/// The origins that are answered.
#[derive(Debug)]
pub(crate) struct Origins(Vec<String>);

impl Origins {
    /// Those of this machine and these; `:*` is any port.
    pub(crate) fn new(allowed: Vec<String>) -> Arc<Self> {
        let all = LOOPBACK.map(str::to_owned).into_iter().chain(allowed);
        Arc::new(Self(all.map(|origin| normal(&origin)).collect()))
    }

    fn allow(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str().map(normal) else {
            return false;
        };
        self.0
            .iter()
            .any(|allowed| match allowed.strip_suffix(":*") {
                Some(host) => origin.strip_prefix(host).is_some_and(is_port),
                None => *allowed == origin,
            })
    }
}

/// An origin without the port that its scheme implies.
fn normal(origin: &str) -> String {
    let origin = origin.trim().to_ascii_lowercase();
    let implied = if origin.starts_with("https:") {
        ":443"
    } else {
        ":80"
    };
    origin.strip_suffix(implied).unwrap_or(&origin).to_owned()
}

/// Whether this is all that may follow a host.
fn is_port(rest: &str) -> bool {
    rest.is_empty()
        || rest
            .strip_prefix(':')
            .is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Answers 403 to pages of other origins, before anything else: against DNS rebinding.
pub(crate) async fn refuse_others(
    State(origins): State<Arc<Origins>>,
    request: Request,
    next: Next,
) -> Response {
    let mut named = request.headers().get_all(ORIGIN).iter();
    if named.all(|origin| origins.allow(origin)) {
        next.run(request).await
    } else {
        Problem::forbidden("Pages of this origin may not call.").into_response()
    }
}

/// Lets pages of these origins read the answers. Preflights need no token.
pub(crate) fn cors(origins: &Arc<Origins>) -> CorsLayer {
    let origins = Arc::clone(origins);
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            origins.allow(origin)
        }))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            WWW_AUTHENTICATE,
            RETRY_AFTER,
            REQUEST_ID,
            HeaderName::from_static("mcp-session-id"),
            HeaderName::from_static("mcp-protocol-version"),
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_fits_as_a_whole() {
        let configured = ["https://todo.example", "https://Tools.example:8443"];
        let origins = Origins::new(configured.map(str::to_owned).to_vec());
        for (origin, allowed) in [
            ("http://localhost", true),
            ("http://localhost:6274", true),
            ("http://[::1]:6274", true),
            ("https://todo.example", true),
            ("https://todo.example:443", true),
            ("https://tools.example:8443", true),
            ("http://todo.example", false),
            ("https://todo.example:8443", false),
            ("https://tools.example", false),
            ("https://todo.example.evil.example", false),
            ("http://localhost.evil.example", false),
            ("http://localhost:6274.evil.example", false),
            ("http://localhost:", false),
            ("null", false),
            ("", false),
        ] {
            assert_eq!(
                origins.allow(&HeaderValue::from_static(origin)),
                allowed,
                "{origin}"
            );
        }
    }
}
