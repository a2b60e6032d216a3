//! Refusals in the shape OpenAI's clients know.

use async_openai::error::ApiError as Detail;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::json;

/// A refusal with its status.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    detail: Detail,
}

impl ApiError {
    fn new(status: StatusCode, message: impl Into<String>, kind: &str, code: &str) -> Self {
        let detail = Detail {
            message: message.into(),
            r#type: Some(kind.to_owned()),
            param: None,
            code: (!code.is_empty()).then(|| code.to_owned()),
            misalignment: None,
        };
        Self { status, detail }
    }

    pub fn refused(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, message, "invalid_request_error", "")
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, message)
    }

    pub fn unknown_model(model: &str, known: &str) -> Self {
        let message = format!(
            "The model '{model}' does not exist. Use 'offline', or 'offline+' with one of: {known}."
        );
        let kind = "invalid_request_error";
        Self::new(StatusCode::NOT_FOUND, message, kind, "model_not_found")
    }

    pub fn quota() -> Self {
        let message =
            "You exceeded your current quota, please check your plan and billing details.";
        let kind = "insufficient_quota";
        Self::new(StatusCode::TOO_MANY_REQUESTS, message, kind, kind)
    }

    /// What a provider would say with this status.
    pub fn simulated(status: StatusCode) -> Self {
        let (request, server) = ("invalid_request_error", "server_error");
        let (message, kind, code) = match status.as_u16() {
            401 => ("Incorrect API key provided.", request, "invalid_api_key"),
            403 => ("You may not use this model.", "permission_error", ""),
            404 => ("The model does not exist.", request, "model_not_found"),
            429 => ("Rate limit reached.", "requests", "rate_limit_exceeded"),
            503 => ("The engine is currently overloaded.", server, ""),
            500.. => (FAILED, server, ""),
            _ => ("The request was refused.", request, ""),
        };
        Self::new(status, message, kind, code)
    }
}

/// What a provider says that failed.
pub(crate) const FAILED: &str = "The server had an error while processing your request.";

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let later = matches!(self.status.as_u16(), 429 | 503)
            && self.detail.code.as_deref() != Some("insufficient_quota");
        let body = Json(json!({ "error": self.detail }));
        if later {
            return (self.status, [(header::RETRY_AFTER, "1")], body).into_response();
        }
        (self.status, body).into_response()
    }
}
