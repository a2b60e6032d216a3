//! The one form every error answer has: RFC 9457 problem details.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};

/// An error answer. Its text is for the client: causes belong in the log, written by whoever
/// turns them into a problem.
///
/// The request id is filled in by [`crate::middleware::wrap`]; without it the answer has none.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    members: Map<String, Value>,
}

#[derive(Clone, Debug, Serialize)]
struct FieldError {
    field: String,
    message: String,
    code: &'static str,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl Problem {
    /// `code` is what programs compare, `detail` a sentence for people.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
            members: Map::new(),
        }
    }

    /// Says which input field is wrong; may be called several times.
    #[must_use]
    pub fn field(mut self, field: &str, message: impl Into<String>, code: &'static str) -> Self {
        self.errors.push(FieldError {
            field: field.to_owned(),
            message: message.into(),
            code,
        });
        self
    }

    /// Adds a member of its own to the document, such as the id of what the problem is about.
    #[must_use]
    pub fn member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Sets `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Sets a header of the answer, in place of an earlier one of that name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.retain(|(present, _)| *present != name);
        self.headers.push((name, value));
        self
    }

    /// The one 401: whatever is wrong with a token, the answer is the same.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Sign in to do this.",
        )
        .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 400: the request cannot be read at all.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// 403: the caller is known and may not.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404, for what does not exist and for what belongs to somebody else.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 422: readable, but a rule is broken. Add the fields with [`Problem::field`].
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// 503: something we depend on is away; `retry_after` in seconds.
    pub fn unavailable(detail: impl Into<String>, retry_after: u32) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(retry_after)
    }

    /// A bare 500. The caller logs the cause.
    #[must_use]
    pub fn internal() -> Self {
        Self::from_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The general problem of a status, for answers that say no more than their status.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        let (code, detail) = match status.as_u16() {
            400 => ("bad_request", "The request could not be understood."),
            401 => return Self::unauthorized(),
            403 => ("forbidden", "You may not do this."),
            404 => ("not_found", "There is nothing at this address."),
            405 => (
                "method_not_allowed",
                "This address does not answer this method.",
            ),
            408 | 504 => ("timeout", "This took too long. Please try again."),
            409 => ("conflict", "This does not fit the present state."),
            413 => ("too_large", "The request is too large."),
            415 => (
                "unsupported_media_type",
                "This content type is not understood here.",
            ),
            422 => ("invalid", "The request breaks a rule."),
            429 => (
                "too_many_requests",
                "Too many requests. Please wait a little.",
            ),
            500 => (
                "internal",
                "Something went wrong on our side. Please try again.",
            ),
            503 => return Self::unavailable("Not available right now. Please try again.", 5),
            _ => ("error", "The request could not be answered."),
        };
        Self::new(status, code, detail)
    }

    pub(crate) fn with_detail(mut self, detail: String) -> Self {
        self.detail = detail;
        self
    }

    /// Puts this problem, with the request's id, in place of whatever body `response` has; the
    /// headers set on the way out (CORS, `Allow`) stay.
    pub(crate) fn render_into(self, response: &mut Response, request_id: Option<&str>) {
        let document = Document {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            request_id,
            errors: &self.errors,
            members: &self.members,
        };
        // Strings and numbers only: this cannot fail.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        *response.status_mut() = self.status;
        *response.body_mut() = Body::from(body);
        let headers = response.headers_mut();
        headers.remove(CONTENT_LENGTH);
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        self.clone().render_into(&mut response, None);
        response.extensions_mut().insert(self);
        response
    }
}
