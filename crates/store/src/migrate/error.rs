//! Why a migration did not happen.

use crate::Error;

/// Why the schema was left as it was. Nothing is changed in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database cannot be reached or used.
    #[error(transparent)]
    Store(#[from] Error),
    /// The database is there and does not let us in; the sentence says why.
    #[error("{0}")]
    NoEntry(String),
    /// The tables found cannot be taken over; the sentence says what was found and what to do.
    #[error("{0}")]
    Refused(String),
    /// A migration failed, or was changed after it had been applied.
    #[error("the migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
