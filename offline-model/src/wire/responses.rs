//! `/v1/responses`. Nothing is kept here, so everything must be in `input`.

use async_openai::types::responses::{
    AssistantRole, CreateResponse, FunctionToolCall, InputItem, InputParam, Item, OutputItem,
    OutputMessage, OutputMessageContent, OutputStatus, OutputTextContent, ResponseUsage,
    Tool as Offered, ToolChoiceOptions, ToolChoiceParam,
};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Completion, Message, Request, Role, Tool, ToolCall, fragments, text, unreadable, words,
};
use crate::error::ApiError;
use crate::stream::Event;

pub(super) fn read(body: Value) -> Result<Request, ApiError> {
    let body: CreateResponse = serde_json::from_value(body).map_err(|error| unreadable(&error))?;
    if let Some(id) = body.previous_response_id {
        let message = format!(
            "Previous response with id '{id}' not found: nothing is stored here, send the whole input."
        );
        return Err(ApiError::refused(StatusCode::NOT_FOUND, message));
    }
    let model = body.model;
    let model =
        model.ok_or_else(|| ApiError::invalid("Invalid request: missing field `model`."))?;
    let instructions = body.instructions.into_iter();
    let mut messages: Vec<Message> = instructions
        .map(|text| Message::new(Role::System, text))
        .collect();
    match body.input {
        InputParam::Text(text) => messages.push(Message::new(Role::User, text)),
        InputParam::Items(items) => {
            for item in items {
                append(&mut messages, item)?;
            }
        }
    }
    let none = ToolChoiceParam::Option(ToolChoiceOptions::None);
    let tools = body.tools.filter(|_| body.tool_choice != Some(none));
    // Tools that are no functions are the provider's own and not to be had here.
    let functions = tools.into_iter().flatten().filter_map(|tool| match tool {
        Offered::Function(tool) => Some(Tool {
            name: tool.name,
            parameters: tool.parameters,
        }),
        _ => None,
    });
    Ok(Request {
        model,
        messages,
        tools: functions.collect(),
        stream: body.stream.unwrap_or_default(),
        include_usage: true,
    })
}

/// Calls in a row are one message of the assistant, with the words said just before them.
fn append(messages: &mut Vec<Message>, item: InputItem) -> Result<(), ApiError> {
    match item {
        InputItem::EasyMessage(message) => messages.push(Message::read(&json!(message))),
        InputItem::Item(Item::Message(message)) => messages.push(Message::read(&json!(message))),
        InputItem::Item(Item::FunctionCall(call)) => {
            let call = ToolCall {
                id: call.call_id,
                name: call.name,
                arguments: call.arguments,
            };
            match messages
                .last_mut()
                .filter(|last| last.role == Role::Assistant)
            {
                Some(last) => last.calls.push(call),
                None => messages.push(Message {
                    calls: vec![call],
                    ..Message::new(Role::Assistant, "")
                }),
            }
        }
        InputItem::Item(Item::FunctionCallOutput(output)) => messages.push(Message {
            answers: output.call_id,
            ..Message::new(Role::Tool, text(&json!(output.output)))
        }),
        InputItem::Item(Item::Reasoning(_)) => {}
        _ => {
            return Err(ApiError::invalid(
                "Invalid request: an item of 'input' is of an unknown type.",
            ));
        }
    }
    Ok(())
}

pub(super) fn whole(answer: &Completion) -> Value {
    let usage = ResponseUsage {
        input_tokens: answer.input_tokens,
        output_tokens: answer.output_tokens,
        total_tokens: answer.input_tokens.saturating_add(answer.output_tokens),
        ..ResponseUsage::default()
    };
    let output: Vec<OutputItem> = items(answer)
        .map(|item| item.as_of(OutputStatus::Completed))
        .collect();
    response(
        answer,
        &json!(OutputStatus::Completed),
        &output,
        Some(&usage),
    )
}

/// The type of the crate has no default for its forty fields.
fn response(
    answer: &Completion,
    status: &Value,
    output: &[OutputItem],
    usage: Option<&ResponseUsage>,
) -> Value {
    json!({
        "id": format!("resp_{}", answer.unique), "object": "response", "created_at": answer.created,
        "model": answer.model, "status": status, "output": output, "usage": usage,
        "error": null, "incomplete_details": null, "parallel_tool_calls": true, "store": false,
    })
}

