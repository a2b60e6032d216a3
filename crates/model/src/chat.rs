//! The Chat Completions wire, which nearly every provider speaks.

use serde_json::{Map, Value, json};

use crate::{
    Finish, ModelError, ModelMessage, RequestOptions, ToolCall, ToolSpec, Usage,
    answer::{Reading, Step},
    calls::OpenCalls,
    json::{field, list, scalar, words},
    request_error::in_stream,
    request_options::ProviderId,
    shape::this_turn,
    thoughts::Thoughts,
    transport::Ending,
};

/// The body of a request, but for what is the same on every wire.
pub(crate) fn request(
    messages: &[ModelMessage],
    tools: &[ToolSpec],
    options: &RequestOptions,
    provider: &ProviderId,
) -> Map<String, Value> {
    let this_turn = this_turn(messages);
    let messages = messages.iter().enumerate().map(|(position, message)| {
        let mut wire = wire_message(message, provider);
        if let ModelMessage::Assistant { calls, .. } = message
            && options.gives_back(position > this_turn)
            && let Some(thoughts) = calls.iter().find_map(|call| provider.thoughts(call))
            && let Some(fields) = wire.as_object_mut()
        {
            fields.extend(thoughts.clone());
        }
        wire
    });
    let mut body = Map::from_iter([("messages".to_owned(), messages.collect())]);
    // An empty list is an error to some providers.
    if !tools.is_empty() {
        body.insert("tools".into(), tools.iter().map(wire_tool).collect());
    }
    if options.usage {
        body.insert("stream_options".into(), json!({ "include_usage": true }));
    }
    if let Some(effort) = &options.effort {
        body.insert("reasoning_effort".into(), effort.as_str().into());
    }
    if let Some(most) = options.max_tokens {
        let name = if options.newer_max_tokens {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        body.insert(name.into(), most.into());
    }
    body
}

fn wire_message(message: &ModelMessage, provider: &ProviderId) -> Value {
    match message {
        ModelMessage::System(text) => json!({"role": "system", "content": text}),
        ModelMessage::User(text) => json!({"role": "user", "content": text}),
        ModelMessage::Assistant { text, calls } if calls.is_empty() => {
            json!({"role": "assistant", "content": text})
        }
        ModelMessage::Assistant { text, calls } => {
            let calls: Value = calls.iter().map(|call| wire_call(call, provider)).collect();
            json!({"role": "assistant", "content": text, "tool_calls": calls})
        }
        ModelMessage::ToolResult { call_id, content } => {
            json!({"role": "tool", "tool_call_id": call_id, "content": content})
        }
    }
}

fn wire_call(call: &ToolCall, provider: &ProviderId) -> Value {
    let mut wire = json!({
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    });
    if let (Some(extra), Some(fields)) = (provider.signature(call), wire.as_object_mut()) {
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

/// A completion while its chunks come.
pub(crate) struct ChatReading {
    provider: ProviderId,
    calls: OpenCalls,
    /// Whether a delta said anything. Then a message beside it or after it repeats what was said.
    deltas: bool,
    thoughts: Thoughts,
    finish: Option<String>,
    usage: Option<Usage>,
}

impl ChatReading {
    pub fn of(provider: ProviderId) -> Self {
        Self {
            provider,
            calls: OpenCalls::default(),
            deltas: false,
            thoughts: Thoughts::default(),
            finish: None,
            usage: None,
        }
    }

    /// Takes in a delta, or a message in its place. Says whether there was anything in it.
    fn said(&mut self, delta: &Value, step: &mut Step) -> Result<bool, ModelError> {
        let content = Some(words(delta, "content")).filter(|content| !content.is_empty());
        let content = content.unwrap_or_else(|| words(delta, "refusal"));
        step.say(&content)?;
        self.thoughts.hear(delta);
        let before = self.calls.bytes();
        let longest = step.limits.argument_bytes;
        self.calls.add_all(delta, "tool_calls", longest)?;
        // As it was before there could be more than one.
        self.calls.add_all(delta, "function_call", longest)?;
        Ok(!content.is_empty() || self.calls.bytes() > before)
    }
}

impl Reading for ChatReading {
    /// A whole completion, from a provider that does not stream, reads as one chunk.
    fn event(&mut self, chunk: &Value, step: &mut Step) -> Result<(), ModelError> {
        if let Some(error) = in_stream(chunk) {
            return Err(error);
        }
        self.usage = Usage::read(chunk, ["prompt_tokens", "completion_tokens"]).or(self.usage);
        for choice in list(chunk, "choices") {
            let finish = scalar(choice, "finish_reason");
            let finish = finish.map(|reason| reason.to_ascii_lowercase());
            self.finish = finish.or(self.finish.take());
            if let Some(delta) = field(choice, "delta") {
                self.deltas |= self.said(delta, step)?;
            }
            if let Some(message) = field(choice, "message").filter(|_| !self.deltas) {
                self.said(message, step)?;
            }
        }
        Ok(())
    }

    /// Calls are made whatever the finish reason says: some providers say `stop` beside them.
    fn end(&mut self, ending: Ending, step: &mut Step) -> Result<(), ModelError> {
        let calls = std::mem::take(&mut self.calls);
        match (self.finish.as_deref(), ending) {
            (Some("content_filter" | "safety" | "recitation" | "sensitive"), _) => {
                return Err(ModelError::Filtered);
            }
            (Some("insufficient_system_resource"), _) => return Err(ModelError::Overloaded),
            (Some("error" | "network_error"), _) => return Err(ModelError::Failed(200)),
            // Everything had been said.
            (Some(_), Ending::Broken(ModelError::Cut | ModelError::Slow)) => {}
            (_, Ending::Broken(error)) => return Err(error),
            (Some(_), _) => {}
            (None, Ending::Marked) if step.has_text() || !calls.is_empty() => {}
            (None, _) => return Err(ModelError::Cut),
        }
        let finish = match self.finish.as_deref() {
            Some("length" | "max_tokens" | "model_length") => Finish::Length,
            _ => Finish::Whole,
        };
        let calls = calls.finish().map(|mut calls| {
            for call in &mut calls {
                call.extra = call.extra.take().map(|extra| self.provider.mark(&extra));
            }
            if let (Some(first), Some(thoughts)) = (calls.first_mut(), self.thoughts.whole()) {
                self.provider.mark_thoughts(first, thoughts);
            }
            calls
        });
        step.end(calls, self.usage, finish)
    }
}
