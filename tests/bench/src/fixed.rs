//! A yardstick for HTTP: an axum server that answers the same bytes from memory, whatever it is asked.

use std::{net::SocketAddr, path::PathBuf};

use axum::{Router, http::header::CONTENT_TYPE};
use clap::Args;
use tokio::net::TcpListener;

/// What is answered, and where.
#[derive(Debug, Args)]
pub(crate) struct Fixed {
    /// The file with the answer's body
    #[arg(long)]
    pub(crate) body: PathBuf,
    #[arg(long, env)]
    pub(crate) port: u16,
}

/// Answers until the process is ended.
pub(crate) async fn serve(config: &Fixed) -> anyhow::Result<()> {
    let body: &'static [u8] = std::fs::read(&config.body)?.leak();
    let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], config.port))).await?;
    axum::serve(listener, Router::new().fallback(answer)).await?;
    Ok(())
}
