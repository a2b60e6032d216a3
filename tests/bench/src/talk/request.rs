//! What a ChatKit client asks.

use serde_json::{Value, json};

/// A message that begins a conversation, or is the next in one.
pub(super) fn say(thread: Option<&str>, text: &str) -> Value {
    let input = json!({
        "content": [{"type": "input_text", "text": text}],
        "attachments": [],
        "quoted_text": "",
        "inference_options": {},
    });
    match thread {
        None => json!({"type": "threads.create", "params": {"input": input}}),
        Some(id) => json!({
            "type": "threads.add_user_message",
            "params": {"thread_id": id, "input": input},
        }),
    }
}

/// The answer to a message anew.
pub(super) fn retry(thread: &str, item: &str) -> Value {
    json!({
        "type": "threads.retry_after_item",
        "params": {"thread_id": thread, "item_id": item},
    })
}

/// A conversation with its first page.
pub(super) fn thread(id: &str) -> Value {
    json!({"type": "threads.get_by_id", "params": {"thread_id": id}})
}

/// A page of a conversation.
pub(super) fn items(thread: &str, order: &str, after: Option<&str>) -> Value {
    let mut params = json!({"thread_id": thread, "order": order, "limit": 9_999});
    if let Some((after, fields)) = after.zip(params.as_object_mut()) {
        fields.insert("after".to_owned(), after.into());
    }
    json!({"type": "items.list", "params": params})
}
