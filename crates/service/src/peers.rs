//! The backends, as the other processes on the same database see them. Whoever wakes the database tells them, because their
//! `LISTEN` went with its sleep.

use std::{io, time::Duration};

use tokio::{net::lookup_host, time::timeout};

use crate::health::ask;

/// Where siblings are told, on their private port: it says that the database is awake, and does no harm when that is not true,
/// for whoever listens then merely wakes it.
pub const AWAKE: &str = "/awake";

/// How long a sibling may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// Replicas of one service; more would be a mistake in the configuration.
const PEERS_MAX: usize = 64;

/// Where the backends are.
#[derive(Debug, Clone)]
pub struct Peers {
    addresses: Vec<String>,
}

impl Peers {
    /// `addresses` are `host:port` of private ports, also as URLs; a name with several addresses, such as a headless Service,
    /// is every one of them.
    #[must_use]
    pub fn new(addresses: &[String]) -> Self {
        let addresses = addresses.iter().map(|url| {
            let address = url.trim();
            let address = address.strip_prefix("http://").unwrap_or(address);
            address.trim_end_matches('/').to_owned()
        });
        Self {
            addresses: addresses.filter(|address| !address.is_empty()).collect(),
        }
    }

    /// Tells each of them that the database is awake.
    pub async fn tell(&self) {
        for name in &self.addresses {
            let Ok(found) = lookup_host(name.as_str()).await else {
                tracing::warn!(peer = %name, "this sibling has no address");
                continue;
            };
            for address in found.take(PEERS_MAX) {
                let request =
                    format!("POST {AWAKE} HTTP/1.1\r\nHost: {name}\r\nContent-Length: 0\r\n");
                let told = timeout(ANSWER, ask(&[address], &request)).await;
                let told = told.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                if let Err(error) = told {
                    tracing::debug!(%address, %error, "a sibling did not answer");
                }
            }
        }
    }
}
