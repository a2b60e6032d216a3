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
const OVER_QUOTA: &str = "You exceeded your current quota, please check your plan.";
const NO_MODEL: Option<&str> = Some("model_not_found");

impl ApiError {
    pub fn refused(status: StatusCode, message: String) -> Self {
        let (kind, code) = (INVALID, None);
        Self {
            status,
            kind,
            code,
            message,
        }
    }

    pub fn invalid(message: String) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, message)
    }

    pub fn unknown_model(model: &str, known: &str) -> Self {
        let message = format!(
            "The model '{model}' does not exist. Use 'offline', or 'offline+' with one of: {known}."
        );
        Self {
            message,
            ..Self::simulated(StatusCode::NOT_FOUND)
        }
    }

    pub fn quota() -> Self {
        Self {
            kind: QUOTA,
            code: Some(QUOTA),
            ..Self::refused(StatusCode::TOO_MANY_REQUESTS, OVER_QUOTA.to_owned())
        }
    }

    /// What a provider would say with this status.
    pub fn simulated(status: StatusCode) -> Self {
        let (kind, code, message) = match status.as_u16() {
            401 => (
                INVALID,
                Some("invalid_api_key"),
                "Incorrect API key provided.",
            ),
            404 => (INVALID, NO_MODEL, "The model does not exist."),
            429 => (
                "requests",
                Some("rate_limit_exceeded"),
                "Rate limit reached.",
            ),
            500.. => ("server_error", None, FAILED),
            _ => (INVALID, None, "The request was refused."),
        };
        Self {
            kind,
            code,
            ..Self::refused(status, message.to_owned())
        }
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
