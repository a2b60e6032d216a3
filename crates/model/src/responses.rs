//! The Responses wire, used without state: nothing stays with the provider, and what a step of the
//! model left of its thoughts, encrypted, is given back with the results of its calls.

use std::collections::VecDeque;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

use crate::{
    ModelError, ModelMessage, Part, Parts, StepLimits, ToolCall, ToolSpec, Usage, chat,
    endpoint::{Answer, Events},
    provider::RequestOptions,
    provider_id::ProviderId,
    request_error::in_stream,
};

/// Where the wire is, after the provider's address.
pub(crate) const PATH: [&str; 1] = ["responses"];
/// The longest `call_id` that may be sent.
const LONGEST_ID: usize = 64;
/// What is kept of a step to be given back; more is left out, and the model thinks anew.
const LARGEST_REPLAY: usize = 256 * 1024;

/// The body of a request, but for what is the same on every wire.
pub(crate) fn request(
    messages: &[ModelMessage],
    tools: &[ToolSpec],
    options: &RequestOptions<'_>,
    provider_id: &ProviderId,
) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("input".into(), input(messages, options, provider_id).into());
    if !tools.is_empty() {
        let tools: Vec<Value> = tools.iter().map(wire_tool).collect();
        body.insert("tools".into(), tools.into());
    }
    if options.stateless {
        body.insert("store".into(), false.into());
    }
    if options.include {
        body.insert("include".into(), json!(["reasoning.encrypted_content"]));
    }
    if let Some(effort) = options.effort {
        body.insert("reasoning".into(), json!({ "effort": effort }));
    }
    body
}

fn input(
    messages: &[ModelMessage],
    options: &RequestOptions<'_>,
    provider_id: &ProviderId,
) -> Vec<Value> {
    let is_question = |message: &ModelMessage| matches!(message, ModelMessage::User(_));
    let question = messages.iter().rposition(is_question).unwrap_or(0);
    let mut input = Vec::with_capacity(messages.len());
    for (position, message) in messages.iter().enumerate() {
        match message {
            ModelMessage::System(text) => input.push(json!({"role": "system", "content": text})),
            ModelMessage::User(text) => input.push(json!({"role": "user", "content": text})),
            ModelMessage::Assistant { text, calls } => {
                // The thoughts of earlier turns are of no use any more.
                let said = (options.replay && position > question)
                    .then(|| calls.iter().find_map(|call| provider_id.signature(call)))
                    .flatten()
                    .and_then(Value::as_array);
                if let Some(said) = said {
                    input.extend(said.iter().cloned());
                    continue;
                }
                if let Some(text) = text {
                    input.push(json!({"role": "assistant", "content": text}));
                }
                input.extend(calls.iter().map(wire_call));
            }
            ModelMessage::ToolResult { call_id, content } => input.push(json!({
                "type": "function_call_output", "call_id": call_id, "output": content,
            })),
        }
    }
    input
}

fn wire_call(call: &ToolCall) -> Value {
    json!({
        "type": "function_call",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    })
}

/// Not strict: that would demand closed schemas, which few tools have.
fn wire_tool(tool: &ToolSpec) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": false,
    })
}

/// Turns an answer into parts: text at once, calls at the end.
pub(crate) fn parts(answer: Answer, limits: StepLimits, provider_id: ProviderId) -> Parts {
    let mut reading = Reading {
        events: None,
        limits,
        provider_id,
        items: Vec::new(),
        text_bytes: 0,
        ready: VecDeque::new(),
        ended: false,
    };
    let begun = match answer {
        Answer::Stream(events) => {
            reading.events = Some(events);
            Ok(())
        }
        Answer::Whole(response) => reading.whole(&response),
    };
    stream::try_unfold((reading, begun), |(mut reading, begun)| async move {
        begun?;
        Ok(reading.next().await?.map(|part| (part, (reading, Ok(())))))
    })
    .boxed()
}

struct Reading {
    events: Option<Box<Events>>,
    limits: StepLimits,
    provider_id: ProviderId,
    /// What the step is made of, as it came.
    items: Vec<Value>,
    text_bytes: usize,
    /// Parts still to be handed out.
    ready: VecDeque<Part>,
    ended: bool,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Part>, ModelError> {
        loop {
            if let Some(part) = self.ready.pop_front() {
                return Ok(Some(part));
            }
            if self.ended {
                return Ok(None);
            }
            let event = match &mut self.events {
                Some(events) => events.next().await?,
                None => None,
            };
            let Some(event) = event else {
                return Err(ModelError::Cut);
            };
            let data = event.data.trim();
            if data == "[DONE]" {
                if self.items.is_empty() && self.text_bytes == 0 {
                    return Err(ModelError::Cut);
                }
                self.end(&Value::Null)?;
                continue;
            }
            let Ok(data) = serde_json::from_str::<Value>(data) else {
                // A kind of event that nobody has told us about.
                if !matches!(event.name.as_str(), "" | "message" | "error")
                    && !event.name.starts_with("response.")
                {
                    continue;
                }
                return Err(ModelError::Nonsense);
            };
            let kind = data
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or(&event.name);
            self.take(kind, &data)?;
        }
    }

