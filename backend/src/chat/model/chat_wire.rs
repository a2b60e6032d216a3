//! The Chat Completions wire, which nearly every provider speaks.

use std::time::Instant;

use async_openai::{Client, config::OpenAIConfig, error::OpenAIError};
use futures_util::{FutureExt, Stream, StreamExt, future::BoxFuture, stream};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Model, ModelError, ModelMessage, Part, Parts, ToolCall, ToolSpec,
    attempt::Attempts,
    chunk::{Chunk, OpenCalls},
};
use crate::chat::Limits;

/// A provider's endpoint, key and model name.
pub(crate) struct ChatWire {
    client: Client<OpenAIConfig>,
    model: String,
    limits: Limits,
}

impl ChatWire {
    pub fn new(
        base_url: &str,
        key: &str,
        model: String,
        limits: Limits,
    ) -> Result<Self, reqwest::Error> {
        // The read timeout is the longest silence, not the longest answer.
        let http = reqwest::Client::builder()
            .connect_timeout(limits.model_connect)
            .read_timeout(limits.model_idle)
            .tcp_nodelay(true)
            .build()?;
        // Organisation and project are emptied because the crate would read them from the environment.
        let config = OpenAIConfig::new()
            .with_api_base(base_url.trim_end_matches('/'))
            .with_api_key(key)
            .with_org_id("")
            .with_project_id("");
        Ok(Self {
            client: Client::build(http.clone(), config).with_http_service(Attempts(http)),
            model,
            limits,
        })
    }
}

impl Model for ChatWire {
    fn ask<'a>(
        &'a self,
        messages: &'a [ModelMessage],
        tools: &'a [ToolSpec],
    ) -> BoxFuture<'a, Result<Parts, ModelError>> {
        async move {
            let request = Request {
                model: &self.model,
                stream: true,
                messages: messages.iter().map(wire_message).collect(),
                tools: tools.iter().map(wire_tool).collect(),
            };
            let chunks = self
                .client
                .chat()
                .create_stream_byot::<_, Chunk>(request)
                .await
                .map_err(|error| translate(error, ModelError::Unreachable))?;
            Ok(parts(chunks.boxed(), self.limits))
        }
        .boxed()
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    stream: bool,
    messages: Vec<Value>,
    /// An empty list is an error to some providers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
}

fn wire_message(message: &ModelMessage) -> Value {
    match message {
        ModelMessage::System(text) => json!({"role": "system", "content": text}),
        ModelMessage::User(text) => json!({"role": "user", "content": text}),
        ModelMessage::Assistant { text, calls } if calls.is_empty() => {
            json!({"role": "assistant", "content": text})
        }
        ModelMessage::Assistant { text, calls } => json!({
            "role": "assistant",
            "content": text,
            "tool_calls": calls.iter().map(wire_call).collect::<Vec<_>>(),
        }),
        ModelMessage::ToolResult { call_id, content } => {
            json!({"role": "tool", "tool_call_id": call_id, "content": content})
        }
    }
}

fn wire_call(call: &ToolCall) -> Value {
    let mut wire = json!({
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    });
    if let (Some(extra), Some(fields)) = (&call.extra, wire.as_object_mut()) {
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

type Chunks = stream::BoxStream<'static, Result<Chunk, OpenAIError>>;

/// Turns chunks into parts: text at once, calls when all of them are whole.
fn parts(chunks: Chunks, limits: Limits) -> Parts {
    let reading = Reading {
        chunks,
        limits,
        calls: OpenCalls::default(),
        text_bytes: 0,
        finish: None,
        last_heard: Instant::now(),
        ready: Vec::new(),
    };
    stream::try_unfold(reading, |mut reading| async move {
        Ok(reading.next().await?.map(|part| (part, reading)))
    })
    .boxed()
}

struct Reading<S> {
    chunks: S,
    limits: Limits,
    calls: OpenCalls,
    text_bytes: usize,
    finish: Option<String>,
    last_heard: Instant,
    /// Parts still to be handed out, last one first.
    ready: Vec<Part>,
}

impl<S: Stream<Item = Result<Chunk, OpenAIError>> + Unpin> Reading<S> {
    async fn next(&mut self) -> Result<Option<Part>, ModelError> {
        loop {
            if let Some(part) = self.ready.pop() {
                return Ok(Some(part));
            }
            let Some(chunk) = self.chunks.next().await else {
                return self.end();
            };
            let chunk = chunk.map_err(|error| translate(error, self.silence()))?;
            self.last_heard = Instant::now();
            if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
                return Err(mid_stream(&error));
            }
            for choice in chunk.choices {
                self.finish = choice.finish_reason.or(self.finish.take());
                let Some(delta) = choice.delta else { continue };
                for piece in delta.tool_calls.into_iter().flatten() {
                    self.calls.add(piece, self.limits.argument_bytes)?;
                }
                if let Some(text) = delta.content.filter(|text| !text.is_empty()) {
                    self.text_bytes += text.len();
                    if self.text_bytes > self.limits.answer_bytes {
                        return Err(ModelError::TooLong);
                    }
                    self.ready.insert(0, Part::Text(text));
                }
            }
        }
    }

    /// Calls are run whatever the finish reason says: some providers say `stop` beside them.
    fn end(&mut self) -> Result<Option<Part>, ModelError> {
        let calls = std::mem::take(&mut self.calls);
        match self.finish.take().as_deref() {
            // Once more after the end, or an end nobody announced.
            None => Err(ModelError::Cut),
            Some("content_filter") => Err(ModelError::Filtered),
            Some("error") => Err(ModelError::Failed(200)),
            Some("length") if !calls.is_empty() => Err(ModelError::TooLong),
            Some(_) if calls.is_empty() => Ok(Some(Part::Done)),
            Some(_) => {
                self.ready.push(Part::Done);
                Ok(Some(Part::ToolCalls(calls.finish()?)))
            }
        }
    }

    /// The transport does not tell a time limit from a lost connection; the clock does. It starts
    /// a little later than the transport's, so half the time is enough to tell.
    fn silence(&self) -> ModelError {
        if self.last_heard.elapsed() >= self.limits.model_idle / 2 {
            ModelError::Slow
        } else {
            ModelError::Cut
        }
    }
}

fn translate(error: OpenAIError, transport: ModelError) -> ModelError {
    match error {
        OpenAIError::Boxed(cause) => match cause.downcast::<ModelError>() {
            Ok(error) => *error,
            Err(_) => ModelError::Unreachable,
        },
        OpenAIError::StreamError(_) | OpenAIError::Reqwest(_) => transport,
        _ => ModelError::Nonsense,
    }
}

fn mid_stream(error: &Value) -> ModelError {
    let code = error.get("code");
    let number = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    match number {
        Some(429) => ModelError::RateLimited { retry_after: None },
        Some(401 | 403) => ModelError::Unauthorized,
        Some(402) => ModelError::OutOfQuota,
        _ if code.and_then(Value::as_str) == Some("insufficient_quota") => ModelError::OutOfQuota,
        _ => ModelError::Failed(200),
    }
}
