//! `/v1/chat/completions`.

use async_openai::types::chat::{
    ChatChoice, ChatChoiceStream, ChatCompletionMessageToolCall,
    ChatCompletionMessageToolCallChunk, ChatCompletionMessageToolCalls,
    ChatCompletionResponseMessage, ChatCompletionStreamResponseDelta as Delta,
    ChatCompletionToolChoiceOption, ChatCompletionTools, CompletionUsage,
    CreateChatCompletionRequest, CreateChatCompletionResponse, CreateChatCompletionStreamResponse,
    FinishReason, FunctionCall, FunctionCallStream, FunctionType, Role as Author,
    ToolChoiceOptions,
};
use serde_json::{Value, json};

use super::{Completion, Message, Request, Tool, fragments, unreadable, words};
use crate::error::ApiError;
use crate::stream::Event;

pub(super) fn read(body: Value) -> Result<Request, ApiError> {
    let body: CreateChatCompletionRequest =
        serde_json::from_value(body).map_err(|error| unreadable(&error))?;
    let none = ChatCompletionToolChoiceOption::Mode(ToolChoiceOptions::None);
    let tools = body.tools.filter(|_| body.tool_choice != Some(none));
    let functions = tools.into_iter().flatten().filter_map(|tool| match tool {
        ChatCompletionTools::Function(tool) => Some(Tool {
            name: tool.function.name,
            parameters: tool.function.parameters,
        }),
        ChatCompletionTools::Custom(_) => None,
    });
    let options = body.stream_options;
    Ok(Request {
        model: body.model,
        messages: body
            .messages
            .iter()
            .map(|message| Message::read(&json!(message)))
            .collect(),
        tools: functions.collect(),
        stream: body.stream.unwrap_or_default(),
        include_usage: options.and_then(|options| options.include_usage) == Some(true),
    })
}

fn finish_reason(answer: &Completion, indexed: bool) -> FinishReason {
    if answer.calls.is_empty() || !indexed {
        FinishReason::Stop
    } else {
        FinishReason::ToolCalls
    }
}

fn usage(answer: &Completion) -> CompletionUsage {
    CompletionUsage {
        prompt_tokens: answer.input_tokens,
        completion_tokens: answer.output_tokens,
        total_tokens: answer.input_tokens.saturating_add(answer.output_tokens),
        ..CompletionUsage::default()
    }
}

fn created(answer: &Completion) -> u32 {
    u32::try_from(answer.created).unwrap_or(u32::MAX)
}

pub(super) fn whole(answer: &Completion) -> Value {
    let calls = answer.calls.iter().map(|call| {
        ChatCompletionMessageToolCalls::Function(ChatCompletionMessageToolCall {
            id: call.id.clone(),
            function: FunctionCall {
                name: call.name.clone(),
                arguments: call.arguments.clone(),
            },
        })
    });
    let silent = answer.text.is_empty() && !answer.calls.is_empty();
    let message = ChatCompletionResponseMessage {
        role: Author::Assistant,
        content: (!silent).then(|| answer.text.clone()),
        tool_calls: (!answer.calls.is_empty()).then(|| calls.collect()),
        ..ChatCompletionResponseMessage::default()
    };
    let response = CreateChatCompletionResponse {
        id: format!("chatcmpl-{}", answer.unique),
        object: "chat.completion".to_owned(),
        created: created(answer),
        model: answer.model.clone(),
        choices: vec![ChatChoice {
            message,
            finish_reason: Some(finish_reason(answer, true)),
            ..ChatChoice::default()
        }],
        usage: Some(usage(answer)),
        ..CreateChatCompletionResponse::default()
    };
    json!(response)
}

/// The chunks and the closing `[DONE]`.
pub(super) fn events(answer: &Completion, include_usage: bool, indexed: bool) -> Vec<Event> {
    let mut deltas = vec![Delta {
        role: Some(Author::Assistant),
        content: Some(String::new()),
        ..Delta::default()
    }];
    deltas.extend(words(&answer.text).into_iter().map(|word| Delta {
        content: Some(word),
        ..Delta::default()
    }));
    for (index, call) in (0..).zip(&answer.calls) {
        let chunk = ChatCompletionMessageToolCallChunk {
            index,
            ..ChatCompletionMessageToolCallChunk::default()
        };
        let begins = ChatCompletionMessageToolCallChunk {
            id: Some(call.id.clone()),
            r#type: Some(FunctionType::Function),
            ..chunk.clone()
        };
        deltas.push(call_delta(begins, Some(&call.name), String::new()));
        let parts = fragments(&call.arguments).into_iter();
        deltas.extend(parts.map(|part| call_delta(chunk.clone(), None, part)));
    }
    deltas.push(Delta::default());
    let last = deltas.len() - 1;
    let chunks = deltas.into_iter().enumerate().map(|(at, delta)| {
        let choice = ChatChoiceStream {
            delta,
            finish_reason: (at == last).then(|| finish_reason(answer, indexed)),
            ..ChatChoiceStream::default()
        };
        chunk(answer, vec![choice], None)
    });
    let price = include_usage.then(|| chunk(answer, Vec::new(), Some(usage(answer))));
    let mut events: Vec<Event> = chunks
        .chain(price)
        .map(|chunk| Event::unnamed(written(&chunk, indexed)))
        .collect();
    events.push(Event::unnamed("[DONE]".to_owned()));
    events
}

fn call_delta(
    chunk: ChatCompletionMessageToolCallChunk,
    name: Option<&str>,
    arguments: String,
) -> Delta {
    let function = FunctionCallStream {
        name: name.map(str::to_owned),
        arguments: Some(arguments),
    };
    Delta {
        tool_calls: Some(vec![ChatCompletionMessageToolCallChunk {
            function: Some(function),
            ..chunk
        }]),
        ..Delta::default()
    }
}

fn chunk(
    answer: &Completion,
    choices: Vec<ChatChoiceStream>,
    usage: Option<CompletionUsage>,
) -> CreateChatCompletionStreamResponse {
    CreateChatCompletionStreamResponse {
        id: format!("chatcmpl-{}", answer.unique),
        object: "chat.completion.chunk".to_owned(),
        created: created(answer),
        model: answer.model.clone(),
        choices,
        usage,
        ..CreateChatCompletionStreamResponse::default()
    }
}

/// As providers write it: without the fields that the type writes as `null`, and in one dialect without the `index`
/// of a call, which the type always has.
fn written(chunk: &CreateChatCompletionStreamResponse, indexed: bool) -> String {
    let mut chunk = without_nulls(json!(chunk));
    let call = chunk.pointer_mut("/choices/0/delta/tool_calls/0");
    if let (Some(Value::Object(call)), false) = (call, indexed) {
        call.remove("index");
    }
    chunk.to_string()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
            fields
                .map(|(name, value)| (name, without_nulls(value)))
                .collect()
        }
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
