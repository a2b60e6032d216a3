//! The routes and what their handlers promise.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::api::{ApiError, Request, Wire};
use crate::completion::Completion;
use crate::faults::{self, Fault, Switches};
use crate::script::{Scripted, Settings};
use crate::{plan, stream};

const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// The whole server: `/v1/models`, `/v1/chat/completions`, `/v1/responses` and `/health`.
pub fn router(settings: Settings) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/v1/models", get(list_models))
        .route("/v1/models/{id}", get(get_model))
        .route("/v1/chat/completions", post(complete_chat))
        .route("/v1/responses", post(complete_response))
        .fallback(async || ApiError::not_found("Unknown request URL."))
        .method_not_allowed_fallback(async || {
            ApiError::refused(
                StatusCode::METHOD_NOT_ALLOWED,
                "This method is not allowed here.",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(settings)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

async fn list_models() -> Json<Value> {
    let switched = faults::NAMES.iter().map(|name| format!("offline+{name}"));
    let models: Vec<Value> = ["offline".to_owned(), plan::OBEDIENT.to_owned()]
        .into_iter()
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

async fn complete_chat(
    State(settings): State<Settings>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    complete(Wire::Chat, settings, body).await
}

async fn complete_response(
    State(settings): State<Settings>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    complete(Wire::Responses, settings, body).await
}

async fn complete(
    wire: Wire,
    settings: Settings,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let body = body.map_err(|error| ApiError::refused(error.status(), &error.body_text()))?;
    let raw: Value = serde_json::from_slice(&body).map_err(|error| {
        ApiError::invalid(format!(
            "We could not parse the JSON body of your request: {error}."
        ))
    })?;
    let request = Request::parse(wire, &raw);
    let titled = request.as_ref().is_ok_and(plan::is_about_a_title);
    let scripted = settings
        .script
        .as_ref()
        .map_or(Scripted::Rules, |script| script.receive(raw, titled));
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
    let reply = scripted_reply.unwrap_or_else(|| plan::reply(&request, &switches.faults));
    tracing::info!(
        model = request.model,
        messages = request.messages.len(),
        tool_calls = reply.calls.len(),
        "answered",
    );
    let read = request.characters();
    let completion = Completion::new(wire, request.model, reply, read);
    let delay = switches.token_delay.unwrap_or(settings.token_delay);
    if request.stream {
        let indexed = !switches.faults.contains(&Fault::NoIndex);
        let events = completion.events(request.include_usage, indexed);
        return Ok(streamed(stream::body(
            wire,
            events,
            delay,
            &switches.faults,
        )));
    }
    Ok(whole(&completion, &switches.faults).await)
}

fn streamed(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    response
}

/// The same faults for an answer in one piece.
async fn whole(completion: &Completion, faults: &[Fault]) -> Response {
    let body = completion.whole();
    for fault in faults {
        match fault {
            Fault::Slow(_) => tokio::time::sleep(Duration::from_secs(1)).await,
            Fault::Stall => std::future::pending().await,
            Fault::Nonsense => return "<html>Bad gateway</html>".into_response(),
            Fault::ErrorMidStream => {
                let message = "The server had an error while processing your request.";
                return Json(json!({ "error": { "message": message, "code": 502 } }))
                    .into_response();
            }
            Fault::Cut => return cut(&body.to_string()),
            _ => {}
        }
    }
    Json(body).into_response()
}

fn cut(body: &str) -> Response {
    let half: String = body.chars().take(body.chars().count() / 2).collect();
    let mut response = Response::new(stream::broken(half));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
