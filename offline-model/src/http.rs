//! The routes and what their handlers promise.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::faults::{self, Fault, Sent};
use crate::script::{Scripted, Settings};
use crate::wire::{self, Completion, Request, Wire};
use crate::{planner, titles};

const BODY_LIMIT: usize = 4 * 1024 * 1024;
const TOKEN_DELAY: Duration = Duration::from_millis(15);
const NO_ANSWER: &str = "<html>Bad gateway</html>";
const NO_CHUNKS: [&str; 4] = ["{\"choices\":[{\"delta\":", NO_ANSWER, "42", "\0"];

/// The whole server: `/v1/models`, `/v1/chat/completions`, `/v1/responses` and `/health`.
pub fn router(settings: Settings) -> Router {
    let refused = |status: StatusCode, message: &'static str| {
        async move || ApiError::refused(status, message)
    };
    let chat = async |State(settings), body| complete(Wire::Chat, settings, body);
    let responses = async |State(settings), body| complete(Wire::Responses, settings, body);
    Router::new()
        .route("/v1/models", get(list_models))
        .route("/v1/models/{id}", get(get_model))
        .route("/v1/chat/completions", post(chat))
        .route("/v1/responses", post(responses))
        .fallback(refused(StatusCode::NOT_FOUND, "Unknown request URL."))
        .method_not_allowed_fallback(refused(StatusCode::METHOD_NOT_ALLOWED, "Not allowed here."))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(settings)
        .merge(service::health::router(env!("CARGO_PKG_VERSION")))
}

async fn list_models() -> Json<Value> {
    Json(json!({ "object": "list", "data": [model("offline")] }))
}

async fn get_model(Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    faults::of_model(&id)?;
    Ok(Json(model(&id)))
}

fn model(id: &str) -> Value {
    json!({ "id": id, "object": "model", "created": 0, "owned_by": "offline-model" })
}

fn complete(
    wire: Wire,
    settings: Settings,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|error| ApiError::refused(error.status(), &error.body_text()))?;
    let raw: Value = serde_json::from_slice(&body).map_err(|error| {
        ApiError::invalid(&format!("We could not parse the JSON body: {error}."))
    })?;
    let request = Request::read(wire, &raw);
    let titled = request.as_ref();
    let titled = titled.is_ok_and(|request| titles::is_asked_for(&request.messages));
    let scripted = settings.script.map(|script| script.receive(raw, titled));
    let request = request?;
    let switches = faults::of_model(&request.model)?;
    let (scripted_reply, fault) = match scripted {
        None | Some(Scripted::Rules) => (None, None),
        Some(Scripted::Reply(reply)) => (Some(reply), None),
        Some(Scripted::Fault(fault)) => (None, Some(fault)),
    };
    let faults: Vec<Fault> = fault.into_iter().chain(switches).collect();
    if let Some(refusal) = faults.iter().find_map(Fault::refusal) {
        return Err(refusal);
    }
    let reply = scripted_reply.unwrap_or_else(|| planner::reply(&request, &faults));
    tracing::info!(
        model = request.model,
        messages = request.messages.len(),
        tool_calls = reply.calls.len(),
        "answered",
    );
    let completion = Completion::new(request.model, reply, body.len());
    let (kind, delay, sent) = if request.stream {
        let sent = Sent {
            parts: completion.events(wire, request.include_usage, &faults),
            failure: wire::event(&wire::failure(wire)),
            nonsense: NO_CHUNKS.map(|text| format!("data: {text}\n\n")).into(),
        };
        (
            "text/event-stream",
            settings.token_delay.unwrap_or(TOKEN_DELAY),
            sent,
        )
    } else {
        let sent = Sent {
            parts: vec![String::new(), completion.whole(wire).to_string()],
            failure: wire::failure(Wire::Chat).to_string(),
            nonsense: vec![NO_ANSWER.to_owned()],
        };
        ("application/json", Duration::ZERO, sent)
    };
    let head = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
    ];
    Ok((head, faults::body(sent, delay, &faults)).into_response())
}
