//! Refusals in the shape OpenAI's clients know.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// A refusal: its status and its body.
#[derive(Debug)]
pub(crate) struct ApiError(StatusCode, Value);

const INVALID: &str = "invalid_request_error";
const NO_MODEL: &str = "model_not_found";
const QUOTA: &str = "insufficient_quota";
const OVER_QUOTA: &str = "You exceeded your current quota, please check your plan.";
/// What a provider says that failed.
pub(crate) const FAILED: &str = "The server had an error while processing your request.";

impl ApiError {
    fn new(status: StatusCode, kind: &str, code: Option<&str>, message: &str) -> Self {
        let error = json!({ "message": message, "type": kind, "param": null, "code": code });
        Self(status, json!({ "error": error }))
    }

    pub fn refused(status: StatusCode, message: &str) -> Self {
        Self::new(status, INVALID, None, message)
    }

    pub fn invalid(message: &str) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, message)
    }

    pub fn unknown_model(model: &str, known: &str) -> Self {
        let known = format!("Use 'offline', or 'offline+' with one of: {known}.");
        let message = format!("The model '{model}' does not exist. {known}");
        Self::new(StatusCode::NOT_FOUND, INVALID, Some(NO_MODEL), &message)
    }

    pub fn quota() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            QUOTA,
            Some(QUOTA),
            OVER_QUOTA,
        )
    }

    /// What a provider would say with this status.
    pub fn simulated(status: u16) -> Self {
        let (kind, code, message) = match status {
            401 => (
                INVALID,
                Some("invalid_api_key"),
                "Incorrect API key provided.",
            ),
            404 => (INVALID, Some(NO_MODEL), "The model does not exist."),
            429 => (
                "requests",
                Some("rate_limit_exceeded"),
                "Rate limit reached.",
            ),
            500.. => ("server_error", None, FAILED),
            _ => (INVALID, None, "The request was refused."),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::new(status, kind, code, message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(status, body) = self;
        let lasts = body.pointer("/error/code") == Some(&QUOTA.into());
        let mut response = (status, Json(body)).into_response();
        if matches!(status.as_u16(), 429 | 503) && !lasts {
            let wait = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response
    }
}
