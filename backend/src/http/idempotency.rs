//! The client's name for a request: the same again is not done again.

use http::HeaderMap;
use service::problem::Problem;

/// The longest `Idempotency-Key`, in characters.
const LONGEST: usize = 255;

/// What a key has to be.
pub(super) const RULE: &str = "The idempotency key must be 1 to 255 visible ASCII characters.";

/// The request's key, if it has one.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| is_key(key));
    key.map(Some)
        .ok_or_else(|| Problem::invalid(RULE).field("Idempotency-Key", RULE, "invalid"))
}

/// Whether a text can be a key.
pub(super) fn is_key(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
