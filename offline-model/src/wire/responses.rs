//! `/v1/responses`. Nothing is kept here, so everything must be in `input`.

use std::sync::LazyLock;

use async_openai::types::responses::{
    AssistantRole, CreateResponse, EasyInputMessage, FunctionToolCall, InputItem, InputParam,
    InputRole, Item, MessageItem, OutputContent, OutputItem, OutputMessage, OutputMessageContent,
    OutputStatus, OutputTextContent, Response, ResponseCompletedEvent,
    ResponseContentPartAddedEvent, ResponseContentPartDoneEvent, ResponseCreatedEvent,
    ResponseFunctionCallArgumentsDeltaEvent, ResponseFunctionCallArgumentsDoneEvent,
    ResponseInProgressEvent, ResponseOutputItemAddedEvent, ResponseOutputItemDoneEvent,
    ResponseStreamEvent, ResponseTextDeltaEvent, ResponseTextDoneEvent, ResponseUsage,
    Role as Author, Status, Tool as Offered, ToolChoiceOptions, ToolChoiceParam,
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
    let instructions = body
        .instructions
        .map(|text| Message::new(Role::System, text));
    let mut messages: Vec<Message> = instructions.into_iter().collect();
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
        model: body
            .model
            .ok_or_else(|| ApiError::invalid("Invalid request: missing field `model`."))?,
        messages,
        tools: functions.collect(),
        stream: body.stream.unwrap_or_default(),
        include_usage: true,
    })
}

/// Calls in a row are one message of the assistant, with the words said just before them.
fn append(messages: &mut Vec<Message>, item: InputItem) -> Result<(), ApiError> {
    match item {
        InputItem::EasyMessage(EasyInputMessage { role, content, .. }) => {
            let role = match role {
                Author::System | Author::Developer => Role::System,
                Author::User => Role::User,
                Author::Assistant => Role::Assistant,
            };
            messages.push(Message::new(role, text(&content)));
        }
        InputItem::Item(Item::Message(MessageItem::Output(message))) => {
            messages.push(Message::new(Role::Assistant, text(&message.content)));
        }
        InputItem::Item(Item::Message(MessageItem::Input(message))) => {
            let role = match message.role {
                InputRole::User => Role::User,
                InputRole::System | InputRole::Developer => Role::System,
            };
            messages.push(Message::new(role, text(&message.content)));
        }
        InputItem::Item(Item::FunctionCall(call)) => {
            if messages
                .last()
                .is_none_or(|last| last.role != Role::Assistant)
            {
                messages.push(Message::new(Role::Assistant, ""));
            }
            if let Some(last) = messages.last_mut() {
                last.calls.push(ToolCall {
                    id: call.call_id,
                    name: call.name,
                    arguments: call.arguments,
                });
            }
        }
        InputItem::Item(Item::FunctionCallOutput(output)) => messages.push(Message {
            answers: output.call_id,
            ..Message::new(Role::Tool, text(&output.output))
        }),
        InputItem::Item(Item::Reasoning(_)) => {}
        _ => {
            return Err(ApiError::invalid(
                "Invalid request: an item of 'input' is of a type that is not known here.",
            ));
        }
    }
    Ok(())
}

/// A response without anything in it; the type has no default.
#[expect(
    clippy::expect_used,
    reason = "a constant, read by every test of this wire"
)]
static EMPTY: LazyLock<Response> = LazyLock::new(|| {
    let empty = json!({
        "id": "", "object": "response", "created_at": 0, "model": "", "output": [], "status": "in_progress",
        "parallel_tool_calls": true,
    });
    serde_json::from_value(empty).expect("a response")
});

pub(super) fn whole(answer: &Completion) -> Value {
    json!(completed(answer))
}

fn begun(answer: &Completion) -> Response {
    Response {
        id: format!("resp_{}", answer.unique),
        created_at: answer.created,
        model: answer.model.clone(),
        ..EMPTY.clone()
    }
}

fn completed(answer: &Completion) -> Response {
    Response {
        status: Status::Completed,
        output: items(answer)
            .map(|item| item.as_of(OutputStatus::Completed))
            .collect(),
        usage: Some(ResponseUsage {
            input_tokens: answer.input_tokens,
            output_tokens: answer.output_tokens,
            total_tokens: answer.input_tokens.saturating_add(answer.output_tokens),
            ..ResponseUsage::default()
        }),
        ..begun(answer)
    }
}

