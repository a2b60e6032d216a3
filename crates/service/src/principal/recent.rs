//! What was looked up a moment ago.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When there are so many, those that are too old go; if none is, all of them.
const MAX_ENTRIES: usize = 2_048;

/// Answers that are good for a while after they were asked for.
pub(super) struct Recent<K, V> {
    max_age: Duration,
    entries: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    pub(super) fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            entries: Mutex::default(),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (asked, value) = entries.get(key)?;
        (asked.elapsed() < self.max_age).then(|| value.clone())
    }

    /// `asked` is when the question was sent: the answer may have changed while it was on its way.
    pub(super) fn insert(&self, key: K, asked: Instant, value: V) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, (asked, _)| asked.elapsed() < self.max_age);
        }
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        entries.insert(key, (asked, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_good_until_it_is_too_old() {
        let recent = Recent::new(Duration::from_secs(20));
        recent.insert("a", Instant::now(), 1);
        tokio::time::advance(Duration::from_secs(19)).await;
        assert_eq!(recent.get(&"a"), Some(1));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(recent.get(&"a"), None);
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded() {
        let recent = Recent::new(Duration::from_secs(20));
        for n in 0..=MAX_ENTRIES {
            recent.insert(n, Instant::now(), ());
        }
        let entries = recent.entries.lock().expect("no test panicked with it");
        assert!(entries.len() <= MAX_ENTRIES);
    }
}
