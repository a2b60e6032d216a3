//! What can go wrong, as far as a caller can act on it.

use sqlx::error::DatabaseError;

use crate::{
    changes::{Reason, Refused},
    session::SharedSession,
};

/// What the database says of a row for a deleted account.
const ACCOUNT_DELETED: &str = "TD001";
/// How many tasks an error names.
const NAMED_MAX: usize = 5;

/// Why a store operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row, or it is somebody else's: the two look the same on purpose.
    #[error("not found")]
    NotFound,
    /// The input breaks a rule; nothing was changed.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// An idempotency key came again with another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// Every task that an undo was about was changed since; nothing was changed.
    #[error("{}", left_alone(.0))]
    NothingRestored(Vec<Refused>),
    /// The account is deleted; nothing can be read or written for it any more.
    #[error("the account is deleted")]
    AccountDeleted,
    /// Every connection was in use for as long as a request may wait (5 s).
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached; it may be back in a moment.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Option<sqlx::Error>),
    /// The database URL cannot be used. The message never holds the URL: it has a password in it.
    #[error("{0}")]
    Url(String),
    /// Anything else: a bug or a schema that does not fit. Log it; tell the client nothing.
    #[error("database error")]
    Database(#[source] sqlx::Error),
}

/// Input that breaks a rule of the domain. REST and MCP show it in the same words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The field of the request, such as `title`.
    pub field: &'static str,
    /// A stable word for programs, such as `too_long`.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

/// Why nothing was undone, in a sentence for people.
fn left_alone(refused: &[Refused]) -> String {
    let because = |refused: &Refused| {
        let why = match refused.reason {
            Reason::Changed => "was changed since",
            Reason::Gone => "was deleted since",
            Reason::Unreadable => "is stored in a form that cannot be read any more",
        };
        format!("“{}” {why}", refused.title)
    };
    let named: Vec<String> = refused.iter().take(NAMED_MAX).map(because).collect();
    let more = match refused.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("Nothing was undone: {}{more}.", named.join(", "))
}

impl Invalid {
    pub(crate) fn new(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field,
            code,
            message: message.into(),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(DatabaseError::code);
        if code.as_deref() == Some(ACCOUNT_DELETED) {
            Self::AccountDeleted
        } else if is_outage(&error) {
            Self::Unavailable(Some(error))
        } else {
            Self::Database(error)
        }
    }
}

/// Whether the failure says that the database is away, and not that the statement is wrong.
pub(crate) fn is_outage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Configuration(error) => error.is::<SharedSession>(),
        // SQLSTATE classes: 08 connection, 53 resources, 57P admin shutdown, 28 and 3D a server that is not set up
        // (yet) for us; 26 and 42P05 a session that does not have our prepared statements, or has somebody else's.
        // PostgreSQL appendix A.
        sqlx::Error::Database(e) => e.code().is_some_and(|code| {
            ["08", "26", "28", "3D", "42P05", "53", "57P"]
                .iter()
                .any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}

/// Whether a server is there, or will be, that does not accept connections yet.
pub(crate) fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P03"),
        _ => false,
    }
}
