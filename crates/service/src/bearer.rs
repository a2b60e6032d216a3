//! The bearer token of a request.

use http::HeaderMap;
use http::header::AUTHORIZATION;

/// Longer ones are refused unread.
pub(crate) const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The token of an `Authorization: Bearer` header; `None` when there is no such header, more than
/// one, or another scheme.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whether `id` can name a user: 1 to 255 characters, no control characters.
pub(crate) fn is_user_id(id: &str) -> bool {
    !id.is_empty() && id.chars().count() <= 255 && !id.chars().any(char::is_control)
}