/// One thing of the output.
struct OutItem<'c> {
    id: String,
    text: &'c str,
    call: Option<&'c ToolCall>,
}

fn items(answer: &Completion) -> impl Iterator<Item = OutItem<'_>> {
    let speaks = !answer.text.is_empty() || answer.calls.is_empty();
    let said = speaks.then(|| OutItem {
        id: format!("msg_{}", answer.unique),
        text: &answer.text,
        call: None,
    });
    let calls = answer.calls.iter().enumerate().map(|(at, call)| OutItem {
        id: format!("fc_{}{at:02x}", answer.unique),
        text: &call.arguments,
        call: Some(call),
    });
    said.into_iter().chain(calls)
}

fn output_text(text: &str) -> OutputTextContent {
    OutputTextContent {
        text: text.to_owned(),
        ..OutputTextContent::default()
    }
}

impl OutItem<'_> {
    /// The item as it begins or as it ends.
    fn as_of(&self, status: OutputStatus) -> OutputItem {
        let said = (status == OutputStatus::Completed).then_some(self.text);
        match self.call {
            None => OutputItem::Message(OutputMessage {
                id: self.id.clone(),
                role: AssistantRole::Assistant,
                content: said
                    .map(|text| OutputMessageContent::OutputText(output_text(text)))
                    .into_iter()
                    .collect(),
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
}

/// The events from `response.created` to `response.completed`, numbered; the end of the body is the
/// end of the stream.
pub(super) fn events(answer: &Completion) -> Vec<Event> {
    use ResponseStreamEvent as E;
    let sequence_number = 0; // each gets its own below
    let mut events = vec![
        E::ResponseCreated(ResponseCreatedEvent {
            sequence_number,
            response: begun(answer),
        }),
        E::ResponseInProgress(ResponseInProgressEvent {
            sequence_number,
            response: begun(answer),
        }),
    ];
    for (output_index, item) in (0..).zip(items(answer)) {
        let (item_id, content_index) = (item.id.clone(), 0);
        events.push(E::ResponseOutputItemAdded(ResponseOutputItemAddedEvent {
            sequence_number,
            output_index,
            item: item.as_of(OutputStatus::InProgress),
        }));
        if let Some(call) = item.call {
            events.extend(fragments(item.text).into_iter().map(|delta| {
                E::ResponseFunctionCallArgumentsDelta(ResponseFunctionCallArgumentsDeltaEvent {
                    sequence_number,
                    item_id: item_id.clone(),
                    output_index,
                    delta,
                })
            }));
            events.push(E::ResponseFunctionCallArgumentsDone(
                ResponseFunctionCallArgumentsDoneEvent {
                    name: Some(call.name.clone()),
                    sequence_number,
                    item_id,
                    output_index,
                    arguments: call.arguments.clone(),
                },
            ));
        } else {
            events.push(E::ResponseContentPartAdded(ResponseContentPartAddedEvent {
                sequence_number,
                item_id: item_id.clone(),
                output_index,
                content_index,
                part: OutputContent::OutputText(output_text("")),
            }));
            events.extend(words(item.text).into_iter().map(|delta| {
                E::ResponseOutputTextDelta(ResponseTextDeltaEvent {
                    sequence_number,
                    item_id: item_id.clone(),
                    output_index,
                    content_index,
                    delta,
                    logprobs: None,
                })
            }));
            events.push(E::ResponseOutputTextDone(ResponseTextDoneEvent {
                sequence_number,
                item_id: item_id.clone(),
                output_index,
                content_index,
                text: item.text.to_owned(),
                logprobs: None,
            }));
            events.push(E::ResponseContentPartDone(ResponseContentPartDoneEvent {
                sequence_number,
                item_id,
                output_index,
                content_index,
                part: OutputContent::OutputText(output_text(item.text)),
            }));
        }
        events.push(E::ResponseOutputItemDone(ResponseOutputItemDoneEvent {
            sequence_number,
            output_index,
            item: item.as_of(OutputStatus::Completed),
        }));
    }
    events.push(E::ResponseCompleted(ResponseCompletedEvent {
        sequence_number,
        response: completed(answer),
    }));
    let numbered = events.iter().enumerate().map(|(number, event)| {
        let mut event = json!(event);
        if let Some(fields) = event.as_object_mut() {
            fields.insert("sequence_number".to_owned(), number.into());
        }
        Event::named(
            event
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            event.to_string(),
        )
    });
    numbered.collect()
}
