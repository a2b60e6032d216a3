//! Errors in the protocol's form, which reads `message`.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::RETRY_AFTER};
use serde_json::json;

use crate::chat::{CannotPress, Refusal};

/// An operation that is not done.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    message: String,
    retry_after: Option<u32>,
}

impl Refused {
    pub fn new(status: StatusCode, message: &str) -> Self {
        Self {
            status,
            message: message.to_owned(),
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(2),
        }
    }

    pub fn bad(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub fn no_such_thread() -> Self {
        Self::new(StatusCode::NOT_FOUND, "This conversation no longer exists.")
    }

    pub fn no_such_item() -> Self {
        Self::new(StatusCode::NOT_FOUND, "This item does not exist.")
    }
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        match error {
            E::NotFound => Self::no_such_thread(),
            E::AccountDeleted => Self::new(StatusCode::UNAUTHORIZED, "This account is deleted."),
            E::Busy | E::Unavailable(_) => {
                tracing::warn!(%error, "a conversation cannot be read");
                let message = "The conversations cannot be reached. Try again in a moment.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
            }
            error => {
                tracing::error!(%error, "a query failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong. Try again.",
                )
            }
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let refused = Self::new(refusal.status(), &refusal.to_string());
        match refusal {
            Refusal::Limited { retry_after, .. } => Self {
                retry_after: Some(retry_after),
                ..refused
            },
            _ => refused,
        }
    }
}

impl From<CannotPress> for Refused {
    fn from(error: CannotPress) -> Self {
        match error {
            CannotPress::NoWidget => Self::no_such_item(),
            CannotPress::Refused(refusal) => refusal.into(),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "message": self.message }))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
