//! The body of `POST /v1/responses`. Nothing is kept here, so everything must be in `input`.

use serde::Deserialize;
use serde_json::Value;

use super::chat::Content;
use super::{ApiError, Message, Request, Role, Tool, ToolCall, offered};

#[derive(Deserialize)]
struct Body {
    model: String,
    input: Input,
    instructions: Option<String>,
    tools: Option<Vec<AnyTool>>,
    tool_choice: Option<Value>,
    stream: Option<bool>,
    previous_response_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Items(Vec<Value>),
}

/// What `input` may hold; a message may leave out its `type`.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item {
    Message {
        role: Author,
        content: Content,
    },
    FunctionCall {
        call_id: String,
        name: String,
        #[serde(default)]
        arguments: String,
    },
    FunctionCallOutput {
        call_id: String,
        output: Content,
    },
    Reasoning {},
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Author {
    System,
    Developer,
    User,
    Assistant,
}

/// A tool, flat; tools that are no functions are the provider's own and not to be had here.
#[derive(Deserialize)]
struct AnyTool {
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    parameters: Option<Value>,
}

pub(super) fn parse(body: &Value) -> Result<Request, ApiError> {
    let invalid = |error| ApiError::invalid(format!("Invalid request: {error}."));
    let body = Body::deserialize(body).map_err(invalid)?;
    if let Some(id) = body.previous_response_id {
        return Err(ApiError::not_found(&format!(
            "Previous response with id '{id}' not found: nothing is stored here, send the whole input."
        )));
    }
    let instructions = body.instructions.map(|text| message(Role::System, text));
    let mut messages: Vec<Message> = instructions.into_iter().collect();
    match body.input {
        Input::Text(text) => messages.push(message(Role::User, text)),
        Input::Items(items) => {
            for item in items {
                append(&mut messages, read(item).map_err(invalid)?);
            }
        }
    }
    Ok(Request {
        model: body.model,
        messages,
        tools: offered(functions(body.tools)?, body.tool_choice.as_ref()),
        stream: body.stream.unwrap_or_default(),
        include_usage: true,
    })
}

fn functions(tools: Option<Vec<AnyTool>>) -> Result<Vec<Tool>, ApiError> {
    let tools = tools.unwrap_or_default().into_iter();
    tools
        .filter(|tool| tool.kind == "function")
        .map(|tool| match tool.name {
            Some(name) => Ok(Tool {
                name,
                parameters: tool.parameters,
            }),
            None => Err(ApiError::invalid(
                "Invalid request: a tool of type 'function' needs its 'name' beside its 'type'.",
            )),
        })
        .collect()
}

fn read(mut item: Value) -> serde_json::Result<Item> {
    if let Some(fields) = item.as_object_mut()
        && !fields.contains_key("type")
    {
        fields.insert("type".to_owned(), "message".into());
    }
    serde_json::from_value(item)
}

fn message(role: Role, text: String) -> Message {
    Message {
        role,
        text,
        calls: Vec::new(),
        answers: None,
    }
}

/// Calls in a row are one message of the assistant, with the words said just before them.
fn append(messages: &mut Vec<Message>, item: Item) {
    match item {
        Item::Message { role, content } => {
            let role = match role {
                Author::System | Author::Developer => Role::System,
                Author::User => Role::User,
                Author::Assistant => Role::Assistant,
            };
            messages.push(message(role, content.text()));
        }
        Item::FunctionCall {
            call_id,
            name,
            arguments,
        } => {
            let call = ToolCall {
                id: call_id,
                name,
                arguments,
            };
            match messages.last_mut() {
                Some(last) if last.role == Role::Assistant => last.calls.push(call),
                _ => messages.push(Message {
                    calls: vec![call],
                    ..message(Role::Assistant, String::new())
                }),
            }
        }
        Item::FunctionCallOutput { call_id, output } => messages.push(Message {
            answers: Some(call_id),
            ..message(Role::Tool, output.text())
        }),
        Item::Reasoning {} => {}
    }
}
