//! What every request to a model has to keep to, so that no provider refuses it: the rules of OpenAI, Mistral, `DeepSeek`,
//! Kimi, Gemini, of Anthropic's compatible endpoint, and of the chat templates that llama.cpp and vLLM render.
//!
//! Every model of these tests looks at each request, and a test that has sent a wrong one fails when its world ends.
//! With `MODEL_REQUESTS` they are written into that folder, to be rendered by templates.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex},
    thread,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use serde_json::{Value, json};

static WRONG: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Fails the test in whose time a wrong request was sent.
pub struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        let wrong = std::mem::take(&mut *WRONG.lock().unwrap());
        assert!(
            wrong.is_empty() || thread::panicking(),
            "{}",
            wrong.join("\n")
        );
    }
}

/// What the model was asked last in each conversation, by how it begins; nothing where more than one begins so.
type Asked = Arc<Mutex<BTreeMap<String, Option<Vec<Value>>>>>;

/// A model that looks at its requests.
pub fn checked(model: Router) -> Router {
    model.layer(middleware::from_fn_with_state(Asked::default(), look))
}

async fn look(State(asked): State<Asked>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let read = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let Some(messages) = messages(&read) else {
        return next.run(Request::from_parts(head, Body::from(body))).await;
    };
    record(&body);
    let key = beginning(&messages, &read);
    let before = asked.lock().unwrap().get(&key).cloned();
    let shared = matches!(before, Some(None)) || before.is_some() && messages.len() == 2;
    let before = before.flatten().filter(|_| !shared);
    for reason in [
        wrong(&messages),
        wrong_parameters(&read, &messages),
        before.and_then(|before| changed(&before, &messages)),
    ] {
        let wrong =
            reason.map(|reason| format!("a request to the model is wrong: {reason}\n{read:#}"));
        WRONG.lock().unwrap().extend(wrong);
    }
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    if response.status().is_success() {
        asked
            .lock()
            .unwrap()
            .insert(key, Some(messages).filter(|_| !shared));
    }
    response
}

/// A conversation is known by its rules, its tools and its first message.
fn beginning(messages: &[Value], request: &Value) -> String {
    let first: Vec<&Value> = messages.iter().take(2).collect();
    json!([first, request["tools"]]).to_string()
}

/// A provider's cache holds what was sent before: a longer request begins with all of it, but for what the model thought.
fn changed(before: &[Value], now: &[Value]) -> Option<String> {
    let plain =
        |messages: &[Value]| -> Vec<Value> { messages.iter().map(without_thoughts).collect() };
    let (before, now) = (plain(before), plain(now));
    let kept = before
        .iter()
        .zip(&now)
        .take_while(|(before, now)| before == now);
    let kept = kept.count();
    (now.len() > before.len() && kept < before.len())
        .then(|| format!("message {kept} was {:#} before", before[kept]))
}

const THOUGHTS: [&str; 3] = ["reasoning_content", "reasoning", "reasoning_details"];

fn without_thoughts(message: &Value) -> Value {
    let mut message = message.clone();
    if let Some(fields) = message.as_object_mut() {
        fields.retain(|name, _| !THOUGHTS.contains(&name.as_str()));
    }
    message
}

/// The messages of a request, whichever wire it comes over, as the older one has them.
fn messages(request: &Value) -> Option<Vec<Value>> {
    if let Some(messages) = request["messages"].as_array() {
        return Some(messages.clone());
    }
    let mut messages: Vec<Value> = Vec::new();
    for item in request["input"].as_array()? {
        match item["type"].as_str() {
            Some("message") => {
                messages.push(json!({"role": item["role"], "content": words(&item["content"])}));
            }
            Some("reasoning") => {}
            Some("function_call") => {
                let call = json!({"id": item["call_id"], "type": "function",
                    "function": {"name": item["name"], "arguments": item["arguments"]}});
                match messages.last_mut() {
                    Some(last) if last["role"] == "assistant" => {
                        match last["tool_calls"].as_array_mut() {
                            Some(calls) => calls.push(call),
                            None => last["tool_calls"] = json!([call]),
                        }
                    }
                    _ => messages
                        .push(json!({"role": "assistant", "content": null, "tool_calls": [call]})),
                }
            }
            Some("function_call_output") => messages.push(
                json!({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]}),
            ),
            _ => messages.push(json!({"role": "an item without a type", "content": item})),
        }
    }
    Some(messages)
}

