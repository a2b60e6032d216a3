//! Liveness: does the process answer.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::json::Json;

#[derive(Clone, Copy, Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
}

/// `GET /health` and `GET /api/health`. They touch nothing but the process.
pub fn router(version: &'static str) -> Router {
    let health = move || async move {
        Json(Health {
            status: "ok",
            version,
        })
    };
    Router::new()
        .route("/health", get(health))
        .route("/api/health", get(health))
}

/// Whether the process on this machine's `port` answers `GET /health` with 200 within two seconds.
/// For a binary's `healthcheck` subcommand, in images that have no shell and no curl.
pub async fn probe(port: u16) -> bool {
    // Of either family, whatever the server listens on.
    let addresses = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ];
    let request = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
    tokio::time::timeout(Duration::from_secs(2), ask(&addresses, request))
        .await
        .is_ok_and(|answer| answer.is_ok_and(|head| head.starts_with(b"HTTP/1.1 200")))
}

/// Sends the head of a request, without its end, to the first of the addresses that can be reached. The answer's first bytes are
/// its status.
pub(crate) async fn ask(addresses: &[SocketAddr], request: &str) -> std::io::Result<[u8; 12]> {
    let mut stream = TcpStream::connect(addresses).await?;
    let request = format!("{request}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    Ok(head)
}
