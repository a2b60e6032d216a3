//! The two wires, and what of a request the rules see, whichever wire it came over.

mod chat;
mod responses;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use http::StatusCode;
use serde_json::{Value, json};

use crate::error::{ApiError, FAILED};
use crate::faults::Fault;
use crate::reply::Reply;
use crate::results::text;
use crate::text::is_in;

/// Messages in one request; a client that sends more has lost control of its history.
const MESSAGES_LIMIT: usize = 1_000;
const INVALID: &str = "Invalid request: it needs a model, 1 to 1000 messages with roles and whole calls, and names of tools.";
const ROLES: &str = "system developer user assistant tool function";
/// Characters of tool-call arguments in one event.
const FRAGMENT: usize = 8;

/// The two ways OpenAI's clients talk to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// `/v1/chat/completions`
    Chat,
    /// `/v1/responses`
    Responses,
}

/// The part of a request that changes the answer; everything else is accepted and ignored.
#[derive(Debug)]
pub(crate) struct Request {
    pub model: String,
    /// As the older wire has them, with roles that are known and calls that are whole.
    pub messages: Vec<Value>,
    /// The names of what may be called: none when the caller chose `"none"`.
    pub tools: Vec<String>,
    pub stream: bool,
    pub include_usage: bool,
}

impl Request {
    /// Reads a body, refusing with the sentence OpenAI's clients show to their users.
    pub fn read(wire: Wire, body: &Value) -> Result<Self, ApiError> {
        let messages = match wire {
            Wire::Chat => elements(body, "messages").cloned().collect(),
            Wire::Responses => responses::messages(body),
        };
        let stored = text(body, "previous_response_id");
        // Tools that are no functions are the provider's own and not to be had here.
        let tools = elements(body, "tools").filter(|tool| text(tool, "type") == "function");
        // One wire has the fields of a tool under `function`, the other beside the type.
        let tools = tools.map(|tool| text(tool.get("function").unwrap_or(tool), "name").to_owned());
        let tools: Vec<String> = tools.collect();
        if wire == Wire::Responses && !stored.is_empty() {
            let message = format!("Response '{stored}' not found: nothing is stored here.");
            return Err(ApiError::refused(StatusCode::NOT_FOUND, &message));
        }
        let model = text(body, "model");
        if model.is_empty()
            || !(1..=MESSAGES_LIMIT).contains(&messages.len())
            || !messages.iter().all(is_message)
            || tools.iter().any(String::is_empty)
        {
            return Err(ApiError::invalid(INVALID));
        }
        let forbidden = text(body, "tool_choice") == "none";
        let is_set = |pointer: &str| body.pointer(pointer) == Some(&Value::Bool(true));
        Ok(Self {
            model: model.to_owned(),
            messages,
            tools: if forbidden { Vec::new() } else { tools },
            stream: is_set("/stream"),
            include_usage: is_set("/stream_options/include_usage"),
        })
    }
}

fn is_message(message: &Value) -> bool {
    let whole = |call: &Value| {
        let mut fields = ["/id", "/function/name", "/function/arguments"].into_iter();
        fields.all(|field| call.pointer(field).is_some_and(Value::is_string))
    };
    is_in(ROLES, text(message, "role")) && elements(message, "tool_calls").all(whole)
}

/// What is in a list, nothing where there is none.
pub(crate) fn elements<'v>(value: &'v Value, place: &str) -> std::slice::Iter<'v, Value> {
    let list = value.get(place).and_then(Value::as_array);
    list.map_or(&[] as &[Value], Vec::as_slice).iter()
}

/// One answer with its identifiers and its price.
pub(crate) struct Completion {
    /// Goes into every identifier.
    unique: String,
    created: u64,
    model: String,
    text: String,
    calls: Vec<Called>,
    input_tokens: usize,
    output_tokens: usize,
}

/// A call as it is sent.
struct Called {
    id: String,
    name: String,
    arguments: String,
}

impl Completion {
    /// `read` is the size of the request, from which its tokens are estimated.
    pub fn new(model: String, reply: Reply, read: usize) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let now = UNIX_EPOCH.elapsed().unwrap_or_default();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let unique = format!("{:x}{serial:04x}", now.as_nanos());
        let calls = reply.calls.into_iter().enumerate();
        let calls = calls.map(|(index, (name, arguments))| Called {
            id: format!("call_{unique}{index:02x}"),
            name,
            arguments: match arguments {
                Value::String(raw) => raw,
                parsed => parsed.to_string(),
            },
        });
        let calls: Vec<Called> = calls.collect();
        let called = calls.iter();
        let called = called.map(|call| call.name.len() + call.arguments.len());
        Self {
            // Four characters a token, the usual rule of thumb.
            input_tokens: read.div_ceil(4),
            output_tokens: (called.sum::<usize>() + reply.text.chars().count()).div_ceil(4),
            created: now.as_secs(),
            text: reply.text,
            unique,
            model,
            calls,
        }
    }

    /// The body of a request that did not ask for a stream.
    pub fn whole(&self, wire: Wire) -> Value {
        match wire {
            Wire::Chat => chat::whole(self),
            Wire::Responses => responses::whole(self),
        }
    }

    /// The events of a stream, in the dialect that the faults ask for.
    pub fn events(&self, wire: Wire, include_usage: bool, faults: &[Fault]) -> Vec<String> {
        let indexed = !faults.contains(&Fault::NoIndex);
        let comments = faults.contains(&Fault::Comments);
        let before = if comments { ": processing\n\n" } else { "" };
        let events = match wire {
            Wire::Chat => chat::chunks(self, include_usage, indexed),
            Wire::Responses => responses::events(self),
        };
        let mut events: Vec<String> = events.iter().map(event).collect();
        if wire == Wire::Chat {
            events.push("data: [DONE]\n\n".to_owned());
        }
        let events = events.iter().map(|event| format!("{before}{event}"));
        events.collect()
    }

    /// What is said; nothing where there are only calls.
    fn said(&self) -> Option<&str> {
        Some(self.text.as_str()).filter(|text| !text.is_empty() || self.calls.is_empty())
    }

    /// Words, each with the space after it.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split_inclusive(char::is_whitespace)
    }
}

/// The arguments of a call in pieces, as models emit them.
fn fragments(arguments: &str) -> Vec<String> {
    let characters: Vec<char> = arguments.chars().collect();
    let parts = characters.chunks(FRAGMENT);
    parts.map(|part| part.iter().collect()).collect()
}

/// How a provider says in the middle of an answer that it failed.
pub(crate) fn failure(wire: Wire) -> Value {
    match wire {
        Wire::Chat => json!({ "error": { "message": FAILED, "code": 502 } }),
        Wire::Responses => json!({ "type": "error", "code": "server_error", "message": FAILED }),
    }
}

/// Server-sent data, with an event's name where the data has a type.
pub(crate) fn event(data: &Value) -> String {
    match text(data, "type") {
        "" => format!("data: {data}\n\n"),
        name => format!("event: {name}\ndata: {data}\n\n"),
    }
}
