//! What a provider says when it does not do what it was asked, in all the shapes that providers use.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use reqwest::Response;
use serde_json::Value;

use crate::ModelError;

const BODY_LIMIT: usize = 16 * 1024;
const TEXT_LIMIT: usize = 1024;
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// Why a step did not begin.
#[derive(Debug, Clone)]
pub struct RequestError {
    /// What it means for the step.
    pub kind: ModelError,
    /// The provider's short name for it, safe to log.
    pub code: String,
    /// The provider's prose. It may quote the prompt: it is looked at, and never logged or told.
    pub text: String,
    /// The answer had begun, but nothing was said in it.
    pub begun: bool,
}

impl From<ModelError> for RequestError {
    fn from(error: ModelError) -> Self {
        Self {
            kind: error,
            code: "none".to_owned(),
            text: String::new(),
            begun: false,
        }
    }
}

impl RequestError {
    /// Reads an answer that is no success, in bounds of size and time.
    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status();
        let wait = asked_pause(response.headers(), Utc::now());
        let body = body(response).await;
        let detail = Detail::of(&body);
        let refusal = Self {
            kind: classify(status.as_u16(), wait, &detail),
            code: detail.code,
            text: detail.text,
            begun: false,
        };
        tracing::warn!(
            model.status = status.as_u16(),
            model.code = refusal.code,
            "the model refused a request"
        );
        refusal
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
}

/// The error in the middle of a stream, or in an answer that claims success.
pub(crate) fn in_stream(error: &Value) -> ModelError {
    let detail = Detail::of_error(error);
    let named = match detail.code.as_str() {
        "rate_limit_exceeded" | "rate_limit_error" | "too_many_requests" => 429,
        "invalid_api_key" | "authentication_error" => 401,
        "insufficient_quota" => 402,
        _ => 200,
    };
    let status = detail.code.parse().unwrap_or(named);
    match classify(status, None, &detail) {
        ModelError::Refused(_) | ModelError::Failed(_) => ModelError::Failed(200),
        error => error,
    }
}

fn classify(status: u16, retry_after: Option<u32>, detail: &Detail) -> ModelError {
    let used_up = detail.code.contains("insufficient_quota") || detail.code.contains("billing");
    match status {
        401 | 403 => ModelError::Unauthorized,
        402 => ModelError::OutOfQuota,
        429 if used_up => ModelError::OutOfQuota,
        429 => ModelError::RateLimited { retry_after },
        408 => ModelError::Slow,
        500..=599 => ModelError::Failed(status),
        // Gemini's word for a wrong key.
        400 if detail.code == "invalid_api_key" || detail.text.contains("API key not valid") => {
            ModelError::Unauthorized
        }
        status => ModelError::Refused(status),
    }
}

/// How long the provider wants to be left alone: in seconds, in milliseconds, or until a time.
fn asked_pause(headers: &HeaderMap, now: DateTime<Utc>) -> Option<u32> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    let until = || DateTime::parse_from_rfc2822(text(header::RETRY_AFTER.as_str())?).ok();
    let seconds = number("retry-after-ms")
        .map(|ms| ms / 1000.0)
        .or_else(|| number(header::RETRY_AFTER.as_str()))
        .or_else(|| {
            let pause = (until()?.to_utc() - now).num_seconds().max(0);
            u32::try_from(pause).ok().map(f64::from)
        })?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a day"
    )]
    let whole = seconds.ceil().clamp(0.0, 86_400.0) as u32;
    Some(whole)
}

async fn body(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(piece)) = response.chunk().await {
            let room = BODY_LIMIT.saturating_sub(body.len());
            body.extend(piece.into_iter().take(room));
            if body.len() >= BODY_LIMIT {
                break;
            }
        }
    };
    // What came until then is looked at.
    let _ = tokio::time::timeout(BODY_PATIENCE, read).await;
    body
}

#[derive(Debug, Default)]
struct Detail {
    code: String,
    text: String,
}

impl Detail {
    /// `{"error": {…}}`, the same in a list (Gemini), `{"error": "…"}` (Ollama), `{"detail": …}`
    /// (`FastAPI`), or no JSON at all.
    fn of(body: &[u8]) -> Self {
        let Ok(json) = serde_json::from_slice::<Value>(body) else {
            return Self {
                code: "none".to_owned(),
                text: bounded(&String::from_utf8_lossy(body)),
            };
        };
        let json = json.get(0).unwrap_or(&json);
        Self::of_error(json.get("error").unwrap_or(json))
    }

    fn of_error(error: &Value) -> Self {
        let text = match error {
            Value::String(text) => text.clone(),
            error => ["message", "detail"]
                .iter()
                .filter_map(|name| error.get(name))
                .map(|text| {
                    text.as_str()
                        .map_or_else(|| text.to_string(), str::to_owned)
                })
                .next()
                .unwrap_or_default(),
        };
        let param = error.get("param").and_then(Value::as_str);
        Self {
            code: ["code", "type", "status"]
                .iter()
                .filter_map(|name| error.get(name))
                .find_map(code)
                .unwrap_or_else(|| "none".to_owned()),
            text: bounded(&format!("{text} {}", param.unwrap_or_default())),
        }
    }
}

/// A code that is a short word or a number.
fn code(value: &Value) -> Option<String> {
    let code = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let short = (1..=64).contains(&code.len());
    let plain = code
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    (short && plain).then_some(code)
}

fn bounded(text: &str) -> String {
    text.trim().chars().take(TEXT_LIMIT).collect()
}

/// Whether the status means that the path itself is not there.
pub(crate) fn is_missing(error: &ModelError) -> bool {
    matches!(error, ModelError::Refused(404 | 405 | 501))
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
            let detail = Detail::of(body.as_bytes());
            assert_eq!(
                (detail.code.as_str(), detail.text.as_str()),
                (code, text),
                "{body}"
            );
        }
    }
}
