//! Refusals in the shape OpenAI's clients know.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};

use crate::faults;

/// An answer in OpenAI's error shape.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    retry_after: Option<HeaderValue>,
    body: Value,
}

#[derive(Serialize)]
struct Detail<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

impl ApiError {
    fn new(status: StatusCode, message: &str, kind: &str, code: Option<&str>) -> Self {
        let detail = Detail {
            message,
            kind,
            param: None,
            code,
        };
        Self {
            status,
            retry_after: None,
            body: json!({ "error": detail }),
        }
    }

    pub fn invalid(message: impl AsRef<str>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            message.as_ref(),
            "invalid_request_error",
            None,
        )
    }

    pub fn not_found(message: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            message,
            "invalid_request_error",
            None,
        )
    }

    pub fn refused(status: StatusCode, message: &str) -> Self {
        Self::new(status, message, "invalid_request_error", None)
    }

    pub fn unknown_model(model: &str) -> Self {
        let known = faults::NAMES.join(", ");
        let message = format!(
            "The model '{model}' does not exist. Use 'offline' or 'offline-obedient', or one of them with '+' and one of: {known}."
        );
        let code = Some("model_not_found");
        Self::new(
            StatusCode::NOT_FOUND,
            &message,
            "invalid_request_error",
            code,
        )
    }

    pub fn quota() -> Self {
        let message =
            "You exceeded your current quota, please check your plan and billing details.";
        let kind = "insufficient_quota";
        Self::new(StatusCode::TOO_MANY_REQUESTS, message, kind, Some(kind))
    }

    /// What a provider would say with this status.
    pub fn simulated(status: StatusCode) -> Self {
        let (message, kind, code) = match status.as_u16() {
            401 => (
                "Incorrect API key provided.",
                "invalid_request_error",
                Some("invalid_api_key"),
            ),
            403 => ("You may not use this model.", "permission_error", None),
            404 => (
                "The model does not exist.",
                "invalid_request_error",
                Some("model_not_found"),
            ),
            429 => (
                "Rate limit reached.",
                "requests",
                Some("rate_limit_exceeded"),
            ),
            503 => ("The engine is currently overloaded.", "server_error", None),
            500.. => (
                "The server had an error while processing your request.",
                "server_error",
                None,
            ),
            _ => ("The request was refused.", "invalid_request_error", None),
        };
        let mut error = Self::new(status, message, kind, code);
        if matches!(status.as_u16(), 429 | 503) {
            error.retry_after = Some(HeaderValue::from_static("1"));
        }
        error
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
