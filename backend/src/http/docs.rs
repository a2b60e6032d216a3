//! The OpenAPI document, and a page that shows it: plain HTML without a script, so it works offline and under any
//! policy.

mod errors;
mod page;

use axum::{
    Router,
    response::{Html, IntoResponse},
    routing::get,
};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use utoipa::openapi::OpenApi;

pub(super) use self::errors::describe;

use crate::state::AppState;

/// Serves the document and the page; both are written once, at start.
pub fn router(document: &OpenApi) -> Router<AppState> {
    let json: axum::body::Bytes = to_json(document).into();
    let html: axum::body::Bytes = page::render(document).into();
    Router::new()
        .route(
            "/api/openapi.json",
            get(move || std::future::ready(([(CONTENT_TYPE, "application/json")], json.clone()))),
        )
        .route(
            "/docs",
            get(move || {
                let policy =
                    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
                let headers = [
                    (CONTENT_SECURITY_POLICY, policy),
                    (CACHE_CONTROL, "no-cache"),
                ];
                std::future::ready((headers, Html(html.clone())).into_response())
            }),
        )
}

/// The document as it is served and committed: pretty, with a newline at the end.
#[must_use]
pub fn to_json(document: &OpenApi) -> String {
    document
        .to_pretty_json()
        .map(|text| text + "\n")
        .unwrap_or_default()
}
