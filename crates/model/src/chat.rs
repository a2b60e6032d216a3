//! The Chat Completions wire, which nearly every provider speaks.

mod chunk;

use std::collections::VecDeque;

use futures_util::{StreamExt, stream};
use serde_json::{Map, Value, json};

pub(super) use self::chunk::arguments;
use self::chunk::{Chunk, OpenCalls, WireUsage};
use crate::{
    ModelError, ModelMessage, Part, Parts, StepLimits, ToolCall, ToolSpec, Usage,
    endpoint::{Answer, Events},
    provider::RequestOptions,
    provider_id::ProviderId,
    request_error::in_stream,
};

/// Where the wire is, after the provider's address.
pub(crate) const PATH: [&str; 2] = ["chat", "completions"];

/// The body of a request, but for what is the same on every wire.
pub(crate) fn request(
    messages: &[ModelMessage],
    tools: &[ToolSpec],
    options: &RequestOptions<'_>,
    provider_id: &ProviderId,
) -> Map<String, Value> {
    let mut body = Map::new();
    let messages: Vec<Value> = messages
        .iter()
        .map(|message| wire_message(message, provider_id))
        .collect();
    body.insert("messages".into(), messages.into());
    // An empty list is an error to some providers.
    if !tools.is_empty() {
        let tools: Vec<Value> = tools.iter().map(wire_tool).collect();
        body.insert("tools".into(), tools.into());
    }
    if options.usage {
        body.insert("stream_options".into(), json!({ "include_usage": true }));
    }
    if let Some(effort) = options.effort {
        body.insert("reasoning_effort".into(), effort.into());
    }
    body
}

fn wire_message(message: &ModelMessage, provider_id: &ProviderId) -> Value {
    match message {
        ModelMessage::System(text) => json!({"role": "system", "content": text}),
        ModelMessage::User(text) => json!({"role": "user", "content": text}),
        ModelMessage::Assistant { text, calls } if calls.is_empty() => {
            json!({"role": "assistant", "content": text})
        }
        ModelMessage::Assistant { text, calls } => {
            let calls: Vec<Value> = calls
                .iter()
                .map(|call| wire_call(call, provider_id))
                .collect();
            json!({"role": "assistant", "content": text, "tool_calls": calls})
        }
        ModelMessage::ToolResult { call_id, content } => {
            json!({"role": "tool", "tool_call_id": call_id, "content": content})
        }
    }
}

fn wire_call(call: &ToolCall, provider_id: &ProviderId) -> Value {
    let mut wire = json!({
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    });
    if let (Some(extra), Some(fields)) = (provider_id.signature(call), wire.as_object_mut()) {
        fields.insert("extra_content".to_owned(), extra.clone());
    }
    wire
}

fn wire_tool(tool: &ToolSpec) -> Value {
    json!({
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    })
}

/// Turns an answer into parts: text at once, calls when all of them are whole.
pub(crate) fn parts(answer: Answer, limits: StepLimits, provider_id: ProviderId) -> Parts {
    let mut reading = Reading {
        events: None,
        limits,
        provider_id,
        calls: OpenCalls::default(),
        text_bytes: 0,
        finish: None,
        marked: false,
        usage: None,
        ready: VecDeque::new(),
        ended: false,
    };
    let begun = match answer {
        Answer::Stream(events) => {
            reading.events = Some(events);
            Ok(())
        }
        Answer::Whole(completion) => {
            // It is all there is, whatever its finish reason says.
            reading.marked = true;
            serde_json::from_value(completion)
                .map_err(|_| ModelError::Nonsense)
                .and_then(|chunk| reading.take(chunk))
        }
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
    calls: OpenCalls,
    text_bytes: usize,
    finish: Option<String>,
    /// The provider said that this is the end.
    marked: bool,
    usage: Option<WireUsage>,
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
            let Some(chunk) = self.chunk().await? else {
                self.end()?;
                continue;
            };
            self.take(chunk)?;
        }
    }

    /// The next chunk; none at the end, announced or not.
    async fn chunk(&mut self) -> Result<Option<Chunk>, ModelError> {
        loop {
            let Some(events) = &mut self.events else {
                return Ok(None);
            };
            let event = match events.next().await {
                Ok(Some(event)) => event,
                Ok(None) => return Ok(None),
                // Everything had been said.
                Err(ModelError::Cut | ModelError::Slow) if self.finish.is_some() => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            let data = event.data.trim();
            if data == "[DONE]" {
                self.marked = true;
                return Ok(None);
            }
            if event.name == "error" && !data.starts_with('{') {
                return Err(ModelError::Failed(200));
            }
            match serde_json::from_str(data) {
                Ok(chunk) => return Ok(Some(chunk)),
                // A kind of event that nobody has told us about.
                Err(_) if !matches!(event.name.as_str(), "" | "message" | "error") => {}
                Err(_) => return Err(ModelError::Nonsense),
            }
        }
    }

    fn take(&mut self, chunk: Chunk) -> Result<(), ModelError> {
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(in_stream(&error));
        }
        self.usage = chunk.usage.or(self.usage);
        for choice in chunk.choices.into_iter().flatten() {
            let finish = choice.finish_reason.filter(|reason| !reason.is_empty());
            self.finish = finish.or(self.finish.take());
            let Some(delta) = choice.delta else { continue };
            let text = delta.text();
            for piece in delta.tool_calls.into_iter().flatten() {
                self.calls.add(piece, self.limits.argument_bytes)?;
            }
            if !text.is_empty() {
                self.text_bytes += text.len();
                if self.text_bytes > self.limits.answer_bytes {
                    return Err(ModelError::TooLong);
                }
                self.ready.push_back(Part::Text(text));
            }
        }
        Ok(())
    }

    /// Calls are run whatever the finish reason says: some providers say `stop` beside them.
    fn end(&mut self) -> Result<(), ModelError> {
        let calls = std::mem::take(&mut self.calls);
        let said = self.text_bytes > 0 || !calls.is_empty();
        match self.finish.as_deref() {
            None if !(self.marked && said) => return Err(ModelError::Cut),
            Some("content_filter") => return Err(ModelError::Filtered),
            Some("error") => return Err(ModelError::Failed(200)),
            Some("length") if !calls.is_empty() => return Err(ModelError::TooLong),
            _ => {}
        }
        self.ended = true;
        if !calls.is_empty() {
            let mut calls = calls.finish()?;
            for call in &mut calls {
                self.provider_id.sign(call);
            }
            self.ready.push_back(Part::ToolCalls(calls));
        }
        if let Some(usage) = self.usage {
            let usage = Usage::from_wire(usage.prompt_tokens, usage.completion_tokens);
            self.ready.push_back(Part::Usage(usage));
        }
        self.ready.push_back(Part::Done);
        Ok(())
    }
}
