//! What `/v1/chat/completions` answers.

#![expect(
    clippy::indexing_slicing,
    reason = "an object written here takes another field by its name"
)]

use serde_json::{Value, json};

use super::{Completion, unnamed};

fn finish_reason(answer: &Completion, indexed: bool) -> &'static str {
    if answer.calls.is_empty() || !indexed {
        "stop"
    } else {
        "tool_calls"
    }
}

fn usage(answer: &Completion) -> Value {
    json!({
        "prompt_tokens": answer.input_tokens, "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
    })
}

/// What whole answers and chunks have in common.
fn envelope(answer: &Completion, object: &str, choices: &[Value]) -> Value {
    json!({
        "id": format!("chatcmpl-{}", answer.unique), "object": object,
        "created": answer.created, "model": answer.model, "choices": choices,
    })
}

pub(super) fn whole(answer: &Completion) -> Value {
    let calls = answer
        .calls
        .iter()
        .map(|call| json!({ "id": call.id, "type": "function", "function": call.function }));
    let message = json!({
        "role": "assistant",
        "content": (!answer.is_silent()).then_some(&answer.text),
        "tool_calls": (!answer.calls.is_empty()).then(|| calls.collect::<Vec<Value>>()),
    });
    let choice =
        json!({ "index": 0, "message": message, "finish_reason": finish_reason(answer, true) });
    let mut whole = envelope(answer, "chat.completion", &[choice]);
    whole["usage"] = usage(answer);
    whole
}

/// The chunks and the closing `[DONE]`.
pub(super) fn events(answer: &Completion, include_usage: bool, indexed: bool) -> Vec<String> {
    let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
    deltas.extend(answer.words().map(|word| json!({ "content": word })));
    for (index, call) in answer.calls.iter().enumerate() {
        let name = &call.function.name;
        let begins = json!({
            "id": call.id, "type": "function", "function": { "name": name, "arguments": "" },
        });
        let parts = call.function.fragments();
        let parts = parts.map(|part| json!({ "function": { "arguments": part } }));
        deltas.extend(std::iter::once(begins).chain(parts).map(|mut part| {
            if indexed {
                part["index"] = index.into();
            }
            json!({ "tool_calls": [part] })
        }));
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
    let done = "data: [DONE]\n\n".to_owned();
    chunks.iter().map(unnamed).chain([done]).collect()
}
