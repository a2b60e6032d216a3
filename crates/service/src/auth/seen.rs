//! Tokens that were found good: a browser sends the same one for a quarter of an hour, and checking its signature
//! costs more than the rest of what a short request does here.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::CurrentUser;

/// So many are remembered; then the oldest knowledge has to go, all of it.
const MOST: usize = 2_048;
/// Longer ones are checked each time, so that memory is bounded.
const LONGEST: usize = 1_024;

/// Good tokens, whole: nothing is inferred from a part of one.
#[derive(Default)]
pub(super) struct Seen {
    tokens: RwLock<HashMap<Box<str>, Good>>,
}

struct Good {
    user: CurrentUser,
    /// The last second, since 1970, in which it is good.
    until: u64,
    /// Which key set it was checked against. Another one may lack its key.
    keys: u64,
}

impl Seen {
    /// Whose token this is, if it was good under the same keys and is not over.
    pub(super) fn user(&self, token: &str, keys: u64, now: u64) -> Option<CurrentUser> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        let good = tokens.get(token)?;
        (good.keys == keys && now <= good.until).then(|| good.user.clone())
    }

    /// Remembers a token that was just checked.
    pub(super) fn remember(&self, token: &str, user: &CurrentUser, keys: u64, until: u64) {
        if token.len() > LONGEST {
            return;
        }
        let user = user.clone();
        let mut tokens = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(token.into(), Good { user, until, keys });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> CurrentUser {
        CurrentUser { id: id.into() }
    }

    #[test]
    fn a_token_is_known_until_its_last_second_and_under_its_keys_only() {
        let seen = Seen::default();
        seen.remember("token", &user("ann"), 1, 100);
        assert_eq!(seen.user("token", 1, 100), Some(user("ann")));
        assert_eq!(seen.user("token", 1, 101), None);
        assert_eq!(seen.user("token", 2, 100), None);
        assert_eq!(seen.user("token2", 1, 100), None);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let seen = Seen::default();
        seen.remember(&"t".repeat(LONGEST + 1), &user("ann"), 1, 100);
        for n in 0..=MOST {
            seen.remember(&n.to_string(), &user("ann"), 1, 100);
        }
        let tokens = seen.tokens.read().expect("no test panicked with it");
        assert!(tokens.len() <= MOST);
        assert!(tokens.keys().all(|token| token.len() <= LONGEST));
    }
}
