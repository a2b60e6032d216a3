//! The user's own database: finding out early, and in one sentence, that `DATABASE_URL` is wrong.

use std::{
    net::{TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use url::Url;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const POSTGRES_PORT: u16 = 5432;
const EMBEDDED: &str = "remove DATABASE_URL to use the embedded database";

/// The host and port of a database address; none in it means PostgreSQL's usual port. The address itself, which may
/// carry a password, is in no error.
///
/// # Errors
/// One sentence that says what to write.
pub fn address(url: &str) -> anyhow::Result<(String, u16)> {
    const FORM: &str =
        "DATABASE_URL is not a database address: write postgres://user:password@host:5432/database";
    let url = Url::parse(url.trim()).ok();
    let url = url.filter(|url| url.scheme().starts_with("postgres"));
    let url = url.context(FORM)?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.context(FORM)?.trim_matches(['[', ']']);
    Ok((host.to_owned(), url.port().unwrap_or(POSTGRES_PORT)))
}

/// Makes sure that something listens at the address.
///
/// # Errors
/// One sentence that says what to do.
pub fn require(url: &str) -> anyhow::Result<()> {
    let (host, port) = address(url)?;
    let found = (host.as_str(), port).to_socket_addrs();
    let mut addresses = found.with_context(|| {
        format!("there is no host `{host}`: correct the host in DATABASE_URL, or {EMBEDDED}")
    })?;
    ensure!(
        addresses.any(|address| TcpStream::connect_timeout(&address, CONNECT_LIMIT).is_ok()),
        "no database answers at {host}:{port}: start it, correct DATABASE_URL, or {EMBEDDED}"
    );
    Ok(())
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
        &["lookup", "enotfound", "eai_again", "service not known"],
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
