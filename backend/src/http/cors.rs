//! Other origins, for those who serve their own page from elsewhere. On one origin none is needed.

use std::time::Duration;

use axum::Router;
use http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember the answer to a preflight.
const MAX_AGE: Duration = Duration::from_mins(10);

/// Lets pages of these origins call the API with a bearer token; without origins nothing is added.
///
/// # Errors
/// Names the origin that is none.
pub fn allow(router: Router, origins: &[String]) -> Result<Router, String> {
    let origins = origins.iter().map(|origin| origin.trim());
    let allowed = origins
        .filter(|origin| !origin.is_empty())
        .map(|origin| {
            let web = origin.starts_with("http://") || origin.starts_with("https://");
            let value = HeaderValue::from_str(origin.trim_end_matches('/')).ok();
            value
                .filter(|_| web)
                .ok_or_else(|| format!("{origin:?} is not an origin like https://todo.example"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if allowed.is_empty() {
        return Ok(router);
    }
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT,
            header::ACCEPT_LANGUAGE,
            header::IF_MATCH,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("x-timezone"),
            HeaderName::from_static("x-todo-client"),
            HeaderName::from_static("chatkit-frame-instance-id"),
        ])
        .expose_headers([
            header::CONTENT_DISPOSITION,
            header::ETAG,
            header::LINK,
            header::LOCATION,
            header::RETRY_AFTER,
            HeaderName::from_static("idempotency-replayed"),
            HeaderName::from_static("undo-id"),
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("x-total-count"),
        ])
        .max_age(MAX_AGE);
    Ok(router.layer(layer))
}
