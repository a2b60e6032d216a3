//! The keys that tokens are signed with, and the address where the backend finds the public one.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::json;

/// Secret to nobody: for processes on this machine, for the time of a run.
pub(crate) const SECRET: &str = "a secret of the benchmark, for processes on this machine only";

const KEY_SET: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"bench","x":"6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw"}]}"#;
/// What stands before the 32 bytes of an Ed25519 key in PKCS #8.
const PKCS8: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
/// The private half of `KEY_SET`.
const SEED: [u8; 32] = [7; 32];

/// How a token is signed.
#[derive(Clone, Copy)]
pub(crate) enum Signature<'a> {
    /// With a shared secret (HS256).
    Secret(&'a str),
    /// As the frontend signs them (`EdDSA`).
    KeyPair,
}

/// What the MCP server is called where access tokens are made for it; they are from the same origin.
pub(crate) const RESOURCE: &str = "http://localhost:8001/mcp";
pub(crate) const ISSUER: &str = "http://localhost:8001";
/// The app that everybody has connected.
pub(crate) const APP: &str = "bench";

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

/// A token that outlives the run. An issuer issues for its own audience.
pub(crate) fn token(
    user: &str,
    issuer: Option<&str>,
    signature: Signature<'_>,
) -> anyhow::Result<String> {
    let exp = in_an_hour()?;
    let (header, key) = match signature {
        Signature::Secret(secret) => (
            Header::default(),
            EncodingKey::from_secret(secret.as_bytes()),
        ),
        Signature::KeyPair => key_pair(),
    };
    let claims = Claims {
        sub: user,
        exp,
        iss: issuer,
        aud: issuer,
    };
    jsonwebtoken::encode(&header, &claims, &key).context("a token could not be signed")
}

/// An access token of an app that the person connected.
pub(crate) fn access_token(user: &str) -> anyhow::Result<String> {
    let (mut header, key) = key_pair();
    header.typ = Some("at+jwt".to_owned());
    let claims = json!({
        "iss": ISSUER, "aud": RESOURCE, "sub": user, "exp": in_an_hour()?,
        "client_id": APP, "scope": "tasks:read tasks:write",
    });
    jsonwebtoken::encode(&header, &claims, &key).context("a token could not be signed")
}

/// The personal access token of a person whose id is a number.
pub(crate) fn personal_token(user: &str) -> String {
    service::principal::personal_token(&format!("{user:0>43}"))
}

fn key_pair() -> (Header, EncodingKey) {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some("bench".to_owned());
    let pair = [PKCS8.as_slice(), SEED.as_slice()].concat();
    (header, EncodingKey::from_ed_der(&pair))
}

fn in_an_hour() -> anyhow::Result<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(now.as_secs() + 3_600)
}

/// Answers every request with the public key, for as long as the process lives; tells the port. A thread of its own,
/// because the backend may ask while this program waits for it.
pub(crate) fn publish() -> std::io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A backend that was killed while it asked is of no concern.
            let _ = answer(stream);
        }
    });
    Ok(port)
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let _ = stream.read(&mut [0; 4096])?;
    let length = KEY_SET.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(format!("{head}{KEY_SET}").as_bytes())
}
