//! `/v1/responses`. Nothing is kept here, so everything must be in `input`.

#![expect(
    clippy::indexing_slicing,
    reason = "an object written here takes another field by its name"
)]

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Completion, Function, Message, Role, ToolCall, named, text};

/// The fields of a request that are not those of the other wire.
#[derive(Deserialize)]
pub(super) struct Conversation {
    pub previous_response_id: Option<String>,
    instructions: Option<String>,
    input: Option<Input>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Items(Vec<Item>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Typed(TypedItem),
    /// A message may have a type, but need not.
    Message(Message),
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum TypedItem {
    FunctionCall {
        call_id: String,
        #[serde(flatten)]
        function: Function,
    },
    FunctionCallOutput {
        call_id: String,
        #[serde(deserialize_with = "text")]
        output: String,
    },
    Reasoning {},
}

impl Conversation {
    pub fn messages(self) -> Vec<Message> {
        let prompt = self.instructions.into_iter();
        let mut messages: Vec<Message> = prompt
            .map(|text| Message::new(Role::System, text))
            .collect();
        match self.input {
            Some(Input::Text(text)) => messages.push(Message::new(Role::User, text)),
            Some(Input::Items(items)) => {
                for item in items {
                    append(&mut messages, item);
                }
            }
            None => {}
        }
        messages
    }
}

/// Calls in a row are one message of the assistant, with the words said just before them.
fn append(messages: &mut Vec<Message>, item: Item) {
    match item {
        Item::Message(message) => messages.push(message),
        Item::Typed(TypedItem::FunctionCall {
            call_id: id,
            function,
        }) => {
            let last = messages.last_mut();
            let call = ToolCall { id, function };
            match last.filter(|last| last.role == Role::Assistant) {
                Some(last) => last.calls.push(call),
                None => messages.push(Message {
                    calls: vec![call],
                    ..Message::new(Role::Assistant, String::new())
                }),
            }
        }
        Item::Typed(TypedItem::FunctionCallOutput { call_id, output }) => messages.push(Message {
            answers: Some(call_id),
            ..Message::new(Role::Tool, output)
        }),
        Item::Typed(TypedItem::Reasoning {}) => {}
    }
}

pub(super) fn whole(answer: &Completion) -> Value {
    let usage = json!({
        "input_tokens": answer.input_tokens, "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": answer.output_tokens, "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": answer.input_tokens + answer.output_tokens,
    });
    response(answer, COMPLETED, &items(answer, COMPLETED), &usage)
}

const COMPLETED: &str = "completed";
const IN_PROGRESS: &str = "in_progress";

fn response(answer: &Completion, status: &str, output: &[Value], usage: &Value) -> Value {
    json!({
        "id": format!("resp_{}", answer.unique), "object": "response", "created_at": answer.created,
        "model": answer.model, "status": status, "output": output, "usage": usage,
        "error": null, "incomplete_details": null, "parallel_tool_calls": true, "store": false,
    })
}

fn output_text(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [] })
}

/// The items of the output, as they begin or as they end: words said, then calls.
fn items(answer: &Completion, status: &str) -> Vec<Value> {
    let done = status == COMPLETED;
    let said = (!answer.is_silent()).then(|| {
        let content: Vec<Value> = done
            .then(|| output_text(&answer.text))
            .into_iter()
            .collect();
        json!({
            "type": "message", "id": format!("msg_{}", answer.unique), "status": status,
            "role": "assistant", "content": content,
        })
    });
    let calls = answer.calls.iter().enumerate().map(|(at, call)| {
        let arguments = if done { call.function.arguments.as_str() } else { "" };
        json!({
            "type": "function_call", "id": format!("fc_{}{at:02x}", answer.unique), "status": status,
            "call_id": call.id, "name": call.function.name, "arguments": arguments,
        })
    });
    said.into_iter().chain(calls).collect()
}

/// The events between those in which an item is added and done: names, and a field of each.
fn parts(answer: &Completion, call: Option<&Function>) -> Vec<(&'static str, &'static str, Value)> {
    let Some(call) = call else {
        let begun = ("response.content_part.added", "part", output_text(""));
        let words = answer.words();
        let words = words.map(|word| ("response.output_text.delta", "delta", json!(word)));
        let done = [
            ("response.output_text.done", "text", json!(answer.text)),
            (
                "response.content_part.done",
                "part",
                output_text(&answer.text),
            ),
        ];
        return std::iter::once(begun).chain(words).chain(done).collect();
    };
    let fragments = call.fragments();
    let deltas = fragments.map(|part| {
        (
            "response.function_call_arguments.delta",
            "delta",
            json!(part),
        )
    });
    let done = (
        "response.function_call_arguments.done",
        "arguments",
        json!(call.arguments),
    );
    deltas.chain([done]).collect()
}

/// The events from `response.created` to `response.completed`; the end of the body is the end of the stream.
pub(super) fn events(answer: &Completion) -> Vec<String> {
    let mut events = Vec::new();
    let mut push = |name: &str, mut event: Value| {
        event["type"] = name.into();
        event["sequence_number"] = events.len().into();
        events.push(named(name, &event));
    };
    let begun = json!({ "response": response(answer, IN_PROGRESS, &[], &Value::Null) });
    push("response.created", begun.clone());
    push("response.in_progress", begun);
    let items = items(answer, IN_PROGRESS)
        .into_iter()
        .zip(items(answer, COMPLETED));
    let silent = usize::from(!answer.is_silent());
    for (index, (begun, done)) in items.enumerate() {
        let at = index.checked_sub(silent);
        let call = at
            .and_then(|at| answer.calls.get(at))
            .map(|call| &call.function);
        push(
            "response.output_item.added",
            json!({ "output_index": index, "item": begun }),
        );
        for (name, field, value) in parts(answer, call) {
            let mut event = json!({ "output_index": index, "item_id": done["id"], field: value });
            match call {
                Some(call) => event["name"] = json!(call.name),
                None => event["content_index"] = json!(0),
            }
            push(name, event);
        }
        push(
            "response.output_item.done",
            json!({ "output_index": index, "item": done }),
        );
    }
    push("response.completed", json!({ "response": whole(answer) }));
    events
}
