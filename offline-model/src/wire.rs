//! The two wires in the types of `async-openai`, and what of a request the rules see, whichever wire it came over.

mod chat;
mod responses;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::Reply;
use crate::error::ApiError;
use crate::stream::Event;

/// Messages in one request; a client that sends more has lost control of its history.
const MESSAGES_LIMIT: usize = 1_000;
const TOOLS_LIMIT: usize = 128;
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
    pub messages: Vec<Message>,
    /// What may be called: none when the caller chose `"none"`.
    pub tools: Vec<Tool>,
    pub stream: bool,
    pub include_usage: bool,
}

#[derive(Debug)]
pub(crate) struct Message {
    pub role: Role,
    pub text: String,
    pub calls: Vec<ToolCall>,
    /// The call that a tool's message answers.
    pub answers: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    System,
    User,
    Assistant,
    Tool,
}

#[derive(Debug)]
pub(crate) struct ToolCall {
    pub id: String,
    pub name: String,
    pub arguments: String,
}

#[derive(Debug)]
pub(crate) struct Tool {
    pub name: String,
    pub parameters: Option<Value>,
}

impl Request {
    /// Reads a body, refusing with the sentence OpenAI's clients show to their users.
    pub fn read(wire: Wire, body: Value) -> Result<Self, ApiError> {
        let (field, request) = match wire {
            Wire::Chat => ("messages", chat::read(body)?),
            Wire::Responses => ("input", responses::read(body)?),
        };
        let refusal = match (request.messages.len(), request.tools.len()) {
            (0, _) => format!("'{field}' must have at least one message."),
            (count, _) if count > MESSAGES_LIMIT => {
                format!("'{field}' may have at most {MESSAGES_LIMIT} messages.")
            }
            (_, count) if count > TOOLS_LIMIT => {
                format!("'tools' may have at most {TOOLS_LIMIT} tools.")
            }
            _ => return Ok(request),
        };
        Err(ApiError::invalid(refusal))
    }
}

impl Message {
    fn new(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            text: text.into(),
            calls: Vec::new(),
            answers: None,
        }
    }

    /// What the messages of both wires have in common, once their types have checked them.
    fn read(message: &Value) -> Self {
        let field = |name: &str| message.get(name).unwrap_or(&Value::Null);
        let role = match field("role").as_str() {
            Some("assistant") => Role::Assistant,
            Some("user") => Role::User,
            Some("tool" | "function") => Role::Tool,
            _ => Role::System,
        };
        let calls = field("tool_calls").as_array().into_iter().flatten();
        let text_at = |call: &Value, path: &str| Some(call.pointer(path)?.as_str()?.to_owned());
        let calls = calls.filter_map(|call| {
            Some(ToolCall {
                id: text_at(call, "/id")?,
                name: text_at(call, "/function/name")?,
                arguments: text_at(call, "/function/arguments")?,
            })
        });
        Self {
            calls: calls.collect(),
            answers: field("tool_call_id").as_str().map(str::to_owned),
            ..Self::new(role, text(field("content")))
        }
    }
}

/// The text of a content, which is a string or parts with a `text` in all types of the wires.
fn text(content: &Value) -> String {
    let parts = content.as_array().into_iter().flatten();
    let texts = parts.filter_map(|part| part.get("text")?.as_str());
    let parts = texts.collect::<Vec<&str>>().join("\n");
    content.as_str().map_or(parts, str::to_owned)
}

fn unreadable(error: &serde_json::Error) -> ApiError {
    ApiError::invalid(format!("Invalid request: {error}."))
}

/// One answer with its identifiers and its price.
pub(crate) struct Completion {
    /// Goes into every identifier.
    unique: String,
    created: u64,
    model: String,
    text: String,
    calls: Vec<ToolCall>,
    input_tokens: u32,
    output_tokens: u32,
}

impl Completion {
    /// `read` is the size of the request, from which its tokens are estimated.
    pub fn new(model: String, reply: Reply, read: usize) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let unique = format!("{:x}{serial:04x}", now.as_nanos());
        let calls: Vec<ToolCall> = reply
            .calls
            .into_iter()
            .enumerate()
            .map(|(index, (name, arguments))| ToolCall {
                id: format!("call_{unique}{index:02x}"),
                name,
                arguments: match arguments {
                    Value::String(raw) => raw,
                    parsed => parsed.to_string(),
                },
            })
            .collect();
        let said = calls
            .iter()
            .map(|call| call.name.len() + call.arguments.len());
        Self {
            unique,
            created: now.as_secs(),
            model,
            input_tokens: tokens(read),
            output_tokens: tokens(said.sum::<usize>() + reply.text.chars().count()),
            text: reply.text,
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

    /// The events of a stream. `indexed: false` is the dialect of chat servers that leave out
    /// `index` and end tool calls with `stop`.
    pub fn events(&self, wire: Wire, include_usage: bool, indexed: bool) -> Vec<Event> {
        match wire {
            Wire::Chat => chat::events(self, include_usage, indexed),
            Wire::Responses => responses::events(self),
        }
    }
}

/// Four characters a token, the usual rule of thumb; nothing is free.
fn tokens(characters: usize) -> u32 {
    u32::try_from(characters.div_ceil(4).max(1)).unwrap_or(u32::MAX)
}

/// Words with the space before them, as models emit them.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::<String>::new();
    let mut before = 'x';
    for c in text.chars() {
        let begins = c.is_whitespace() && !before.is_whitespace();
        match words.last_mut() {
            Some(word) if !begins => word.push(c),
            _ => words.push(c.to_string()),
        }
        before = c;
    }
    words
}

fn fragments(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let parts = characters.chunks(FRAGMENT);
    parts.map(|part| part.iter().collect()).collect()
}
