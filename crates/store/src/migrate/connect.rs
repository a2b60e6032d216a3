//! Waiting for a database that wakes or starts, and not for one that will never let us in.

use std::{io::ErrorKind, time::Duration};

use sqlx::{PgConnection, postgres::PgConnectOptions};
use tokio::time::{Instant, sleep, timeout};

use super::error::MigrateError;
use crate::{Error, session::Sessions};

/// How long a database may take to be there: a suspended compute wakes, one that starts beside us comes up.
const PATIENCE: Duration = Duration::from_secs(20);
/// One attempt; what hangs for longer is tried anew.
const ATTEMPT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(500);

/// A connection, as soon as there is one.
pub(super) async fn connect(options: PgConnectOptions) -> Result<PgConnection, MigrateError> {
    let sessions = Sessions::new(options);
    let end = Instant::now() + PATIENCE;
    loop {
        let attempt = timeout(ATTEMPT, sessions.connect()).await;
        let error = match attempt {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) if !may_pass(&error) => return Err(no_entry(error)),
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        if Instant::now() > end {
            return Err(Error::Unavailable(error).into());
        }
        sleep(PAUSE).await;
    }
}

/// Whether the same attempt may succeed a little later.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        // A certificate that is not good is invalid data to the socket.
        sqlx::Error::Io(error) => error.kind() != ErrorKind::InvalidData,
        // Starting up, shutting down, too many connections.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57P") || code == "53300"),
        _ => false,
    }
}

/// In words for whoever set the address. What the database says has no password in it.
fn no_entry(error: sqlx::Error) -> MigrateError {
    let sqlx::Error::Database(refusal) = &error else {
        return match error {
            sqlx::Error::Tls(_) | sqlx::Error::Io(_) => MigrateError::NoEntry(format!(
                "the database's TLS cannot be used: {}",
                innermost(&error)
            )),
            sqlx::Error::Configuration(why) => MigrateError::NoEntry(format!("{why}.")),
            error => Error::Unavailable(Some(error)).into(),
        };
    };
    let said = refusal.message().trim_end_matches('.');
    let code = refusal.code().unwrap_or_default();
    // A pooler has a code of its own for a wrong password.
    MigrateError::NoEntry(if wants_tls(said) {
        format!(
            "the server accepts TLS only: add ?sslmode=require to the database's address ({said})."
        )
    } else if code.starts_with("28") || code == "08P01" {
        format!("the database refused the user or the password: {said}.")
    } else if code == "3D000" {
        format!("{said}; create it, or correct the address.")
    } else {
        format!("the database refused the connection: {said}.")
    })
}

/// PostgreSQL of any age, and Neon.
fn wants_tls(said: &str) -> bool {
    ["no encryption", "SSL off", "connection is insecure"]
        .iter()
        .any(|sign| said.contains(sign))
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