    fn take(&mut self, kind: &str, data: &Value) -> Result<(), ModelError> {
        match kind {
            "response.output_text.delta" | "response.refusal.delta" => self.say(
                data.get("delta")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            ),
            "response.output_item.done" => {
                self.items.extend(data.get("item").cloned());
                Ok(())
            }
            "response.completed" | "response.incomplete" | "response.done" => {
                self.end(data.get("response").unwrap_or(&Value::Null))
            }
            "response.failed" => Err(error_of(data.get("response").unwrap_or(data))),
            "error" => Err(error_of(data)),
            _ if data.get("error").is_some_and(|error| !error.is_null()) => Err(error_of(data)),
            _ => Ok(()),
        }
    }

    fn say(&mut self, text: &str) -> Result<(), ModelError> {
        self.text_bytes += text.len();
        if self.text_bytes > self.limits.answer_bytes {
            return Err(ModelError::TooLong);
        }
        if !text.is_empty() {
            self.ready.push_back(Part::Text(text.to_owned()));
        }
        Ok(())
    }

    /// An answer that was not streamed.
    fn whole(&mut self, response: &Value) -> Result<(), ModelError> {
        if response.get("error").is_some_and(|error| !error.is_null()) {
            return Err(error_of(response));
        }
        if !response.get("output").is_some_and(Value::is_array) {
            return Err(ModelError::Nonsense);
        }
        self.end(response)
    }

    /// The end, with the whole response as the provider sums it up.
    fn end(&mut self, response: &Value) -> Result<(), ModelError> {
        if self.items.is_empty() {
            let output = response.get("output").and_then(Value::as_array);
            self.items = output.cloned().unwrap_or_default();
        }
        if self.text_bytes == 0 {
            let said: String = self.items.iter().flat_map(texts).collect();
            self.say(&said)?;
        }
        let calls = self.calls()?;
        let reason = response.pointer("/incomplete_details/reason");
        match reason.and_then(Value::as_str) {
            Some("content_filter") => return Err(ModelError::Filtered),
            Some(_) if !calls.is_empty() => return Err(ModelError::TooLong),
            _ => {}
        }
        self.ended = true;
        if !calls.is_empty() {
            self.ready.push_back(Part::ToolCalls(calls));
        }
        if let Some(usage) = response.get("usage").filter(|usage| usage.is_object()) {
            let count = |name: &str| usage.get(name).and_then(Value::as_f64);
            let usage = Usage::from_wire(count("input_tokens"), count("output_tokens"));
            self.ready.push_back(Part::Usage(usage));
        }
        self.ready.push_back(Part::Done);
        Ok(())
    }

    /// The calls, the first of them with everything that has to be given back with their results.
    fn calls(&mut self) -> Result<Vec<ToolCall>, ModelError> {
        let text = |item: &Value, name: &str| {
            let text = item.get(name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let mut calls: Vec<ToolCall> = Vec::new();
        let (mut bytes, mut verbatim) = (0, true);
        for item in self.items.iter().filter(|item| is_call(item)) {
            let known = text(item, "call_id")
                .filter(|id| id.len() <= LONGEST_ID && calls.iter().all(|call| call.id != *id));
            verbatim &= known.is_some();
            let call = ToolCall {
                id: known.unwrap_or_else(|| format!("call_{}", calls.len() + 1)),
                name: text(item, "name").ok_or(ModelError::Nonsense)?,
                arguments: chat::arguments(item.get("arguments")).into_owned(),
                extra: None,
            };
            bytes += call.arguments.len() + call.name.len();
            calls.push(call);
        }
        if bytes > self.limits.argument_bytes {
            return Err(ModelError::TooLong);
        }
        let items = Value::Array(std::mem::take(&mut self.items));
        // Results find their calls by id, so items with other ids cannot be given back.
        if verbatim
            && items.to_string().len() <= LARGEST_REPLAY
            && let Some(first) = calls.first_mut()
        {
            first.extra = Some(self.provider_id.marked(&items));
        }
        Ok(calls)
    }
}

fn is_call(item: &Value) -> bool {
    item.get("type").and_then(Value::as_str) == Some("function_call")
}

fn texts(item: &Value) -> impl Iterator<Item = &str> {
    let is_message = item.get("type").and_then(Value::as_str) == Some("message");
    let parts = item
        .get("content")
        .filter(|_| is_message)
        .and_then(Value::as_array);
    parts.into_iter().flatten().filter_map(|part| {
        let text = part.get("text").or_else(|| part.get("refusal"))?;
        text.as_str()
    })
}

fn error_of(data: &Value) -> ModelError {
    in_stream(
        data.get("error")
            .filter(|error| error.is_object())
            .unwrap_or(data),
    )
}
