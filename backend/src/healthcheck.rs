//! Questions an operator asks from an image without a shell: does that address answer, do the tools.

use std::{error::Error, time::Duration};

use anyhow::{Context as _, bail};
use http::StatusCode;
use reqwest::{Response, Url};

/// For the whole question.
const LIMIT: Duration = Duration::from_secs(5);
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// How much of an unhealthy answer is worth showing.
const SHOWN: usize = 1024;

/// Asks an address and takes nothing but 200 for health. Reads no more of the answer than it shows.
///
/// # Errors
/// With the reason, and the first kilobyte of an answer that is not 200.
pub async fn ask(url: &str) -> anyhow::Result<()> {
    let address = Url::parse(url).ok();
    let address = address.filter(|address| matches!(address.scheme(), "http" | "https"));
    let Some(address) = address else {
        bail!("--url is not an http or https address");
    };
    let place = shown(&address);
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT_LIMIT)
        .timeout(LIMIT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .context("the HTTP client cannot be made")?;
    let answer = match client.get(address).send().await {
        Ok(answer) => answer,
        Err(error) if error.is_timeout() => {
            bail!("{place} did not answer within {} seconds", LIMIT.as_secs())
        }
        Err(error) => bail!("{place} cannot be reached: {}", innermost(&error)),
    };
    let status = answer.status();
    if status == StatusCode::OK {
        return Ok(());
    }
    bail!("{place} answered {status}: {}", beginning(answer).await)
}

/// Without the credentials that an address may carry.
pub(crate) fn shown(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    let port = address.port().map(|port| format!(":{port}"));
    let (scheme, path) = (address.scheme(), address.path());
    format!("{scheme}://{host}{}{path}", port.unwrap_or_default())
}

async fn beginning(mut answer: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < SHOWN {
        let Ok(Some(chunk)) = answer.chunk().await else {
            break;
        };
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(SHOWN);
    let text = String::from_utf8_lossy(&bytes);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What a stranger sent must not steer the terminal it is shown on.
    line.replace(char::is_control, "\u{fffd}")
}

/// The innermost cause, which says what the outer ones only wrap: "connection refused", a name that is unknown.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
