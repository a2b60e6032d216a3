//! Refusals in the shape OpenAI's clients know.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// A refusal with its status.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
}

const INVALID: &str = "invalid_request_error";
const QUOTA: &str = "insufficient_quota";
/// What a provider says that failed.
pub(crate) const FAILED: &str = "The server had an error while processing your request.";
const OVER_QUOTA: &str =
    "You exceeded your current quota, please check your plan and billing details.";

impl ApiError {
    fn new(
        status: StatusCode,
        kind: &'static str,
        code: Option<&'static str>,
        message: &str,
    ) -> Self {
        let message = message.to_owned();
        Self {
            status,
            kind,
            code,
            message,
        }
    }

    pub fn refused(status: StatusCode, message: String) -> Self {
        Self {
            message,
            ..Self::new(status, INVALID, None, "")
        }
    }

    pub fn invalid(message: String) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, message)
    }

    pub fn unknown_model(model: &str, known: &str) -> Self {
        let message = format!(
            "The model '{model}' does not exist. Use 'offline', or 'offline+' with one of: {known}."
        );
        Self::new(
            StatusCode::NOT_FOUND,
            INVALID,
            Some("model_not_found"),
            &message,
        )
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
    pub fn simulated(status: StatusCode) -> Self {
        let (kind, code, message) = match status.as_u16() {
            401 => (
                INVALID,
                Some("invalid_api_key"),
                "Incorrect API key provided.",
            ),
            403 => ("permission_error", None, "You may not use this model."),
            404 => (
                INVALID,
                Some("model_not_found"),
                "The model does not exist.",
            ),
            429 => (
                "requests",
                Some("rate_limit_exceeded"),
                "Rate limit reached.",
            ),
            500.. => ("server_error", None, FAILED),
            _ => (INVALID, None, "The request was refused."),
        };
        Self::new(status, kind, code, message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (message, kind, code) = (self.message, self.kind, self.code);
        let error = json!({ "message": message, "type": kind, "param": null, "code": code });
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if matches!(self.status.as_u16(), 429 | 503) && code != Some(QUOTA) {
            let wait = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response
    }
}
