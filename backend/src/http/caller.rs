//! Who asks, for what, and how: everything that handlers read from a request beside its body.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use http::{HeaderMap, request::Parts};
use service::{
    middleware::request_id,
    principal::{Kind, Principal},
    problem::Problem,
};
use store::{
    account,
    changes::{Author, Means},
};

use crate::{
    chat::{Question, TurnRequest, locale, time_zone},
    state::AppState,
};

/// The header by which a client says what it is.
const CLIENT: &str = "x-todo-client";
/// The longest `Idempotency-Key`, in characters.
const LONGEST_KEY: usize = 255;
/// What a key has to be.
pub(super) const KEY_RULE: &str = "The idempotency key must be 1 to 255 visible ASCII characters.";

/// The caller, who asked for the caller's own data: a handler that takes one can use it as the owner of everything it
/// touches. Another person's id in the path is 403.
#[derive(Debug, Clone)]
pub struct Owner(Principal);

impl Owner {
    /// The id that every statement names.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.user_id
    }
}

impl FromRequestParts<AppState> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let principal = principal(parts, state).await?;
        if account::is_deleted(&state.db, &principal.user_id) {
            return Err(Problem::unauthorized());
        }
        Ok(Self(principal))
    }
}

/// A person who signed in, for what no key and no connected app may do. It may be a person whose account is deleted: take
/// an [`Owner`] too where that matters.
#[derive(Debug, Clone)]
pub(super) struct SignedIn(Principal);

impl SignedIn {
    pub fn id(&self) -> &str {
        &self.0.user_id
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let principal = principal(parts, state).await?;
        if principal.kind != Kind::Session {
            return Err(Problem::forbidden(
                "Only you can do this, signed in on the page.",
            ));
        }
        Ok(Self(principal))
    }
}

async fn principal(parts: &mut Parts, state: &AppState) -> Result<Principal, Problem> {
    let principal = Principal::from_request_parts(parts, state).await?;
    // Where the path names nobody, the token does.
    if let Some(named) = parameter(parts, "user_id").await? {
        principal.owns(&named)?;
    }
    Ok(principal)
}

/// The `{id}` of a path. What is not a number is 422; a number that cannot be an id is the id of nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Id(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parameter(parts, "id").await?.unwrap_or_default();
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

async fn parameter(parts: &mut Parts, name: &str) -> Result<Option<String>, Problem> {
    let Path(mut parameters) = Path::<HashMap<String, String>>::from_request_parts(parts, &())
        .await
        .map_err(|_| Problem::not_found("There is nothing at this path."))?;
    Ok(parameters.remove(name))
}

/// An [`Owner`] with what the headers tell of the request: its key, its id, and the caller's time zone and language.
#[derive(Debug)]
pub(super) struct Caller {
    owner: Owner,
    headers: HeaderMap,
    request_id: String,
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self {
            owner: Owner::from_request_parts(parts, state).await?,
            headers: parts.headers.clone(),
            request_id: request_id(&parts.extensions).to_owned(),
        })
    }
}

impl Caller {
    pub fn id(&self) -> &str {
        self.owner.id()
    }

    /// Who changes something, and by what means: our own pages say that it is them.
    pub fn author(&self) -> Author<'_> {
        let page = self.headers.get(CLIENT).is_some_and(|name| name == "page");
        let means = if page { Means::Page } else { Means::Rest };
        Author::new(self.id(), means).client(self.owner.0.client.as_deref())
    }

    /// The client's key for the request, if it has one: the same again is not done again.
    pub fn key(&self) -> Result<Option<&str>, Problem> {
        let Some(value) = self.headers.get("idempotency-key") else {
            return Ok(None);
        };
        let key = value.to_str().ok().filter(|key| is_key(key));
        key.map(Some)
            .ok_or_else(|| Problem::invalid(KEY_RULE).field("Idempotency-Key", KEY_RULE, "invalid"))
    }

    /// What the caller asks of the chat.
    pub fn asks(&self, question: Question, key: Option<&str>) -> TurnRequest {
        let header = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        TurnRequest {
            owner: self.id().to_owned(),
            question,
            time_zone: time_zone(header("x-timezone")),
            locale: locale(header("accept-language")),
            request_id: self.request_id.clone(),
            key: key.map(str::to_owned),
        }
    }
}

/// Whether a text can be a key.
pub(super) fn is_key(text: &str) -> bool {
    (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
