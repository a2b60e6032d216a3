//! Requests whose params are not an object: rmcp takes them for no messages at all.

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use rmcp::model::ErrorCode;
use serde::Deserialize;
use serde_json::{Value, json};
use service::problem::Problem;

/// A request, as far as it can be answered.
#[derive(Deserialize)]
struct Asked {
    id: Value,
    method: String,
    params: Value,
}

/// Answers a request with malformed params as what it is. The body is read a second time only after rmcp refused it.
pub(crate) async fn answer_malformed(request: Request, next: Next, body_max: usize) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, body_max).await else {
        let detail = "The request is too large.";
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).into_response();
    };
    let request = Request::from_parts(parts, Body::from(body.clone()));
    let response = next.run(request).await;
    if response.status() != StatusCode::UNSUPPORTED_MEDIA_TYPE {
        return response;
    }
    let asked = serde_json::from_slice::<Asked>(&body).ok();
    let malformed = asked.filter(|asked| {
        !asked.params.is_object() && (asked.id.is_string() || asked.id.is_number())
    });
    let Some(Asked { id, method, .. }) = malformed else {
        return response;
    };
    let message = format!("The params of {method} must be an object.");
    let error = json!({ "code": ErrorCode::INVALID_PARAMS, "message": message });
    Json(json!({ "jsonrpc": "2.0", "id": id, "error": error })).into_response()
}
