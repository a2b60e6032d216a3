//! How a process begins and ends: reading its command, listening, and one line when it cannot go on.

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::{Parser, error::ErrorKind};
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, lookup_host};

/// Every address of this machine: the servers' default.
pub const ANY: &str = "::";
/// How many connections wait to be accepted.
const BACKLOG: i32 = 1024;
/// How long somebody may take to read a process's last line.
const LAST_LINE: Duration = Duration::from_secs(2);

/// The process cannot listen where it was told to.
#[derive(Debug, thiserror::Error)]
pub enum CannotListen {
    /// The host is no address of this machine, nor the name of one.
    #[error("HOST: cannot listen on {host}: {cause}")]
    Host {
        /// As it was given.
        host: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The port is in use, or kept for others.
    #[error("{variable}: cannot listen on port {port} of {host}: {cause}")]
    Port {
        /// Where the port was read from.
        variable: &'static str,
        /// The port.
        port: u16,
        /// As it was given.
        host: String,
        /// What the system says.
        cause: io::Error,
    },
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
            say(
                io::stderr(),
                format!("{name}: {}", one_line(&error.to_string())),
            );
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

/// Binds a port, which was read from `variable`. `::` is every address of this machine, of both families where the kernel
/// has both. An IPv6 address may stand in brackets.
///
/// # Errors
/// When it is in use, or the address is not this machine's.
pub async fn listen(
    host: &str,
    port: u16,
    variable: &'static str,
) -> Result<TcpListener, CannotListen> {
    let name = host.trim();
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let name = bare.unwrap_or(name);
    let mut outcome = bind(name, port).await;
    if name == ANY && outcome.as_ref().is_err_and(|error| !is_about_port(error)) {
        // The kernel has no IPv6.
        outcome = bind("0.0.0.0", port).await;
    }
    let host = host.to_owned();
    outcome.map_err(|cause| {
        if is_about_port(&cause) {
            CannotListen::Port {
                variable,
                port,
                host,
                cause,
            }
        } else {
            CannotListen::Host { host, cause }
        }
    })
}

fn is_about_port(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
    )
}

async fn bind(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut outcome = Err(io::ErrorKind::AddrNotAvailable.into());
    for address in lookup_host((host, port)).await? {
        outcome = bind_address(address);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn bind_address(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        // Whatever the system's default is: `::` is IPv4 as well.
        socket.set_only_v6(false)?;
    }
    // A port that was in use a moment ago is free at once.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
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
            say(
                io::stderr(),
                format!("{name}: {}", in_words(error.as_ref())),
            );
            ExitCode::FAILURE
        }
    }
}

/// Says one line at the end of a process, which neither fails nor waits for ever when the line cannot be written.
pub fn say(mut to: impl Write + Send + 'static, line: String) {
    let (written, outcome) = mpsc::channel();
    let write = move || drop(written.send(writeln!(to, "{line}")));
    // Without a thread, the channel closes at once. It is left behind when it is not done in time.
    drop(thread::Builder::new().spawn(write));
    let _ = outcome.recv_timeout(LAST_LINE);
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
