//! The body of `POST /v1/chat/completions`.

use serde::Deserialize;
use serde_json::Value;

use super::{ApiError, offered};

#[derive(Deserialize)]
struct Body {
    model: String,
    messages: Vec<Message>,
    tools: Option<Vec<Tool>>,
    tool_choice: Option<Value>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
struct Message {
    role: Role,
    content: Option<Content>,
    tool_calls: Option<Vec<ToolCall>>,
    tool_call_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    System,
    Developer,
    User,
    Assistant,
    Tool,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
pub(super) struct Part {
    text: Option<String>,
}

#[derive(Deserialize)]
struct ToolCall {
    id: String,
    function: FunctionCall,
}

#[derive(Deserialize)]
struct FunctionCall {
    name: String,
    #[serde(default)]
    arguments: String,
}

#[derive(Deserialize)]
struct Tool {
    function: Function,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    parameters: Option<Value>,
}

pub(super) fn parse(body: &Value) -> Result<super::Request, ApiError> {
    let body = Body::deserialize(body)
        .map_err(|error| ApiError::invalid(format!("Invalid request: {error}.")))?;
    let tools = body.tools.unwrap_or_default().into_iter();
    let tools = tools.map(|tool| super::Tool {
        name: tool.function.name,
        parameters: tool.function.parameters,
    });
    Ok(super::Request {
        model: body.model,
        messages: body.messages.into_iter().map(message).collect(),
        tools: offered(tools.collect(), body.tool_choice.as_ref()),
        stream: body.stream.unwrap_or_default(),
        include_usage: body
            .stream_options
            .and_then(|options| options.include_usage)
            .unwrap_or_default(),
    })
}

impl Content {
    /// The text, its parts joined by newlines.
    pub fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => {
                let texts: Vec<String> = parts.into_iter().filter_map(|part| part.text).collect();
                texts.join("\n")
            }
        }
    }
}

fn message(message: Message) -> super::Message {
    let calls = message.tool_calls.unwrap_or_default().into_iter();
    let calls = calls.map(|call| super::ToolCall {
        id: call.id,
        name: call.function.name,
        arguments: call.function.arguments,
    });
    super::Message {
        role: match message.role {
            Role::System | Role::Developer => super::Role::System,
            Role::User => super::Role::User,
            Role::Assistant => super::Role::Assistant,
            Role::Tool => super::Role::Tool,
        },
        text: message.content.map(Content::text).unwrap_or_default(),
        calls: calls.collect(),
        answers: message.tool_call_id,
    }
}
