//! The user's own database: finding out early, and in one sentence, that `DATABASE_URL` is wrong.

use std::{
    fs,
    net::{TcpStream, ToSocketAddrs as _},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, bail};

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const POSTGRES_PORT: u16 = 5432;

/// The host and port of a database address; none in it means PostgreSQL's usual port. The address itself, which may
/// carry a password, is in no error.
///
/// # Errors
/// One sentence that says what to write.
pub fn address(url: &str) -> anyhow::Result<(String, u16)> {
    const FORM: &str =
        "DATABASE_URL is not a database address: write postgres://user:password@host:5432/database";
    let (scheme, rest) = url.trim().split_once("://").context(FORM)?;
    if !scheme.starts_with("postgres") {
        bail!(FORM);
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let authority = rest.get(..end).context(FORM)?;
    let server = authority
        .rsplit_once('@')
        .map_or(authority, |(_, server)| server);
    let (host, port) = match server
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => server
            .split_once(':')
            .map_or((server, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        bail!(FORM);
    }
    let port = port.map_or(Ok(POSTGRES_PORT), str::parse).context(FORM)?;
    Ok((host.to_owned(), port))
}

/// Makes sure that something listens at the address.
///
/// # Errors
/// One sentence that says what to do.
pub fn require(url: &str) -> anyhow::Result<()> {
    let (host, port) = address(url)?;
    let Ok(addresses) = (host.as_str(), port).to_socket_addrs() else {
        bail!(
            "there is no host `{host}`: correct the host in DATABASE_URL, or remove DATABASE_URL to use the embedded database"
        );
    };
    for address in addresses {
        if TcpStream::connect_timeout(&address, CONNECT_LIMIT).is_ok() {
            return Ok(());
        }
    }
    bail!(
        "no database answers at {host}:{port}: start it, correct DATABASE_URL, or remove DATABASE_URL to use the embedded database"
    )
}

/// What a failed migration's output means for who wrote `DATABASE_URL`, if it is about that.
#[must_use]
pub fn explain(log: &Path) -> Option<String> {
    Some(cause(&fs::read_to_string(log).ok()?)?.to_owned())
}

/// What a failed migration says, in one sentence for who wrote `DATABASE_URL`, if it is about that.
#[must_use]
pub fn cause(output: &str) -> Option<&'static str> {
    let text = output.to_lowercase();
    let said = |sign: &&str| sign.split('…').all(|part| text.contains(part));
    let cause = CAUSES.iter().find(|(signs, _)| signs.iter().any(said));
    cause.map(|(_, sentence)| *sentence)
}

/// What is found in a failed migration's output, and what it means; the first that fits counts.
const CAUSES: &[(&[&str], &str)] = &[
    // It is told as a refusal of the user, but is none: without encryption nobody is let in.
    (
        &["no encryption", "connection is insecure"],
        "the server accepts encrypted connections only: add `?sslmode=require` to DATABASE_URL",
    ),
    (
        &["authentication failed", "28p01", "28000"],
        "the database refuses the user or password in DATABASE_URL: correct them",
    ),
    (
        &["3d000", "database \"…does not exist"],
        "the database that DATABASE_URL names does not exist on its server: create it, or correct the name",
    ),
    (
        &["permission denied", "42501"],
        "the user in DATABASE_URL may not create tables in that database: grant it that right, or use its owner",
    ),
    (
        &[
            "lookup",
            "enotfound",
            "eai_again",
            "name or service not known",
        ],
        "there is no host of that name: correct the host in DATABASE_URL",
    ),
    (
        &["refused", "timed out", "etimedout", "unreachable"],
        "no database answers at the address in DATABASE_URL: start it, or correct host and port",
    ),
    (
        &["tls", "ssl", "certificate"],
        "the encrypted connection to the database failed: check `sslmode` in DATABASE_URL",
    ),
];