/// One thing of the output: words, or the arguments of a call.
struct Out<'c> {
    id: String,
    text: &'c str,
    call: Option<&'c ToolCall>,
}

fn items(answer: &Completion) -> impl Iterator<Item = Out<'_>> {
    let speaks = !answer.text.is_empty() || answer.calls.is_empty();
    let said = speaks.then(|| Out {
        id: format!("msg_{}", answer.unique),
        text: &answer.text,
        call: None,
    });
    let calls = answer.calls.iter().enumerate().map(|(at, call)| Out {
        id: format!("fc_{}{at:02x}", answer.unique),
        text: &call.arguments,
        call: Some(call),
    });
    said.into_iter().chain(calls)
}

fn output_text(text: &str) -> OutputMessageContent {
    OutputMessageContent::OutputText(OutputTextContent {
        text: text.to_owned(),
        ..OutputTextContent::default()
    })
}

impl Out<'_> {
    /// The item as it begins or as it ends.
    fn as_of(&self, status: OutputStatus) -> OutputItem {
        let said = (status == OutputStatus::Completed).then_some(self.text);
        match self.call {
            None => OutputItem::Message(OutputMessage {
                id: self.id.clone(),
                role: AssistantRole::Assistant,
                content: said.map(output_text).into_iter().collect(),
                phase: None,
                status,
            }),
            Some(call) => OutputItem::FunctionCall(FunctionToolCall {
                id: Some(self.id.clone()),
                call_id: call.id.clone(),
                name: call.name.clone(),
                arguments: said.unwrap_or_default().to_owned(),
                status: Some(status),
                ..FunctionToolCall::default()
            }),
        }
    }

    /// The events between those in which the item is added and done: names and fields.
    fn events(&self) -> Vec<(&'static str, Value)> {
        if let Some(call) = self.call {
            let parts = fragments(self.text).into_iter();
            let deltas = parts.map(|part| {
                (
                    "response.function_call_arguments.delta",
                    json!({ "delta": part }),
                )
            });
            let all = json!({ "name": call.name, "arguments": call.arguments });
            return deltas
                .chain([("response.function_call_arguments.done", all)])
                .collect();
        }
        let part = |text| json!({ "content_index": 0, "part": output_text(text) });
        let words = words(self.text).into_iter();
        let deltas = words.map(|word| {
            (
                "response.output_text.delta",
                json!({ "content_index": 0, "delta": word }),
            )
        });
        let all = json!({ "content_index": 0, "text": self.text });
        std::iter::once(("response.content_part.added", part("")))
            .chain(deltas)
            .chain([
                ("response.output_text.done", all),
                ("response.content_part.done", part(self.text)),
            ])
            .collect()
    }
}

/// The events from `response.created` to `response.completed`; the end of the body is the end of the stream. Their
/// envelopes are written here and not by the crate's types, of which each has its own; a test reads them as those.
pub(super) fn events(answer: &Completion) -> Vec<Event> {
    let begun =
        json!({ "response": response(answer, &json!(OutputStatus::InProgress), &[], None) });
    let mut events = vec![
        ("response.created", begun.clone()),
        ("response.in_progress", begun),
    ];
    for (index, item) in items(answer).enumerate() {
        let of_item = |status| json!({ "output_index": index, "item": item.as_of(status) });
        events.push((
            "response.output_item.added",
            of_item(OutputStatus::InProgress),
        ));
        events.extend(item.events().into_iter().map(|(name, fields)| {
            let place = json!({ "item_id": item.id, "output_index": index });
            (name, merged(fields, place))
        }));
        events.push((
            "response.output_item.done",
            of_item(OutputStatus::Completed),
        ));
    }
    events.push(("response.completed", json!({ "response": whole(answer) })));
    let numbered = events
        .into_iter()
        .enumerate()
        .map(|(number, (name, fields))| {
            let event = merged(fields, json!({ "type": name, "sequence_number": number }));
            Event::named(name, event.to_string())
        });
    numbered.collect()
}

fn merged(mut fields: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (fields.as_object_mut(), more) {
        fields.extend(more);
    }
    fields
}