fn words(content: &Value) -> Value {
    match content.as_array() {
        Some(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .collect::<String>()
            .into(),
        None => content.clone(),
    }
}

/// What is wrong with the order of messages, or with one of them.
fn wrong(messages: &[Value]) -> Option<String> {
    let mut ids = HashSet::new();
    let mut open: Vec<&str> = Vec::new();
    let mut last = "";
    for (position, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        let refuse = |why: &str| Some(format!("message {position} ({role} after {last:?}): {why}"));
        let calls = message["tool_calls"].as_array();
        let said = message["content"]
            .as_str()
            .is_some_and(|text| !text.trim().is_empty());
        let may_follow: &[&str] = match role {
            "system" => &[""],
            "user" => &["", "system", "assistant"],
            "assistant" => &["user", "tool"],
            "tool" => &["calls", "tool"],
            _ => return refuse("no such role"),
        };
        if !may_follow.contains(&last) {
            return refuse("the order is refused");
        }
        if role != "tool" && !open.is_empty() {
            return refuse("a call has no result");
        }
        if !(said || calls.is_some() && message["content"].is_null()) {
            return refuse("it says nothing");
        }
        let known = ["role", "content", "tool_calls", "tool_call_id"];
        let odd =
            |name: &&String| !known.contains(&name.as_str()) && !THOUGHTS.contains(&name.as_str());
        if let Some(odd) = message.as_object().unwrap().keys().find(odd) {
            return refuse(&format!("{odd} is not known everywhere"));
        }
        let thinks = THOUGHTS.iter().any(|name| message.get(*name).is_some());
        if thinks && role != "assistant" {
            return refuse("only the model thinks");
        }
        for call in calls.into_iter().flatten() {
            let text = |pointer: &str| {
                call.pointer(pointer)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let id = text("/id");
            if id.len() != 9
                || !id.bytes().all(|byte| byte.is_ascii_alphanumeric())
                || !ids.insert(id)
            {
                return refuse("an id is not of nine letters and digits, or not of one call alone");
            }
            let arguments =
                serde_json::from_str::<Value>(text("/function/arguments")).unwrap_or_default();
            if text("/type") != "function"
                || !is_name(text("/function/name"))
                || !arguments.is_object()
            {
                return refuse("a call is not whole");
            }
            open.push(id);
        }
        if role == "tool" {
            if open.first().copied() != message["tool_call_id"].as_str() {
                return refuse("it is not the result of the next call");
            }
            open.remove(0);
        }
        last = if calls.is_some() { "calls" } else { role };
    }
    match (open.first(), last) {
        (Some(call), _) => Some(format!("{call} has no result")),
        (None, "user" | "tool") => None,
        (None, role) => Some(format!("the last message is of the role {role:?}")),
    }
}

/// What is wrong with what stands beside the messages.
fn wrong_parameters(request: &Value, messages: &[Value]) -> Option<String> {
    let fields = request.as_object().unwrap();
    if let Some((name, _)) = fields
        .iter()
        .find(|(_, value)| value.is_null() || **value == json!([]))
    {
        return Some(format!("{name} is empty"));
    }
    let mut names = HashSet::new();
    for tool in request["tools"].as_array().into_iter().flatten() {
        let tool = tool.get("function").unwrap_or(tool);
        let name = tool["name"].as_str().unwrap_or_default();
        let described = tool["description"]
            .as_str()
            .is_some_and(|text| (1..=1024).contains(&text.len()));
        let schema = &tool["parameters"];
        let plain = schema["type"] == "object" && schema["properties"].is_object();
        if !is_name(name)
            || !names.insert(name)
            || !described
            || !plain
            || schema.get("$schema").is_some()
        {
            return Some(format!("the tool {name:?} is not one that everybody takes"));
        }
    }
    let uses = messages.iter().any(|message| message["role"] == "tool");
    (uses && names.is_empty()).then(|| "calls without tools".to_owned())
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// What the application says before the person's words in a message, and these.
pub fn parts(message: &Value) -> (&str, &str) {
    assert_eq!(message["role"], "user", "{message}");
    let content = message["content"].as_str().unwrap();
    content.split_once("]\n\n").unwrap()
}

fn record(body: &Bytes) {
    let Some(folder) = std::env::var_os("MODEL_REQUESTS") else {
        return;
    };
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    let file = std::path::Path::new(&folder).join(format!("{:016x}.json", hasher.finish()));
    fs::write(file, body).unwrap();
}
