//! An answer over `/v1/responses`.

use serde_json::{Value, json};

use super::{Call, Completion, split_fragments, split_tokens};
use crate::stream::Event;

const RUNNING: &str = "in_progress";
const DONE: &str = "completed";

pub(super) fn whole(answer: &Completion) -> Value {
    let output: Vec<Value> = items(answer).iter().map(|item| item.as_of(DONE)).collect();
    response(answer, DONE, &output)
}

fn response(answer: &Completion, status: &str, output: &[Value]) -> Value {
    let usage = (status == DONE).then(|| {
        json!({
            "input_tokens": answer.input_tokens,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": answer.output_tokens,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": answer.input_tokens + answer.output_tokens,
        })
    });
    json!({
        "id": format!("resp_{}", answer.unique),
        "object": "response",
        "created_at": answer.created,
        "status": status,
        "error": null,
        "incomplete_details": null,
        "model": answer.model,
        "output": output,
        "parallel_tool_calls": true,
        "store": false,
        "usage": usage,
    })
}

/// One thing of the output.
enum Item<'c> {
    Text { id: String, text: &'c str },
    Call { id: String, call: &'c Call },
}

fn items(answer: &Completion) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    if !answer.text.is_empty() || answer.calls.is_empty() {
        items.push(Item::Text {
            id: format!("msg_{}", answer.unique),
            text: &answer.text,
        });
    }
    items.extend(
        answer
            .calls
            .iter()
            .enumerate()
            .map(|(at, call)| Item::Call {
                id: format!("fc_{}{at:02x}", answer.unique),
                call,
            }),
    );
    items
}

impl Item<'_> {
    /// The item as it begins or as it ends.
    fn as_of(&self, status: &str) -> Value {
        let finished = status == DONE;
        match self {
            Self::Text { id, text } => {
                let content: Vec<Value> = finished.then(|| output_text(text)).into_iter().collect();
                json!({
                    "id": id, "type": "message", "status": status, "role": "assistant", "content": content,
                })
            }
            Self::Call { id, call } => json!({
                "id": id,
                "type": "function_call",
                "status": status,
                "call_id": call.id,
                "name": call.name,
                "arguments": if finished { call.arguments.as_str() } else { "" },
            }),
        }
    }
}

fn output_text(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [] })
}

/// The events from `response.created` to `response.completed`, numbered; the end of the body is the
/// end of the stream.
pub(super) fn events(answer: &Completion) -> Vec<Event> {
    let mut log = Log::default();
    let begun = response(answer, RUNNING, &[]);
    log.push("response.created", json!({ "response": begun }));
    log.push("response.in_progress", json!({ "response": begun }));
    for (index, item) in items(answer).iter().enumerate() {
        let opened = json!({ "output_index": index, "item": item.as_of(RUNNING) });
        log.push("response.output_item.added", opened);
        match item {
            Item::Text { id, text } => log.text(index, id, text),
            Item::Call { id, call } => log.arguments(index, id, call),
        }
        let closed = json!({ "output_index": index, "item": item.as_of(DONE) });
        log.push("response.output_item.done", closed);
    }
    log.push("response.completed", json!({ "response": whole(answer) }));
    log.events
}

#[derive(Default)]
struct Log {
    events: Vec<Event>,
}

impl Log {
    fn push(&mut self, kind: &'static str, mut data: Value) {
        if let Some(fields) = data.as_object_mut() {
            fields.insert("type".to_owned(), kind.into());
            fields.insert("sequence_number".to_owned(), self.events.len().into());
        }
        self.events.push(Event::named(kind, data.to_string()));
    }

    fn text(&mut self, index: usize, id: &str, text: &str) {
        let part = |content: Value| json!({ "item_id": id, "output_index": index, "content_index": 0, "part": content });
        self.push("response.content_part.added", part(output_text("")));
        for token in split_tokens(text) {
            let delta =
                json!({ "item_id": id, "output_index": index, "content_index": 0, "delta": token });
            self.push("response.output_text.delta", delta);
        }
        let all = json!({ "item_id": id, "output_index": index, "content_index": 0, "text": text });
        self.push("response.output_text.done", all);
        self.push("response.content_part.done", part(output_text(text)));
    }

    fn arguments(&mut self, index: usize, id: &str, call: &Call) {
        for fragment in split_fragments(&call.arguments) {
            let delta = json!({ "item_id": id, "output_index": index, "delta": fragment });
            self.push("response.function_call_arguments.delta", delta);
        }
        let all = json!({
            "item_id": id, "output_index": index, "name": call.name, "arguments": call.arguments,
        });
        self.push("response.function_call_arguments.done", all);
    }
}
