//! What a provider says when it does not do what it was asked, in all the shapes that providers use.

use std::{error::Error, time::Duration};

use async_openai::error::OpenAIError;
use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    ModelError,
    json::{field, text},
    refusal_kinds,
};

const BODY_LIMIT: usize = 16 * 1024;
const TEXT_LIMIT: usize = 1024;
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// Why a step did not begin.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{kind}")]
pub struct RequestError {
    /// What it means for the step.
    pub kind: ModelError,
    /// The provider's short name for it, safe to log.
    pub code: String,
    /// The provider's prose, or why it cannot be reached. It may quote the prompt: it is looked at, and never logged or
    /// told.
    pub text: String,
    /// How many tokens were to be read and how many can be, where that is told.
    pub(crate) context: Option<[usize; 2]>,
}

impl From<ModelError> for RequestError {
    fn from(kind: ModelError) -> Self {
        Self {
            kind,
            code: "none".to_owned(),
            text: String::new(),
            context: None,
        }
    }
}

/// What the transport says passes through the crate untouched.
impl From<RequestError> for OpenAIError {
    fn from(error: RequestError) -> Self {
        Self::Boxed(Box::new(error))
    }
}

impl From<OpenAIError> for RequestError {
    fn from(error: OpenAIError) -> Self {
        match error {
            OpenAIError::Boxed(error) => match error.downcast::<Self>() {
                Ok(error) => *error,
                Err(_) => ModelError::Unreachable.into(),
            },
            OpenAIError::Reqwest(error) => Self::unreachable(&error),
            _ => ModelError::Nonsense.into(),
        }
    }
}

impl RequestError {
    /// Nobody answers, with the innermost reason, which says most.
    pub(crate) fn unreachable(error: &reqwest::Error) -> Self {
        let mut reason: &dyn Error = error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        Self {
            text: reason.to_string(),
            ..ModelError::Unreachable.into()
        }
    }

    /// Reads an answer that is no success, in bounds of size and time.
    pub(crate) async fn read(mut response: Response) -> Self {
        let status = response.status().as_u16();
        let pause = asked_pause(response.headers(), Utc::now());
        let mut body = Vec::new();
        let read = async {
            while body.len() < BODY_LIMIT
                && let Ok(Some(piece)) = response.chunk().await
            {
                body.extend(piece);
            }
        };
        // What came until then is looked at.
        let _ = timeout(BODY_PATIENCE, read).await;
        body.truncate(BODY_LIMIT);
        let error = Self::of(status, pause, &body);
        tracing::warn!(
            model.status = status,
            model.code = error.code,
            "the model refused a request"
        );
        error
    }

    /// `{"error": {…}}`, the same in a list (Gemini), `{"error": "…"}` (Ollama), `{"detail": …}`
    /// (`FastAPI`), or no JSON at all.
    fn of(status: u16, pause: Option<u32>, body: &[u8]) -> Self {
        let json = serde_json::from_slice(body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()));
        let json = json.get(0).unwrap_or(&json);
        let error = json.get("error").unwrap_or(json);
        let (code, text) = code_and_text(error);
        let tokens = |name: &str| usize::try_from(field(error, name)?.as_u64()?).ok();
        Self {
            kind: classify(status, pause, &code, &text),
            context: tokens("n_prompt_tokens")
                .zip(tokens("n_ctx"))
                .map(<[usize; 2]>::from),
            code,
            text,
        }
    }

    /// Whether the prose or the code has one of these words in it.
    #[must_use]
    pub fn mentions(&self, words: &[&str]) -> bool {
        let text = self.text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }

    /// Whether the request itself was found wrong.
    #[must_use]
    pub fn of_the_request(&self) -> bool {
        matches!(self.kind, ModelError::Refused(400 | 404 | 405 | 422 | 501))
    }

    /// Whether the path itself is not there.
    pub(crate) fn is_missing_path(&self) -> bool {
        matches!(self.kind, ModelError::Refused(404 | 405 | 501))
    }

    /// Llama 3's template: "This model only supports single tool-calls at once!"
    pub(crate) fn wants_single_calls(&self) -> bool {
        matches!(self.kind, ModelError::Refused(_) | ModelError::Failed(500))
            && self.mentions(&[
                "single tool",
                "one tool call",
                "parallel tool",
                "multiple tool",
            ])
    }

    /// `OpenAI`'s newer models: "Function tools with `reasoning_effort` are not supported for … in
    /// /v1/chat/completions."
    pub(crate) fn wants_responses(&self) -> bool {
        self.of_the_request()
            && self.mentions(&["tools"])
            && self.mentions(&["reasoning_effort"])
            && self.mentions(&["not supported", "unsupported"])
    }
}

