//! The words of the `ChatKit` protocol, as far as this server speaks it.

use serde::Deserialize;
use serde_json::Value;

/// A request: what to do, with what.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub r#type: String,
    #[serde(default)]
    pub params: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct CreateThread {
    pub input: Input,
}

#[derive(Debug, Deserialize)]
pub(super) struct AddUserMessage {
    pub thread_id: ThreadId,
    pub input: Input,
}

#[derive(Debug, Deserialize)]
pub(super) struct RetryAfterItem {
    pub thread_id: ThreadId,
    pub item_id: ItemId,
}

#[derive(Debug, Deserialize)]
pub(super) struct OneThread {
    pub thread_id: ThreadId,
}

#[derive(Debug, Deserialize)]
pub(super) struct UpdateThread {
    pub thread_id: ThreadId,
    pub title: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ListThreads {
    pub limit: Option<i64>,
    pub order: Option<Direction>,
    pub after: Option<ThreadId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ListItems {
    pub thread_id: ThreadId,
    pub limit: Option<i64>,
    pub order: Option<Direction>,
    pub after: Option<ItemId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Feedback {
    pub thread_id: ThreadId,
    pub item_ids: Vec<ItemId>,
    pub kind: FeedbackKind,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FeedbackKind {
    Positive,
    Negative,
}

impl FeedbackKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    Asc,
    Desc,
}

/// A message of the person's, in parts.
#[derive(Debug, Deserialize)]
pub(super) struct Input {
    content: Vec<InputPart>,
    #[serde(default)]
    attachments: Vec<Value>,
    #[serde(default)]
    quoted_text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum InputPart {
    InputText { text: String },
    InputTag { text: String },
}

impl Input {
    pub fn has_attachments(&self) -> bool {
        !self.attachments.is_empty()
    }

    /// The message as text: mentions as `@name`, what is quoted as a Markdown quote before it.
    pub fn text(&self) -> String {
        let parts = self.content.iter().map(|part| match part {
            InputPart::InputText { text } => text.clone(),
            InputPart::InputTag { text } => format!("@{text}"),
        });
        let text: String = parts.collect();
        let quoted = self
            .quoted_text
            .as_deref()
            .map(str::trim)
            .filter(|quoted| !quoted.is_empty());
        match quoted {
            Some(quoted) if !text.trim().is_empty() => {
                let quoted: Vec<String> = quoted.lines().map(|line| format!("> {line}")).collect();
                format!("{}\n\n{text}", quoted.join("\n"))
            }
            _ => text,
        }
    }
}

/// `thr_` and a conversation's id. What is not such a name is the name of nothing.
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
    /// The conversation's id; that of none when the name is none of ours.
    pub fn conversation(self) -> i64 {
        self.0.unwrap_or(NOTHING)
    }

    /// The conversation's id, if the name can be one of ours.
    pub fn known(self) -> Option<i64> {
        self.0
    }
}

impl ItemId {
    /// The message's id; that of none when the name is none of ours.
    pub fn message(self) -> i64 {
        self.0.unwrap_or(NOTHING)
    }

    /// The message's id, if the name can be one of ours.
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

fn number(name: &str, prefix: &str) -> Option<i64> {
    let digits = name.strip_prefix(prefix)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|id| plain && *id > 0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_that_are_not_ours_are_the_names_of_nothing() {
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

    #[test]
    fn a_message_is_its_parts_with_what_it_quotes_before_them() {
        let input: Input = serde_json::from_value(json!({
            "content": [
                {"type": "input_text", "text": "what about "},
                {"type": "input_tag", "id": "1", "text": "milk", "data": {}},
            ],
            "attachments": [], "quoted_text": "one\ntwo", "inference_options": {},
        }))
        .unwrap();
        assert_eq!(input.text(), "> one\n> two\n\nwhat about @milk");
    }
}
