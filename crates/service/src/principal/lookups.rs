//! What the checks ask a database. This crate knows none: each process answers over its own.

use std::pin::Pin;

/// What was found, if there is such a thing.
pub type Pending<'a, T> =
    Pin<Box<dyn Future<Output = Result<Option<T>, LookupFailed>> + Send + 'a>>;

/// The answer is not known now, which says nothing of the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database did not answer")]
pub struct LookupFailed;

/// A personal access token that is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalToken {
    /// The id of its row.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// What the person called it.
    pub name: Option<String>,
    /// What it may do, as it is stored.
    pub permissions: Option<String>,
    /// The second, since 1970, from which on it is not good any more.
    pub expires_at: Option<i64>,
}

/// A person's consent to what an app may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The app's name.
    pub client: Option<String>,
}

/// Answers what no credential says of itself.
pub trait Lookups: Send + Sync + 'static {
    /// The token of this hash; none when it is unknown, disabled or expired, or its owner is gone.
    fn personal_token<'a>(&'a self, hash: &'a str) -> Pending<'a, PersonalToken>;
    /// Whether a person's consent to an app still stands.
    fn grant<'a>(&'a self, user: &'a str, client: &'a str) -> Pending<'a, Grant>;
}
