//! The file that programs read, piece by piece.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::conversations::Conversation;

use super::Said;

pub(super) const END_OF_CONVERSATION: &str = "]}";
pub(super) const END: &str = "\n]}\n";

pub(super) fn begin(now: DateTime<Utc>) -> String {
    format!("{{\"exported_at\":{},\"conversations\":[", json!(now))
}

/// Up to its messages.
pub(super) fn conversation(conversation: &Conversation, first: bool) -> String {
    let comma = if first { "" } else { "," };
    let head = json!({
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    });
    let head = head.to_string();
    let open = head.strip_suffix('}').unwrap_or(&head);
    format!("{comma}\n{open},\"messages\":[")
}

pub(super) fn message(said: &Said, first: bool) -> String {
    let comma = if first { "" } else { "," };
    let said = serde_json::to_string(said).unwrap_or_else(|_| "null".to_owned());
    format!("{comma}\n{said}")
}
