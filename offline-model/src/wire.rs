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
    pub tools: Vec<String>,
    pub stream: bool,
    pub include_usage: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Message {
    pub role: Role,
    #[serde(default, rename = "content", deserialize_with = "text")]
    pub text: String,
    #[serde(default, rename = "tool_calls", deserialize_with = "or_default")]
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

#[derive(Debug, Deserialize)]
struct Tool {
    name: String,
}

/// A body of either wire.
#[derive(Deserialize)]
struct Body {
    model: String,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(flatten)]
    conversation: responses::Conversation,
    #[serde(default, deserialize_with = "or_default")]
    tools: Vec<Offered>,
    tool_choice: Option<Value>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

/// A tool: one wire has its fields under `function`, the other beside the type.
#[derive(Deserialize)]
struct Offered {
    r#type: String,
    function: Option<Tool>,
    #[serde(flatten)]
    flat: Option<Tool>,
}

impl Request {
    /// Reads a body, refusing with the sentence OpenAI's clients show to their users.
    pub fn read(wire: Wire, body: Value) -> Result<Self, ApiError> {
        let body: Body = serde_json::from_value(body)
            .map_err(|error| ApiError::invalid(format!("Invalid request: {error}.")))?;
        if let (Wire::Responses, Some(id)) = (wire, &body.conversation.previous_response_id) {
            let message = format!(
                "Previous response with id '{id}' not found: nothing is stored here, send the whole input."
            );
            return Err(ApiError::refused(StatusCode::NOT_FOUND, message));
        }
        let (field, messages) = match wire {
            Wire::Chat => ("messages", body.messages),
            Wire::Responses => ("input", body.conversation.messages()),
        };
        let refusal = match (messages.len(), body.tools.len()) {
            (0, _) => format!("'{field}' must have at least one message."),
            (count, _) if count > MESSAGES_LIMIT => {
                format!("'{field}' may have at most {MESSAGES_LIMIT} messages.")
            }
            (_, count) if count > TOOLS_LIMIT => {
                format!("'tools' may have at most {TOOLS_LIMIT} tools.")
            }
            _ => {
                let forbidden = body.tool_choice == Some(json!("none"));
                let tools = body.tools.into_iter();
                // Tools that are no functions are the provider's own and not to be had here.
                let tools = tools.filter(|tool| !forbidden && tool.r#type == "function");
                let options = body.stream_options;
                return Ok(Self {
                    model: body.model,
                    messages,
                    tools: tools
                        .filter_map(|tool| Some(tool.function.or(tool.flat)?.name))
                        .collect(),
                    stream: body.stream.unwrap_or_default(),
                    include_usage: options.and_then(|options| options.include_usage) == Some(true),
                });
            }
        };
        Err(ApiError::invalid(refusal))
    }
}

impl Message {
    fn new(role: Role, text: String) -> Self {
        Self {
            role,
            text,
            calls: Vec::new(),
            answers: None,
        }
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
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    value: D,
) -> Result<T, D::Error> {
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
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default();
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let unique = format!("{:x}{serial:04x}", now.as_nanos());
        let calls = reply.calls.into_iter().enumerate();
        let calls = calls.map(|(index, (name, arguments))| ToolCall {
            id: format!("call_{unique}{index:02x}"),
            function: Function {
                name,
                arguments: match arguments {
                    Value::String(raw) => raw,
                    parsed => parsed.to_string(),
                },
            },
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
            Wire::Chat => chat::events(self, include_usage, indexed),
            Wire::Responses => responses::events(self),
        }
    }

    /// Nothing but calls.
    fn is_silent(&self) -> bool {
        self.text.is_empty() && !self.calls.is_empty()
    }

    /// Words, each with the space after it.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.text.split_inclusive(char::is_whitespace)
    }
}

impl Function {
    /// The arguments in pieces, as models emit them.
    fn fragments(&self) -> impl Iterator<Item = String> {
        let characters: Vec<char> = self.arguments.chars().collect();
        let parts = characters.chunks(FRAGMENT);
        let parts: Vec<String> = parts.map(|part| part.iter().collect()).collect();
        parts.into_iter()
    }
}

/// Four characters a token, the usual rule of thumb; nothing is free.
fn tokens(characters: usize) -> usize {
    characters.div_ceil(4).max(1)
}

/// How a provider says in the middle of an answer that it failed, as an event and its data.
pub(crate) fn failure(wire: Wire) -> String {
    match wire {
        Wire::Chat => unnamed(&json!({ "error": { "message": FAILED, "code": 502 } })),
        Wire::Responses => named(
            "error",
            &json!({ "type": "error", "code": "server_error", "message": FAILED, "param": null }),
        ),
    }
}

fn unnamed(data: &Value) -> String {
    format!("data: {data}\n\n")
}

fn named(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}
