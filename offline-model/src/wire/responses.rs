//! `/v1/responses`. Nothing is kept here, so everything must be in `input`.

#![expect(
    clippy::indexing_slicing,
    reason = "an object written here takes another field by its name"
)]

use serde_json::{Value, json};

use super::{Completion, Function};

/// The conversation of a request in messages of the other wire, which refuses what is none.
pub(super) fn messages(body: &Value) -> Value {
    let mut messages: Vec<Value> = Vec::new();
    if let Some(prompt) = body.get("instructions").filter(|prompt| prompt.is_string()) {
        messages.push(json!({ "role": "system", "content": prompt }));
    }
    match body.get("input") {
        Some(Value::Array(items)) => {
            for item in items {
                append(&mut messages, item);
            }
        }
        Some(text) if text.is_string() => messages.push(json!({ "role": "user", "content": text })),
        _ => {}
    }
    messages.into()
}

/// Calls in a row are one message of the assistant, with the words said just before them.
fn append(messages: &mut Vec<Value>, item: &Value) {
    match item["type"].as_str() {
        Some("reasoning") => {}
        Some("function_call") => {
            if messages
                .last()
                .is_none_or(|last| last["role"] != "assistant")
            {
                messages.push(json!({ "role": "assistant" }));
            }
            let call = json!({ "id": item["call_id"], "function": item });
            if let Some(last) = messages.last_mut() {
                match last["tool_calls"].as_array_mut() {
                    Some(calls) => calls.push(call),
                    None => last["tool_calls"] = json!([call]),
                }
            }
        }
        Some("function_call_output") => messages.push(json!({
            "role": "tool", "tool_call_id": item["call_id"], "content": item["output"],
        })),
        _ => messages.push(item.clone()),
    }
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
        "call_id": call.id, "name": call.function.name, "arguments": call.function.arguments,
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

/// The events between those in which an item is added and done: names, and a field of each.
fn parts(answer: &Completion, call: Option<&Function>) -> Vec<(&'static str, &'static str, Value)> {
    let mut parts = Vec::new();
    match call {
        None => {
            parts.push(("response.content_part.added", "part", output_text("")));
            parts.extend(
                answer
                    .words()
                    .map(|word| ("response.output_text.delta", "delta", json!(word))),
            );
            parts.push(("response.output_text.done", "text", json!(answer.text)));
            parts.push((
                "response.content_part.done",
                "part",
                output_text(&answer.text),
            ));
        }
        Some(call) => {
            let (delta, done) = (
                "response.function_call_arguments.delta",
                "response.function_call_arguments.done",
            );
            parts.extend(
                call.fragments()
                    .into_iter()
                    .map(|part| (delta, "delta", json!(part))),
            );
            parts.push((done, "arguments", json!(call.arguments)));
        }
    }
    parts
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
    let said = answer.said().map(|_| None);
    let calls = answer.calls.iter().map(|call| Some(&call.function));
    for ((index, item), call) in items(answer)
        .iter()
        .enumerate()
        .zip(said.into_iter().chain(calls))
    {
        push(
            "response.output_item.added",
            json!({ "output_index": index, "item": begun(item) }),
        );
        for (name, field, value) in parts(answer, call) {
            let mut event = json!({ "output_index": index, "item_id": item["id"], field: value });
            match call {
                Some(call) => event["name"] = json!(call.name),
                None => event["content_index"] = json!(0),
            }
            push(name, event);
        }
        push(
            "response.output_item.done",
            json!({ "output_index": index, "item": item }),
        );
    }
    push("response.completed", json!({ "response": whole(answer) }));
    events
}
