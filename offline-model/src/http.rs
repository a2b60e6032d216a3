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

use crate::error::{ApiError, FAILED};
use crate::faults::{self, Fault, Switches};
use crate::script::{Scripted, Settings};
use crate::wire::{self, Completion, Request, Wire};
use crate::{planner, stream};

const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// The whole server: `/v1/models`, `/v1/chat/completions`, `/v1/responses` and `/health`.
pub fn router(settings: Settings) -> Router {
    Router::new()
        .route("/v1/models", get(list_models))
        .route("/v1/models/{id}", get(get_model))
        .route(
            "/v1/chat/completions",
            post(async |State(settings), body| complete(Wire::Chat, settings, body).await),
        )
        .route(
            "/v1/responses",
            post(async |State(settings), body| complete(Wire::Responses, settings, body).await),
        )
        .fallback(async || ApiError::refused(StatusCode::NOT_FOUND, "Unknown request URL."))
        .method_not_allowed_fallback(async || {
            ApiError::refused(
                StatusCode::METHOD_NOT_ALLOWED,
                "This method is not allowed here.",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(settings)
        .merge(service::health::router(env!("CARGO_PKG_VERSION")))
}

async fn list_models() -> Json<Value> {
    let switched = faults::names().map(|name| format!("offline+{name}"));
    let models: Vec<Value> = std::iter::once("offline".to_owned())
        .chain(switched)
        .map(|id| model(&id))
        .collect();
    Json(json!({ "object": "list", "data": models }))
}

async fn get_model(Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    Switches::from_model(&id)?;
    Ok(Json(model(&id)))
}

fn model(id: &str) -> Value {
    json!({ "id": id, "object": "model", "created": 0, "owned_by": "offline-model" })
}

async fn complete(
    wire: Wire,
    settings: Settings,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|error| ApiError::refused(error.status(), error.body_text()))?;
    let raw: Value = serde_json::from_slice(&body).map_err(|error| {
        ApiError::invalid(format!(
            "We could not parse the JSON body of your request: {error}."
        ))
    })?;
    let request = Request::read(wire, raw.clone());
    let titled = request.as_ref().is_ok_and(planner::is_about_a_title);
    let scripted = match &settings.script {
        Some(script) => script.receive(raw, titled),
        None => Scripted::Rules,
    };
    let request = request?;
    let mut switches = Switches::from_model(&request.model)?;
    let scripted_reply = match scripted {
        Scripted::Rules => None,
        Scripted::Reply(reply) => Some(reply),
        Scripted::Fault(fault) => {
            switches.faults.insert(0, fault);
            None
        }
    };
    if let Some(refusal) = switches.faults.iter().find_map(Fault::refusal) {
        return Err(refusal);
    }
    let reply = scripted_reply.unwrap_or_else(|| planner::reply(&request, &switches.faults));
    tracing::info!(
        model = request.model,
        messages = request.messages.len(),
        tool_calls = reply.calls.len(),
        "answered",
    );
    let completion = Completion::new(request.model, reply, body.len());
    if !request.stream {
        return Ok(whole(completion.whole(wire), &switches.faults).await);
    }
    let indexed = !switches.faults.contains(&Fault::NoIndex);
    let events = completion.events(wire, request.include_usage, indexed);
    let delay = switches.token_delay.unwrap_or(settings.token_delay);
    let head = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
    ];
    Ok((
        head,
        stream::body(events, &wire::failure(wire), delay, &switches.faults),
    )
        .into_response())
}

/// The same faults for an answer in one piece.
async fn whole(body: Value, faults: &[Fault]) -> Response {
    for fault in faults {
        match fault {
            Fault::Slow(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            Fault::Stall => std::future::pending().await,
            Fault::Nonsense => return "<html>Bad gateway</html>".into_response(),
            Fault::ErrorMidStream => {
                let error = json!({ "error": { "message": FAILED, "code": 502 } });
                return Json(error).into_response();
            }
            Fault::Cut => {
                let mut half = body.to_string();
                let rest = half.split_off(half.floor_char_boundary(half.len() / 2));
                let head = [(header::CONTENT_TYPE, "application/json")];
                let cut = stream::body(vec![half, rest], "", Duration::ZERO, &[Fault::Cut]);
                return (head, cut).into_response();
            }
            _ => {}
        }
    }
    Json(body).into_response()
}
