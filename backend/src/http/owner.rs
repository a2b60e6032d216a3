//! Whose data a request is about, and which row.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use service::{auth::CurrentUser, problem::Problem};

use crate::AppState;

/// The caller, who asked for the caller's own data: a handler that takes one can use it as the owner of everything it
/// touches. Another person's id in the path is 403.
#[derive(Debug, Clone)]
pub struct Owner(CurrentUser);

impl Owner {
    /// The id that every statement names.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id()
    }
}

impl FromRequestParts<AppState> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let user = CurrentUser::from_request_parts(parts, state).await?;
        user.owns(&parameter(parts, "user_id").await?)?;
        Ok(Self(user))
    }
}

/// The `{id}` of a path. What is not a number is 422; a number that cannot be an id is the id of nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Id(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parameter(parts, "id").await?;
        let digits = text.strip_prefix('-').unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = "The id must be a whole number.";
            return Err(Problem::invalid(message).field("id", message, "invalid"));
        }
        text.parse()
            .ok()
            .filter(|id| *id > 0)
            .map(Self)
            .ok_or_else(|| Problem::not_found("There is no such task or conversation."))
    }
}

async fn parameter(parts: &mut Parts, name: &str) -> Result<String, Problem> {
    let Path(mut parameters) = Path::<HashMap<String, String>>::from_request_parts(parts, &())
        .await
        .map_err(|_| Problem::not_found("There is nothing at this path."))?;
    parameters.remove(name).ok_or_else(|| {
        tracing::error!(name, "the route has no such parameter");
        Problem::internal()
    })
}
