//! One answer as the wire shows it: whole, or cut into chunks like a model's tokens.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::Reply;

/// Characters of tool-call arguments in one chunk.
const FRAGMENT: usize = 8;

static SERIAL: AtomicU64 = AtomicU64::new(0);

/// An answer with its identifiers and its price.
pub(crate) struct Completion {
    id: String,
    created: u64,
    model: String,
    text: String,
    calls: Vec<Call>,
    usage: Value,
}

struct Call {
    id: String,
    name: String,
    arguments: String,
}

impl Completion {
    /// `prompt_bytes` is the size of the request, from which its tokens are estimated.
    pub fn new(model: String, reply: Reply, prompt_bytes: usize) -> Self {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let unique = format!("{:x}{serial:04x}", now.as_nanos());
        let calls: Vec<Call> = reply
            .calls
            .into_iter()
            .enumerate()
            .map(|(index, (name, arguments))| Call {
                id: format!("call_{unique}{index:02x}"),
                name,
                arguments: match arguments {
                    Value::String(raw) => raw,
                    parsed => parsed.to_string(),
                },
            })
            .collect();
        let said: usize = calls
            .iter()
            .map(|call| call.name.len() + call.arguments.len())
            .sum();
        let (prompt, completion) = (tokens(prompt_bytes), tokens(said + reply.text.len()));
        Self {
            id: format!("chatcmpl-{unique}"),
            created: now.as_secs(),
            model,
            text: reply.text,
            calls,
            usage: json!({
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            }),
        }
    }

    fn finish_reason(&self) -> &'static str {
        if self.calls.is_empty() {
            "stop"
        } else {
            "tool_calls"
        }
    }

    /// The body of a request that did not ask for a stream.
    pub fn whole(&self) -> Value {
        let silent = self.text.is_empty() && !self.calls.is_empty();
        let content = if silent {
            Value::Null
        } else {
            self.text.as_str().into()
        };
        let mut message = json!({ "role": "assistant", "content": content, "refusal": null });
        if !self.calls.is_empty() {
            let calls = self.calls.iter().map(|call| {
                let function = json!({ "name": call.name, "arguments": call.arguments });
                json!({ "id": call.id, "type": "function", "function": function })
            });
            message = with(message, "tool_calls", calls.collect());
        }
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "message": message,
                "logprobs": null,
                "finish_reason": self.finish_reason(),
            }],
            "usage": self.usage,
        })
    }

    /// The chunks of a stream, without the closing `[DONE]`. `indexed: false` is the dialect of
    /// servers that leave out `index` and end tool calls with `stop`.
    pub fn chunks(&self, include_usage: bool, indexed: bool) -> Vec<Value> {
        let mut chunks = vec![self.chunk(&json!({ "role": "assistant", "content": "" }), None)];
        for token in split_tokens(&self.text) {
            chunks.push(self.chunk(&json!({ "content": token }), None));
        }
        for (index, call) in self.calls.iter().enumerate() {
            let place = indexed.then_some(index);
            let head = json!({
                "id": call.id,
                "type": "function",
                "function": { "name": call.name, "arguments": "" },
            });
            chunks.push(self.chunk(&tool_delta(place, head), None));
            for part in split_fragments(&call.arguments) {
                let more = json!({ "function": { "arguments": part } });
                chunks.push(self.chunk(&tool_delta(place, more), None));
            }
        }
        let reason = if indexed {
            self.finish_reason()
        } else {
            "stop"
        };
        chunks.push(self.chunk(&json!({}), Some(reason)));
        if include_usage {
            let price = with(self.chunk(&json!({}), None), "choices", json!([]));
            chunks = chunks
                .into_iter()
                .map(|chunk| with(chunk, "usage", Value::Null))
                .collect();
            chunks.push(with(price, "usage", self.usage.clone()));
        }
        chunks
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [{
                "index": 0,
                "delta": delta,
                "logprobs": null,
                "finish_reason": finish_reason,
            }],
        })
    }
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

/// Four bytes a token, the usual rule of thumb.
fn tokens(bytes: usize) -> usize {
    bytes.div_ceil(4)
}

/// Words with the space before them, as models emit them.
fn split_tokens(text: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = text
        .char_indices()
        .zip(text.chars().skip(1))
        .filter(|((_, here), next)| here.is_whitespace() && !next.is_whitespace())
        .map(|((at, _), _)| at)
        .collect();
    starts.insert(0, 0);
    starts.push(text.len());
    starts.dedup();
    starts
        .windows(2)
        .filter_map(|pair| text.get(*pair.first()?..*pair.last()?))
        .collect()
}

fn split_fragments(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(FRAGMENT)
        .map(|part| part.iter().collect())
        .collect()
}
