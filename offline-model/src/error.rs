//! Refusals in the shape OpenAI's clients know.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;

/// A refusal with its status.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    kind: &'static str,
    code: Option<&'static str>,
}

const INVALID: &str = "invalid_request_error";
const QUOTA: &str = "insufficient_quota";
/// What a provider says that failed.
pub(crate) const FAILED: &str = "The server had an error while processing your request.";

impl ApiError {
    pub fn refused(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            kind: INVALID,
            code: None,
        }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, message)
    }

    pub fn unknown_model(model: &str, known: &str) -> Self {
        let message = format!(
            "The model '{model}' does not exist. Use 'offline', or 'offline+' with one of: {known}."
        );
        Self {
            code: Some("model_not_found"),
            ..Self::refused(StatusCode::NOT_FOUND, message)
        }
    }

    pub fn quota() -> Self {
        let message =
            "You exceeded your current quota, please check your plan and billing details.";
        Self {
            kind: QUOTA,
            code: Some(QUOTA),
            ..Self::refused(StatusCode::TOO_MANY_REQUESTS, message)
        }
    }

    /// What a provider would say with this status.
    pub fn simulated(status: StatusCode) -> Self {
        let (message, kind, code) = match status.as_u16() {
            401 => (
                "Incorrect API key provided.",
                INVALID,
                Some("invalid_api_key"),
            ),
            403 => ("You may not use this model.", "permission_error", None),
            404 => (
                "The model does not exist.",
                INVALID,
                Some("model_not_found"),
            ),
            429 => (
                "Rate limit reached.",
                "requests",
                Some("rate_limit_exceeded"),
            ),
            503 => ("The engine is currently overloaded.", "server_error", None),
            500.. => (FAILED, "server_error", None),
            _ => ("The request was refused.", INVALID, None),
        };
        Self {
            kind,
            code,
            ..Self::refused(status, message)
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (message, kind, code) = (self.message, self.kind, self.code);
        let error = json!({ "message": message, "type": kind, "param": null, "code": code });
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if matches!(self.status.as_u16(), 429 | 503) && code != Some(QUOTA) {
            let wait = header::HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response
    }
}
