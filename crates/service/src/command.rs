//! How a process begins and ends: reading its command, listening, and one line when it cannot go on.

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, error::ErrorKind};
use tokio::net::TcpListener;

/// The process cannot listen where it was told to.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {host}:{port}: {cause}")]
pub struct CannotListen {
    host: String,
    port: u16,
    cause: std::io::Error,
}

/// The command that this process was started with, from its arguments and its environment. A missing or malformed
/// value ends the process with exit code 2 and one line that names the variable.
#[must_use]
pub fn read<C: Parser>() -> C {
    C::try_parse().unwrap_or_else(|error| match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => error.exit(),
        _ => {
            let name = C::command().get_name().to_owned();
            eprintln!("{name}: {}", one_line(&error.to_string()));
            // Nothing has been started yet that would want to end in order.
            std::process::exit(2)
        }
    })
}

/// clap's message without the usage that follows it.
fn one_line(text: &str) -> String {
    let message = text.split("\n\n").next().unwrap_or_default();
    message
        .trim_start_matches("error:")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Binds a port.
///
/// # Errors
/// When it is in use, or the address is not this machine's.
pub async fn listen(host: &str, port: u16) -> Result<TcpListener, CannotListen> {
    TcpListener::bind((host, port))
        .await
        .map_err(|cause| CannotListen {
            host: host.to_owned(),
            port,
            cause,
        })
}

/// How the process ends: with 0, or with 1 and a line on standard error that says why.
#[must_use]
pub fn exit_code<E>(name: &str, ended: Result<(), E>) -> ExitCode
where
    E: AsRef<dyn Error + Send + Sync>,
{
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {}", in_words(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes. Many have their cause in their own words already, and it is said once.
fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !words.contains(&said) {
            words.push_str(": ");
            words.push_str(&said);
        }
        cause = error.source();
    }
    words
}