/// The error in the middle of a stream, or in an answer that claims success. An empty one says that there is none.
pub(crate) fn in_stream(event: &Value) -> Option<ModelError> {
    let error = field(event, "error")?;
    let says = match error {
        Value::Object(_) => {
            let (code, text) = code_and_text(error);
            !text.is_empty() || !matches!(code.as_str(), "none" | "0" | "200")
        }
        Value::String(text) => !text.trim().is_empty(),
        _ => false,
    };
    says.then(|| failure(error))
}

/// What an error means that is told instead of an answer.
pub(crate) fn failure(error: &Value) -> ModelError {
    let (code, text) = code_and_text(error);
    let named = match code.as_str() {
        "rate_limit_exceeded" | "rate_limit_error" | "too_many_requests" => 429,
        "invalid_api_key" | "authentication_error" => 401,
        "insufficient_quota" => 402,
        _ => 200,
    };
    match classify(code.parse().unwrap_or(named), None, &code, &text) {
        ModelError::Refused(_) | ModelError::Failed(_) => ModelError::Failed(200),
        error => error,
    }
}

fn classify(status: u16, retry_after: Option<u32>, code: &str, text: &str) -> ModelError {
    if let Some(kind) = refusal_kinds::named(status, code, text) {
        return kind;
    }
    match status {
        401 | 403 => ModelError::Unauthorized,
        402 => ModelError::OutOfQuota,
        429 => ModelError::RateLimited { retry_after },
        408 => ModelError::Slow,
        500..=599 => ModelError::Failed(status),
        // Gemini's word for a wrong key.
        400 if code == "invalid_api_key" || text.contains("API key not valid") => {
            ModelError::Unauthorized
        }
        status => ModelError::Refused(status),
    }
}

/// How long the provider wants to be left alone: in seconds, in milliseconds, or until a time.
fn asked_pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<u32> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let after = text(header::RETRY_AFTER.as_str());
    let milliseconds = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok());
    let seconds = milliseconds
        .map(|milliseconds| milliseconds / 1000.0)
        .or_else(|| after?.parse().ok())
        .or_else(|| {
            let until = DateTime::parse_from_rfc2822(after?).ok()?;
            Some((until.to_utc() - now).as_seconds_f64())
        })?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a day"
    )]
    let whole = seconds.ceil().clamp(0.0, 86_400.0) as u32;
    Some(whole)
}

fn code_and_text(error: &Value) -> (String, String) {
    let prose = match field(error, "message").or_else(|| field(error, "detail")) {
        Some(Value::String(prose)) => prose.clone(),
        Some(other) => other.to_string(),
        None => error.as_str().unwrap_or_default().to_owned(),
    };
    let prose = format!("{prose} {}", text(error, "param").unwrap_or_default());
    let names = ["code", "type", "status"];
    let code = names.iter().find_map(|name| short_code(error.get(name)?));
    (
        code.unwrap_or_else(|| "none".to_owned()),
        prose.trim().chars().take(TEXT_LIMIT).collect(),
    )
}

/// A code that is a short word or a number.
fn short_code(value: &Value) -> Option<String> {
    let code = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    ((1..=64).contains(&code.len()) && code.bytes().all(plain)).then_some(code)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn pause(name: &'static str, value: &'static str) -> Option<u32> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        asked_pause(&headers, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_pause_is_asked_for_in_many_ways() {
        assert_eq!(pause("retry-after", "7"), Some(7));
        assert_eq!(pause("retry-after", "0.4"), Some(1));
        assert_eq!(pause("retry-after-ms", "1500"), Some(2));
        assert_eq!(
            pause("retry-after", "Thu, 01 Jan 1970 00:00:30 GMT"),
            Some(30)
        );
        assert_eq!(pause("retry-after", "soon"), None);
        assert_eq!(pause("retry-after", "-3"), Some(0));
    }

    #[test]
    fn errors_are_read_in_every_shape() {
        for (body, code, text) in [
            (r#"{"error":{"message":"No.","code":"bad"}}"#, "bad", "No."),
            (r#"{"error":{"message":"No.","code":402}}"#, "402", "No."),
            (
                r#"[{"error":{"message":"No.","status":"INVALID"}}]"#,
                "INVALID",
                "No.",
            ),
            (r#"{"error":"No."}"#, "none", "No."),
            (r#"{"detail":"No."}"#, "none", "No."),
            ("No.", "none", "No."),
            (
                r#"{"error":{"message":"No.","code":"with a secret"}}"#,
                "none",
                "No.",
            ),
        ] {
            let error = RequestError::of(400, None, body.as_bytes());
            assert_eq!(
                (error.code.as_str(), error.text.as_str()),
                (code, text),
                "{body}"
            );
        }
    }
}
