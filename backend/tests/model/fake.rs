//! A provider that answers what it is told to, byte for byte, and remembers what it was asked.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{OriginalUri, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode},
    response::{IntoResponse as _, Response},
};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::{outgoing::checked, world::serve};

#[derive(Clone)]
pub struct Fake {
    address: std::net::SocketAddr,
    shared: Shared,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    queue: VecDeque<Answer>,
    models: Option<Value>,
    seen: Vec<Asked>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Value,
}

/// What one request is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Cut,
    Stall,
}

impl Fake {
    pub async fn start() -> Self {
        let shared = Shared::default();
        let router = Router::new().fallback(answer).with_state(shared.clone());
        Self {
            address: serve(checked(router)).await,
            shared,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What the next request that nothing is queued for is answered.
    pub fn push(&self, answer: impl Into<Answer>) {
        self.shared.0.lock().unwrap().queue.push_back(answer.into());
    }

    /// What its list of models has from now on; without it there is none.
    pub fn list(&self, models: &Value) {
        self.shared.0.lock().unwrap().models = Some(json!({ "data": models }));
    }

    /// Forgets what is queued.
    pub fn clear(&self) {
        self.shared.0.lock().unwrap().queue.clear();
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.0.lock().unwrap().seen.clone()
    }

    pub fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.path).collect()
    }

    pub fn last(&self) -> Value {
        self.asked().last().unwrap().body.clone()
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = {
        let mut inner = shared.0.lock().unwrap();
        if method == Method::GET {
            return inner
                .models
                .clone()
                .map(Json)
                .ok_or(StatusCode::NOT_FOUND)
                .into_response();
        }
        inner.seen.push(Asked {
            path: uri.to_string(),
            headers,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
        inner.queue.pop_front()
    };
    // An answer that no test is prepared for: a status that nothing is retried for.
    let answer = answer.unwrap_or_else(|| Answer::status(418, "nothing is queued"));
    let bytes = stream::iter([Ok::<_, Infallible>(answer.body.clone())]);
    let body = match answer.end {
        End::Whole => Body::from(answer.body),
        End::Stall => Body::from_stream(bytes.chain(stream::pending())),
        End::Cut => {
            let cut = stream::once(async {
                // Long enough for what was sent before to have left.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                Err(std::io::Error::other("cut on purpose"))
            });
            Body::from_stream(bytes.map(|piece| Ok(piece.unwrap_or_default())).chain(cut))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
    for (name, value) in answer.headers {
        let value = HeaderValue::from_str(&value).unwrap();
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
    response
}

impl Answer {
    /// An answer of exactly these bytes.
    pub fn raw(content_type: &str, body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
            end: End::Whole,
        }
    }

    /// A stream of these events, ended as usual.
    pub fn events(events: &[Value]) -> Self {
        Self::unfinished(events).and("data: [DONE]\n\n")
    }

    /// The same without the mark at its end.
    pub fn unfinished(events: &[Value]) -> Self {
        let body: String = events
            .iter()
            .flat_map(|event| ["data: ".to_owned(), event.to_string(), "\n\n".to_owned()])
            .collect();
        Self::raw("text/event-stream", body)
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "reads better where it is called"
    )]
    pub fn status(status: u16, body: impl ToString) -> Self {
        Self {
            status,
            ..Self::raw("text/plain", body.to_string())
        }
    }

    pub fn and(mut self, bytes: &str) -> Self {
        self.body.push_str(bytes);
        self
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The connection breaks after it.
    pub fn then_cut(self) -> Self {
        Self {
            end: End::Cut,
            ..self
        }
    }

    /// Nothing comes after it, and the connection stays.
    pub fn then_stall(self) -> Self {
        Self {
            end: End::Stall,
            ..self
        }
    }
}

/// A chunk with a delta.
#[expect(
    clippy::needless_pass_by_value,
    reason = "reads better where it is called"
)]
pub fn delta(delta: Value) -> Value {
    json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "fake-1",
        "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

/// The chunk that says why the answer ends.
pub fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// An answer of words, as OpenAI streams it.
pub fn text(words: &str) -> Answer {
    Answer::events(&[
        delta(json!({"role": "assistant", "content": words})),
        finish("stop"),
    ])
}

/// The tool call of these tests, with one id.
pub fn add_milk(id: &str) -> Value {
    json!({"index": 0, "id": id, "type": "function",
        "function": {"name": "add_task", "arguments": "{\"title\":\"Milk\"}"}})
}

/// An answer of tool calls, as OpenAI streams it.
pub fn calls(pieces: &[Value]) -> Answer {
    let mut events: Vec<Value> = pieces
        .iter()
        .map(|piece| delta(json!({"tool_calls": [piece]})))
        .collect();
    events.push(finish("tool_calls"));
    Answer::events(&events)
}

/// A Responses stream that ends well: a created event, these, and the completed one with these items.
pub fn response(events: &[Value], output: &[Value]) -> Answer {
    let mut all = vec![
        json!({"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1"}}),
    ];
    all.extend_from_slice(events);
    all.push(json!({"type": "response.completed", "response": {
        "id": "resp_1", "status": "completed", "output": output,
        "usage": {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18}}}));
    named(&all)
}

/// Events with their names, as the Responses wire has them, and no mark at the end.
pub fn named(events: &[Value]) -> Answer {
    let frames = events.iter().map(|event| {
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap_or("message")
        )
    });
    Answer::raw(
        "text/event-stream; charset=utf-8",
        frames.collect::<String>(),
    )
}

/// A Responses stream of words.
pub fn said(words: &str) -> Answer {
    let item = json!({"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "text": words, "annotations": []}]});
    let events = [
        json!({"type": "response.output_text.delta", "item_id": "msg_1", "delta": words}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
    ];
    response(&events, &[item])
}
