//! The ids of threads and items.

use serde::Deserialize;

/// `thr_` and a conversation's id. What is no such id is the id of nothing.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "String")]
pub(super) struct ThreadId(Option<i64>);

/// `msg_` or `wf_` and a message's id.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(from = "String")]
pub(super) struct ItemId(Option<i64>);

/// The id of no row.
const NOTHING: i64 = 0;

impl ThreadId {
    /// The conversation's id; that of none when it is not one of ours.
    pub fn conversation(self) -> i64 {
        self.0.unwrap_or(NOTHING)
    }

    /// The conversation's id, if it can be one of ours.
    pub fn known(self) -> Option<i64> {
        self.0
    }
}

impl ItemId {
    /// The message's id; that of none when it is not one of ours.
    pub fn message(self) -> i64 {
        self.0.unwrap_or(NOTHING)
    }

    /// The message's id, if it can be one of ours.
    pub fn known(self) -> Option<i64> {
        self.0
    }
}

impl From<String> for ThreadId {
    fn from(name: String) -> Self {
        Self(number(&name, "thr_"))
    }
}

impl From<String> for ItemId {
    fn from(name: String) -> Self {
        Self(number(&name, "msg_").or_else(|| number(&name, "wf_")))
    }
}

/// The number after a prefix, if it is one that a row can have.
pub(super) fn number(name: &str, prefix: &str) -> Option<i64> {
    let digits = name.strip_prefix(prefix)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|id| plain && *id > 0)
}

pub(super) fn thread_id(conversation: i64) -> String {
    format!("thr_{conversation}")
}

pub(super) fn message_id(message: i64) -> String {
    format!("msg_{message}")
}

pub(super) fn round_id(message: i64) -> String {
    format!("wf_{message}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_not_ours_are_the_ids_of_nothing() {
        assert_eq!(ThreadId::from("thr_12".to_owned()).known(), Some(12));
        for odd in [
            "12",
            "thr_",
            "thr_+1",
            "thr_-1",
            "thr_0",
            "thr_abc",
            "thr_99999999999999999999",
            "msg_1",
        ] {
            assert_eq!(ThreadId::from(odd.to_owned()).known(), None, "{odd}");
        }
        assert_eq!(ItemId::from("wf_7".to_owned()).message(), 7);
    }
}
