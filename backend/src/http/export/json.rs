//! The file that programs read, piece by piece.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::conversations::Conversation;

use super::ExportedMessage;

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

pub(super) fn message(message: &ExportedMessage, first: bool) -> String {
    let comma = if first { "" } else { "," };
    let message = serde_json::to_string(message).unwrap_or_else(|_| "null".to_owned());
    format!("{comma}\n{message}")
}
