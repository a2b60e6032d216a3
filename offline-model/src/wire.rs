//! The two wires, and what of a request the rules see, whichever wire it came over.

mod chat;
mod responses;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::error::{ApiError, FAILED};
use crate::reply::Reply;

/// Messages in one request; a client that sends more has lost control of its history.
const MESSAGES_LIMIT: usize = 1_000;
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
    /// The names of what may be called: none when the caller chose `"none"`.
    pub tools: Vec<String>,
    pub stream: bool,
    pub include_usage: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    pub role: Role,
    #[serde(default, rename = "content", deserialize_with = "text")]
    pub text: String,
    #[serde(default, rename = "tool_calls", deserialize_with = "or_none")]
    pub calls: Vec<ToolCall>,
    /// The call that a tool's message answers.
    #[serde(rename = "tool_call_id")]
    pub answers: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    #[serde(alias = "developer")]
    System,
    User,
    Assistant,
    #[serde(alias = "function")]
    Tool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ToolCall {
    pub id: String,
    pub function: Function,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Function {
    pub name: String,
    pub arguments: String,
}

impl Request {
    /// Reads a body, refusing with the sentence OpenAI's clients show to their users.
    pub fn read(wire: Wire, body: &Value) -> Result<Self, ApiError> {
        let invalid = |what: String| ApiError::invalid(format!("Invalid request: {what}."));
        let model = body.get("model").and_then(Value::as_str);
        let model = model.ok_or_else(|| invalid("missing field 'model'".to_owned()))?;
        if let (Wire::Responses, Some(id)) = (
            wire,
            body.get("previous_response_id").and_then(Value::as_str),
        ) {
            let message = format!(
                "Previous response with id '{id}' not found: nothing is stored here, send the whole input."
            );
            return Err(ApiError::refused(StatusCode::NOT_FOUND, message));
        }
        let messages = match wire {
            Wire::Chat => body.get("messages").cloned().unwrap_or_default(),
            Wire::Responses => responses::messages(body),
        };
        let messages = Vec::<Message>::deserialize(messages);
        let messages = messages.map_err(|error| invalid(error.to_string()))?;
        if !(1..=MESSAGES_LIMIT).contains(&messages.len()) {
            return Err(invalid(format!(
                "between 1 and {MESSAGES_LIMIT} messages are read"
            )));
        }
        // Tools that are no functions are the provider's own and not to be had here.
        let tools = body
            .get("tools")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let tools = tools.filter(|tool| tool.get("type") == Some(&json!("function")));
        // One wire has the fields of a tool under `function`, the other beside the type.
        let names = tools.map(|tool| tool.get("function").unwrap_or(tool).get("name")?.as_str());
        let names = names
            .map(|name| Some(name?.to_owned()))
            .collect::<Option<Vec<String>>>();
        let names = names.ok_or_else(|| invalid("a tool has no name".to_owned()))?;
        let forbidden = body.get("tool_choice") == Some(&json!("none"));
        let is_set = |pointer: &str| body.pointer(pointer) == Some(&Value::Bool(true));
        Ok(Self {
            model: model.to_owned(),
            messages,
            tools: if forbidden { Vec::new() } else { names },
            stream: is_set("/stream"),
            include_usage: is_set("/stream_options/include_usage"),
        })
    }
}

/// The text of a content: a string, or parts of which some have a `text`.
fn text<'de, D: Deserializer<'de>>(content: D) -> Result<String, D::Error> {
    let content = Value::deserialize(content)?;
    let parts = content.as_array().into_iter().flatten();
    let texts = parts.filter_map(|part| part.get("text")?.as_str());
    let parts = texts.collect::<Vec<&str>>().join("\n");
    Ok(content.as_str().map_or(parts, str::to_owned))
}

/// Clients write `null` for what they leave out.
fn or_none<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(value).map(Option::unwrap_or_default)
}

/// One answer with its identifiers and its price.
pub(crate) struct Completion {
    /// Goes into every identifier.
    unique: String,
    created: u64,
    model: String,
    text: String,
    calls: Vec<ToolCall>,
    input_tokens: usize,
    output_tokens: usize,
}

impl Completion {
    /// `read` is the size of the request, from which its tokens are estimated.
    pub fn new(model: String, reply: Reply, read: usize) -> Self {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let unique = format!("{:x}{serial:04x}", now.as_nanos());
        let calls = reply.calls.into_iter().enumerate();
        let calls = calls.map(|(index, (name, arguments))| {
            let arguments = arguments
                .as_str()
                .map_or_else(|| arguments.to_string(), str::to_owned);
            let id = format!("call_{unique}{index:02x}");
            ToolCall {
                id,
                function: Function { name, arguments },
            }
        });
        let calls: Vec<ToolCall> = calls.collect();
        let functions = calls.iter().map(|call| &call.function);
        let said = functions.map(|function| function.name.len() + function.arguments.len());
        Self {
            input_tokens: tokens(read),
            output_tokens: tokens(said.sum::<usize>() + reply.text.chars().count()),
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

    /// The events of a stream. `indexed: false` is the dialect of chat servers that leave out
    /// `index` and end tool calls with `stop`.
    pub fn events(&self, wire: Wire, include_usage: bool, indexed: bool) -> Vec<String> {
        match wire {
            Wire::Chat => {
                let chunks = chat::chunks(self, include_usage, indexed);
                chunks
                    .iter()
                    .map(event)
                    .chain(["data: [DONE]\n\n".to_owned()])
                    .collect()
            }
            Wire::Responses => responses::events(self).iter().map(event).collect(),
        }
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

impl Function {
    /// The arguments in pieces, as models emit them.
    fn fragments(&self) -> Vec<String> {
        let characters: Vec<char> = self.arguments.chars().collect();
        characters
            .chunks(FRAGMENT)
            .map(|part| part.iter().collect())
            .collect()
    }
}

/// Four characters a token, the usual rule of thumb; nothing is free.
fn tokens(characters: usize) -> usize {
    characters.div_ceil(4).max(1)
}

/// How a provider says in the middle of an answer that it failed.
pub(crate) fn failure(wire: Wire) -> Value {
    match wire {
        Wire::Chat => json!({ "error": { "message": FAILED, "code": 502 } }),
        Wire::Responses => {
            json!({ "type": "error", "code": "server_error", "message": FAILED, "param": null })
        }
    }
}

/// Server-sent data, with an event's name where the data has a type.
pub(crate) fn event(data: &Value) -> String {
    match data.get("type").and_then(Value::as_str) {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}
