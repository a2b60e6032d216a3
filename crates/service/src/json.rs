//! `axum`'s extractors with our error answers: what cannot be read is 400, what has the wrong
//! shape is 422 and names the field.

use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::problem::Problem;

/// A JSON body. `Option<Json<T>>` is `None` for an empty body, whatever its content type, and for `null`.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(
    /// What was read, or is to be sent.
    pub T,
);

/// The query string.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(
    /// What was read.
    pub T,
);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = is_json(request.headers());
        let body = read(request, state).await?;
        parse(json, &body)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        let json = is_json(request.headers());
        let body = read(request, state).await?;
        if body.is_empty() {
            Ok(None)
        } else {
            parse::<Option<T>>(json, &body).map(|Json(body)| body.map(Json))
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let json = HeaderValue::from_static("application/json");
                ([(CONTENT_TYPE, json)], body).into_response()
            }
            Err(error) => {
                tracing::error!(%error, "an answer cannot be written as JSON");
                Problem::internal().into_response()
            }
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes());
        serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs))
            .map(Self)
            .map_err(|error| {
                let path = error.path().to_string();
                wrong_shape("query", &path, &error.into_inner().to_string())
            })
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::from_status(StatusCode::PAYLOAD_TOO_LARGE),
            _ => Problem::bad_request("The request body could not be read."),
        })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) else {
        return false;
    };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn parse<T: DeserializeOwned>(declared: bool, body: &[u8]) -> Result<Json<T>, Problem> {
    if !declared {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send JSON, with the header `Content-Type: application/json`.",
        ));
    }
    if body.is_empty() {
        return Err(Problem::bad_request(
            "The request body is empty; JSON is expected.",
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        let message = without_position(&error);
        // A number too large for any type is well-formed JSON all the same.
        if error.classify() == Category::Data || message == "number out of range" {
            wrong_shape("body", &path, &message)
        } else {
            not_json(&error)
        }
    })?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(Json(value))
}

fn not_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    let what = without_position(error);
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_json",
        format!("The request body is not valid JSON (line {line}, column {column}): {what}."),
    )
}

fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

/// serde says what is wrong in words only, so the code and a missing field's name come from them.
fn wrong_shape(place: &str, path: &str, message: &str) -> Problem {
    let code = match message {
        m if m.starts_with("missing field") => "missing",
        m if m.starts_with("unknown field") => "unknown_field",
        m if m.starts_with("unknown variant") => "unknown_value",
        m if m.starts_with("invalid type") => "invalid_type",
        m if m.starts_with("duplicate field") => "duplicate_field",
        _ => "invalid",
    };
    let path = if path == "." { "" } else { path };
    let field = match (code, message.split('`').nth(1)) {
        ("missing" | "duplicate_field" | "unknown_field", Some(name)) if path.is_empty() => name,
        ("missing", Some(name)) => &format!("{path}.{name}"),
        _ if path.is_empty() => place,
        _ => path,
    };
    // The message may quote what was sent, which may be long.
    let field: String = field.chars().take(100).collect();
    let message: String = message.chars().take(200).collect();
    Problem::invalid(format!("{field}: {message}.")).field(&field, message, code)
}
