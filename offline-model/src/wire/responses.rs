//! `/v1/responses`. Nothing is kept here, so everything must be in `input`.

#![expect(
    clippy::indexing_slicing,
    reason = "an object written here takes another field by its name"
)]

use serde_json::{Value, json};

use super::{Completion, elements, fragments};
use crate::results::text;

/// The conversation of a request in messages of the other wire.
pub(super) fn messages(body: &Value) -> Vec<Value> {
    let prompt = body.get("instructions").filter(|prompt| prompt.is_string());
    let prompt = prompt.map(|prompt| json!({ "role": "system", "content": prompt }));
    let said = body.get("input").filter(|input| input.is_string());
    let said = said.map(|text| json!({ "role": "user", "content": text }));
    let items = elements(body, "input").filter(|item| item["type"] != "reasoning");
    let items = items.map(|item| match text(item, "type") {
        "function_call" => {
            let call = json!({ "id": item["call_id"], "function": item });
            json!({ "role": "assistant", "tool_calls": [call] })
        }
        "function_call_output" => {
            json!({ "role": "tool", "tool_call_id": item["call_id"], "content": item["output"] })
        }
        _ => item.clone(),
    });
    prompt.into_iter().chain(said).chain(items).collect()
}

pub(super) fn whole(answer: &Completion) -> Value {
    let usage = json!({
        "input_tokens": answer.input_tokens, "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": answer.output_tokens, "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": answer.input_tokens + answer.output_tokens,
    });
    response(answer, "completed", &items(answer), &usage)
}

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

/// The items of the output: words said, then calls.
fn items(answer: &Completion) -> Vec<Value> {
    let said = answer.said().map(|text| {
        json!({
            "type": "message", "id": format!("msg_{}", answer.unique), "status": "completed",
            "role": "assistant", "content": [output_text(text)],
        })
    });
    let calls = answer.calls.iter().enumerate().map(|(at, call)| json!({
        "type": "function_call", "id": format!("fc_{}{at:02x}", answer.unique), "status": "completed",
        "call_id": call.id, "name": call.name, "arguments": call.arguments,
    }));
    said.into_iter().chain(calls).collect()
}

/// The item as it begins.
fn begun(item: &Value) -> Value {
    let mut begun = item.clone();
    begun["status"] = "in_progress".into();
    match item.get("content") {
        Some(_) => begun["content"] = json!([]),
        None => begun["arguments"] = "".into(),
    }
    begun
}

/// The events from `response.created` to `response.completed`; the end of the body is the end of the stream.
pub(super) fn events(answer: &Completion) -> Vec<Value> {
    let mut events = Vec::new();
    let mut push = |name: &str, mut event: Value| {
        event["type"] = name.into();
        event["sequence_number"] = events.len().into();
        events.push(event);
    };
    let created = json!({ "response": response(answer, "in_progress", &[], &Value::Null) });
    push("response.created", created.clone());
    push("response.in_progress", created);
    for (index, item) in items(answer).iter().enumerate() {
        let begins = json!({ "output_index": index, "item": begun(item) });
        push("response.output_item.added", begins);
        let place = json!({ "output_index": index, "content_index": 0, "item_id": item["id"] });
        let mut part = |name: &str, field: &str, value: Value| {
            let mut event = place.clone();
            event[field] = value;
            push(name, event);
        };
        if let Some(arguments) = item["arguments"].as_str() {
            for fragment in fragments(arguments) {
                part(
                    "response.function_call_arguments.delta",
                    "delta",
                    fragment.into(),
                );
            }
            part(
                "response.function_call_arguments.done",
                "arguments",
                arguments.into(),
            );
        } else {
            part("response.content_part.added", "part", output_text(""));
            for word in answer.words() {
                part("response.output_text.delta", "delta", word.into());
            }
            part(
                "response.output_text.done",
                "text",
                answer.text.as_str().into(),
            );
            part(
                "response.content_part.done",
                "part",
                output_text(&answer.text),
            );
        }
        push(
            "response.output_item.done",
            json!({ "output_index": index, "item": item }),
        );
    }
    push("response.completed", json!({ "response": whole(answer) }));
    events
}
