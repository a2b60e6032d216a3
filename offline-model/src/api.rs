//! A request as the rules see it, whichever wire it came over, and errors as clients expect them.

mod chat;
mod error;
mod responses;

use serde_json::Value;

pub(crate) use error::ApiError;

/// Messages in one request; a client that sends more has lost control of its history.
const MESSAGES_LIMIT: usize = 1_000;
const TOOLS_LIMIT: usize = 128;

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
    pub fn parse(wire: Wire, body: &Value) -> Result<Self, ApiError> {
        let request = match wire {
            Wire::Chat => chat::parse(body)?,
            Wire::Responses => responses::parse(body)?,
        };
        let name = match wire {
            Wire::Chat => "messages",
            Wire::Responses => "input",
        };
        if request.messages.is_empty() {
            return Err(ApiError::invalid(format!(
                "'{name}' must have at least one message."
            )));
        }
        if request.messages.len() > MESSAGES_LIMIT {
            return Err(ApiError::invalid(format!(
                "'{name}' may have at most {MESSAGES_LIMIT} messages."
            )));
        }
        if request.tools.len() > TOOLS_LIMIT {
            return Err(ApiError::invalid(format!(
                "'tools' may have at most {TOOLS_LIMIT} tools."
            )));
        }
        Ok(request)
    }

    /// How much there is to read, in characters.
    pub fn characters(&self) -> usize {
        let count = |text: &str| text.chars().count();
        let of_call = |call: &ToolCall| count(&call.name) + count(&call.arguments);
        let of_message = |message: &Message| {
            count(&message.text) + message.calls.iter().map(of_call).sum::<usize>()
        };
        let of_tool = |tool: &Tool| {
            let schema = tool.parameters.as_ref().map(Value::to_string);
            count(&tool.name) + count(&schema.unwrap_or_default())
        };
        self.messages.iter().map(of_message).sum::<usize>()
            + self.tools.iter().map(of_tool).sum::<usize>()
    }
}

/// The tools a caller lets be called.
fn offered(tools: Vec<Tool>, choice: Option<&Value>) -> Vec<Tool> {
    match choice.and_then(Value::as_str) {
        Some("none") => Vec::new(),
        _ => tools,
    }
}
