//! An answer over `/v1/chat/completions`.

use serde_json::{Value, json};

use super::{Completion, split_fragments, split_tokens};
use crate::stream::Event;

fn finish_reason(answer: &Completion) -> &'static str {
    if answer.calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    }
}

fn usage(answer: &Completion) -> Value {
    json!({
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
    })
}

pub(super) fn whole(answer: &Completion) -> Value {
    let silent = answer.text.is_empty() && !answer.calls.is_empty();
    let content = if silent {
        Value::Null
    } else {
        answer.text.as_str().into()
    };
    let mut message = json!({ "role": "assistant", "content": content, "refusal": null });
    if !answer.calls.is_empty() {
        let calls = answer.calls.iter().map(|call| {
            let function = json!({ "name": call.name, "arguments": call.arguments });
            json!({ "id": call.id, "type": "function", "function": function })
        });
        message = with(message, "tool_calls", calls.collect());
    }
    json!({
        "id": format!("chatcmpl-{}", answer.unique),
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.model,
        "choices": [{
            "index": 0,
            "message": message,
            "logprobs": null,
            "finish_reason": finish_reason(answer),
        }],
        "usage": usage(answer),
    })
}

/// The chunks and the closing `[DONE]`.
pub(super) fn events(answer: &Completion, include_usage: bool, indexed: bool) -> Vec<Event> {
    let chunk = |delta: &Value, reason: Option<&str>| chunk(answer, delta, reason);
    let mut chunks = vec![chunk(&json!({ "role": "assistant", "content": "" }), None)];
    for token in split_tokens(&answer.text) {
        chunks.push(chunk(&json!({ "content": token }), None));
    }
    for (index, call) in answer.calls.iter().enumerate() {
        let place = indexed.then_some(index);
        let head = json!({
            "id": call.id,
            "type": "function",
            "function": { "name": call.name, "arguments": "" },
        });
        chunks.push(chunk(&tool_delta(place, head), None));
        for part in split_fragments(&call.arguments) {
            let more = json!({ "function": { "arguments": part } });
            chunks.push(chunk(&tool_delta(place, more), None));
        }
    }
    let reason = if indexed {
        finish_reason(answer)
    } else {
        "stop"
    };
    chunks.push(chunk(&json!({}), Some(reason)));
    if include_usage {
        let price = with(chunk(&json!({}), None), "choices", json!([]));
        chunks = chunks
            .into_iter()
            .map(|chunk| with(chunk, "usage", Value::Null))
            .collect();
        chunks.push(with(price, "usage", usage(answer)));
    }
    let mut events: Vec<Event> = chunks
        .iter()
        .map(|chunk| Event::unnamed(chunk.to_string()))
        .collect();
    events.push(Event::unnamed("[DONE]".to_owned()));
    events
}

fn chunk(answer: &Completion, delta: &Value, finish_reason: Option<&str>) -> Value {
    json!({
        "id": format!("chatcmpl-{}", answer.unique),
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": answer.model,
        "choices": [{
            "index": 0,
            "delta": delta,
            "logprobs": null,
            "finish_reason": finish_reason,
        }],
    })
}

fn tool_delta(index: Option<usize>, call: Value) -> Value {
    let call = match index {
        Some(index) => with(call, "index", index.into()),
        None => call,
    };
    json!({ "tool_calls": [call] })
}

fn with(mut object: Value, field: &str, value: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(field.to_owned(), value);
    }
    object
}
