//! A language model that does what a test says, over the real wire.

use std::sync::{Arc, Mutex};

use axum::{Json, Router, extract::State, routing::post};
use futures_util::future::BoxFuture;
use http::header;
use serde_json::{Value, json};

use crate::{
    outgoing::checked,
    world::{Person, World, serve},
};

/// What it says to a request.
pub enum Says {
    Words(String),
    Calls(Vec<(String, Value)>),
}

/// Decides what it says, perhaps after a while.
type Mind = Arc<dyn Fn(Value) -> BoxFuture<'static, Says> + Send + Sync>;

/// The model, and what it was asked.
#[derive(Clone)]
pub struct Puppet {
    mind: Mind,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Puppet {
    pub fn new(mind: impl Fn(Value) -> BoxFuture<'static, Says> + Send + Sync + 'static) -> Self {
        Self {
            mind: Arc::new(mind),
            asked: Arc::default(),
        }
    }

    /// Serves until the test ends; gives the base address.
    pub async fn serve(&self) -> String {
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state(self.clone());
        format!("http://{}/v1", serve(checked(router)).await)
    }

    pub fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

async fn complete(
    State(puppet): State<Puppet>,
    Json(request): Json<Value>,
) -> ([(header::HeaderName, &'static str); 1], String) {
    puppet.asked.lock().unwrap().push(request.clone());
    let says = (puppet.mind)(request).await;
    let (delta, reason) = match says {
        Says::Words(text) => (json!({ "content": text }), "stop"),
        Says::Calls(calls) => {
            let calls = calls.into_iter().enumerate().map(|(index, (name, args))| {
                json!({
                    "index": index, "id": format!("call_{index}"), "type": "function",
                    "function": { "name": name, "arguments": args.to_string() },
                })
            });
            (
                json!({ "tool_calls": calls.collect::<Vec<_>>() }),
                "tool_calls",
            )
        }
    };
    let frame = |delta: Value, reason: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
        let chunk = json!({ "id": "c", "object": "chat.completion.chunk", "choices": [choice] });
        format!("data: {chunk}\n\n")
    };
    let body = format!(
        "{}{}data: [DONE]\n\n",
        frame(delta, Value::Null),
        frame(json!({}), json!(reason))
    );
    ([(header::CONTENT_TYPE, "text/event-stream")], body)
}

/// The texts of a role in a request, oldest first, without what the application says before a person's words.
pub fn texts(request: &Value, role: &str) -> Vec<String> {
    let messages = request["messages"].as_array().unwrap().iter();
    let texts = messages
        .filter(|message| message["role"] == role)
        .filter_map(|message| message["content"].as_str());
    let own = texts.map(|text| match text.split_once("]\n\n") {
        Some((_, own)) if role == "user" => own,
        _ => text,
    });
    own.map(str::to_owned).collect()
}

/// Whether a title is asked for.
pub fn asks_for_title(request: &Value) -> bool {
    let system = texts(request, "system");
    system
        .first()
        .is_some_and(|text| text.starts_with("Title:"))
}

/// How many results there are after the last thing the person said.
pub fn steps(request: &Value) -> usize {
    let messages = request["messages"].as_array().unwrap();
    let asked = messages
        .iter()
        .rposition(|message| message["role"] == "user");
    let after = messages.iter().skip(asked.unwrap_or_default());
    after.filter(|message| message["role"] == "tool").count()
}

/// The tasks in the last list that it was given.
pub fn listed(request: &Value) -> Vec<Value> {
    let results = texts(request, "tool").into_iter().rev();
    let mut results = results.filter_map(|result| serde_json::from_str::<Value>(&result).ok());
    let list = results.find(|result| result["tasks"].is_array());
    list.map_or_else(Vec::new, |list| list["tasks"].as_array().unwrap().clone())
}

/// The id of the listed task of this title.
pub fn task_id(request: &Value, title: &str) -> Value {
    let listed = listed(request);
    let task = listed.iter().find(|task| task["title"] == title);
    task.unwrap_or_else(|| panic!("{title} is not listed"))["id"].clone()
}

/// One of many persons who have nothing to do with each other, and who that is.
pub fn somebody(world: &World, number: usize) -> (Person<'_>, &'static str) {
    let id: &'static str = Box::leak(format!("person{number}").into_boxed_str());
    (world.user(id), id)
}
