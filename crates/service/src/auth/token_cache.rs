//! Verified tokens: a browser sends the same one for a quarter of an hour, and checking its signature costs more than
//! the rest of a short request.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// When there are so many, the cache is emptied.
const MAX_TOKENS: usize = 2_048;
/// Longer tokens are verified each time, so that memory is bounded.
const MAX_TOKEN_BYTES: usize = 1_024;

/// What tokens say. The whole token is the key: nothing is inferred from a part of one.
pub(super) struct TokenCache<T> {
    entries: RwLock<HashMap<Box<str>, Entry<T>>>,
}

struct Entry<T> {
    says: T,
    /// The last second, since 1970, in which the token is good.
    until: u64,
    /// The edition of the key set it was verified against. Another one may lack its key.
    edition: u64,
}

impl<T> Default for TokenCache<T> {
    fn default() -> Self {
        Self {
            entries: RwLock::default(),
        }
    }
}

impl<T: Clone> TokenCache<T> {
    /// What the token says, if it was verified under the same keys and has not expired.
    pub(super) fn get(&self, token: &str, edition: u64, now: u64) -> Option<T> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(token)?;
        (entry.edition == edition && now <= entry.until).then(|| entry.says.clone())
    }

    /// Keeps a token that was just verified.
    pub(super) fn insert(&self, token: &str, says: &T, edition: u64, until: u64) {
        if token.len() > MAX_TOKEN_BYTES {
            return;
        }
        let says = says.clone();
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_TOKENS {
            entries.clear();
        }
        let entry = Entry {
            says,
            until,
            edition,
        };
        entries.insert(token.into(), entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_until_its_last_second_and_under_its_keys_only() {
        let cache = TokenCache::default();
        cache.insert("token", &"ann", 1, 100);
        assert_eq!(cache.get("token", 1, 100), Some("ann"));
        assert_eq!(cache.get("token", 1, 101), None);
        assert_eq!(cache.get("token", 2, 100), None);
        assert_eq!(cache.get("token2", 1, 100), None);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let cache = TokenCache::default();
        cache.insert(&"t".repeat(MAX_TOKEN_BYTES + 1), &"ann", 1, 100);
        for n in 0..=MAX_TOKENS {
            cache.insert(&n.to_string(), &"ann", 1, 100);
        }
        let entries = cache.entries.read().expect("no test panicked with it");
        assert!(entries.len() <= MAX_TOKENS);
        assert!(entries.keys().all(|token| token.len() <= MAX_TOKEN_BYTES));
    }
}
