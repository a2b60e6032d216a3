//! One answer as the wires show it: whole, or cut into events like a model's tokens.

mod chat;
mod responses;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::Reply;
use crate::api::Wire;
use crate::stream::Event;

/// Characters of tool-call arguments in one event.
const FRAGMENT: usize = 8;

static SERIAL: AtomicU64 = AtomicU64::new(0);

/// An answer with its identifiers and its price.
pub(crate) struct Completion {
    wire: Wire,
    /// Goes into every identifier.
    unique: String,
    created: u64,
    model: String,
    text: String,
    calls: Vec<Call>,
    input_tokens: usize,
    output_tokens: usize,
}

struct Call {
    id: String,
    name: String,
    arguments: String,
}

impl Completion {
    /// `characters` is the size of what was read, from which its tokens are estimated.
    pub fn new(wire: Wire, model: String, reply: Reply, characters: usize) -> Self {
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
            .map(|call| call.name.chars().count() + call.arguments.chars().count())
            .sum();
        Self {
            wire,
            unique,
            created: now.as_secs(),
            model,
            output_tokens: tokens(said + reply.text.chars().count()),
            text: reply.text,
            calls,
            input_tokens: tokens(characters),
        }
    }

    /// The body of a request that did not ask for a stream.
    pub fn whole(&self) -> Value {
        match self.wire {
            Wire::Chat => chat::whole(self),
            Wire::Responses => responses::whole(self),
        }
    }

    /// The events of a stream. `indexed: false` is the dialect of chat servers that leave out
    /// `index` and end tool calls with `stop`.
    pub fn events(&self, include_usage: bool, indexed: bool) -> Vec<Event> {
        match self.wire {
            Wire::Chat => chat::events(self, include_usage, indexed),
            Wire::Responses => responses::events(self),
        }
    }
}

/// Four characters a token, the usual rule of thumb; nothing is free.
fn tokens(characters: usize) -> usize {
    characters.div_ceil(4).max(1)
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
