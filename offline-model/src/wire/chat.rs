//! What `/v1/chat/completions` answers.

#![expect(
    clippy::indexing_slicing,
    reason = "an object written here takes another field by its name"
)]

use serde_json::{Value, json};

use super::{Completion, fragments};

/// What whole answers and chunks have in common.
fn envelope(answer: &Completion, object: &str, choices: &[Value]) -> Value {
    json!({
        "id": format!("chatcmpl-{}", answer.unique), "object": object,
        "created": answer.created, "model": answer.model, "choices": choices,
    })
}

fn usage(answer: &Completion) -> Value {
    json!({
        "prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
    })
}

fn finish_reason(answer: &Completion, indexed: bool) -> &'static str {
    match answer.calls.len() {
        1.. if indexed => "tool_calls",
        _ => "stop",
    }
}

pub(super) fn whole(answer: &Completion) -> Value {
    let calls = answer.calls.iter().map(|call| {
        let function = json!({ "name": call.name, "arguments": call.arguments });
        json!({ "id": call.id, "type": "function", "function": function })
    });
    let calls: Vec<Value> = calls.collect();
    let mut message = json!({ "role": "assistant", "content": answer.said() });
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let choice =
        json!({ "index": 0, "message": message, "finish_reason": finish_reason(answer, true) });
    let mut whole = envelope(answer, "chat.completion", &[choice]);
    whole["usage"] = usage(answer);
    whole
}

pub(super) fn chunks(answer: &Completion, include_usage: bool, indexed: bool) -> Vec<Value> {
    let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
    deltas.extend(answer.words().map(|word| json!({ "content": word })));
    for (index, call) in answer.calls.iter().enumerate() {
        let function = json!({ "name": call.name, "arguments": "" });
        let mut parts = vec![json!({ "id": call.id, "type": "function", "function": function })];
        let fragments = fragments(&call.arguments).into_iter();
        parts.extend(fragments.map(|part| json!({ "function": { "arguments": part } })));
        for mut part in parts {
            if indexed {
                part["index"] = index.into();
            }
            deltas.push(json!({ "tool_calls": [part] }));
        }
    }
    let chunk = |choices: &[Value]| envelope(answer, "chat.completion.chunk", choices);
    let choice = |delta: &Value, finish_reason: Option<&str>| {
        chunk(&[json!({ "index": 0, "delta": delta, "finish_reason": finish_reason })])
    };
    let mut chunks: Vec<Value> = deltas.iter().map(|delta| choice(delta, None)).collect();
    chunks.push(choice(&json!({}), Some(finish_reason(answer, indexed))));
    if include_usage {
        let mut price = chunk(&[]);
        price["usage"] = usage(answer);
        chunks.push(price);
    }
    chunks
}
