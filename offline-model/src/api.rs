//! The request as clients of OpenAI's chat completions send it, and errors as they expect them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults;

/// Messages in one request; a client that sends more has lost control of its history.
const MESSAGES_LIMIT: usize = 1_000;
const TOOLS_LIMIT: usize = 128;

/// The part of a request that changes the answer; everything else is accepted and ignored.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    pub model: String,
    pub messages: Vec<Message>,
    pub tools: Option<Vec<Tool>>,
    pub tool_choice: Option<Value>,
    pub stream: Option<bool>,
    pub stream_options: Option<StreamOptions>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct StreamOptions {
    pub include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    pub role: Role,
    pub content: Option<Content>,
    pub tool_calls: Option<Vec<ToolCall>>,
    pub tool_call_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    System,
    Developer,
    User,
    Assistant,
    Tool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Part {
    pub text: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ToolCall {
    pub id: String,
    pub function: FunctionCall,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FunctionCall {
    pub name: String,
    #[serde(default)]
    pub arguments: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tool {
    pub function: Function,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Function {
    pub name: String,
    pub parameters: Option<Value>,
}

impl Message {
    /// The text of the message, its parts joined by newlines.
    pub fn text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(Content::Text(text)) => text.clone(),
            Some(Content::Parts(parts)) => {
                let texts: Vec<&str> = parts.iter().filter_map(|p| p.text.as_deref()).collect();
                texts.join("\n")
            }
        }
    }
}

impl Request {
    /// Reads a body, refusing with the sentence OpenAI's clients show to their users.
    pub fn parse(body: Value) -> Result<Self, ApiError> {
        let request: Self = serde_json::from_value(body)
            .map_err(|error| ApiError::invalid(format!("Invalid request: {error}.")))?;
        if request.messages.is_empty() {
            return Err(ApiError::invalid(
                "'messages' must have at least one message.",
            ));
        }
        if request.messages.len() > MESSAGES_LIMIT {
            let text = format!("'messages' may have at most {MESSAGES_LIMIT} messages.");
            return Err(ApiError::invalid(text));
        }
        if request
            .tools
            .as_ref()
            .is_some_and(|tools| tools.len() > TOOLS_LIMIT)
        {
            return Err(ApiError::invalid(format!(
                "'tools' may have at most {TOOLS_LIMIT} tools."
            )));
        }
        Ok(request)
    }

    /// The tools it may call: none when the caller chose `"none"`.
    pub fn offered(&self) -> &[Tool] {
        if self.tool_choice.as_ref().and_then(Value::as_str) == Some("none") {
            return &[];
        }
        self.tools.as_deref().unwrap_or_default()
    }
}

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
            "The model '{model}' does not exist. Use 'offline', or 'offline+' and one of: {known}."
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
