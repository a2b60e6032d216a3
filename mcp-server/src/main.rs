//! The MCP server's process.

mod config;

use std::{process::ExitCode, time::Duration};

use anyhow::Context as _;
use config::{Command, Config};
use service::{
    command, health,
    shutdown::{self, Shutdown},
    telemetry,
};

/// How long open requests may take to finish after the signal to stop.
const FINISH: Duration = Duration::from_secs(25);

#[tokio::main]
async fn main() -> ExitCode {
    // It fails only when a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ended = match command::read() {
        Command::Serve(config) => serve(*config).await,
        Command::Healthcheck { port } => healthcheck(port).await,
    };
    command::exit_code("todo-mcp", ended)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let _log = telemetry::init(&config.log_level, config.log_format).context("LOG_LEVEL")?;
    let listener = command::listen(&config.host, config.port, "PORT").await?;
    let private = command::listen(&config.host, config.metrics_port, "METRICS_PORT").await?;
    let shutdown = Shutdown::on_signals(config.drain_delay(), FINISH);
    let peers = config.peers();
    let state = config.state(shutdown.clone())?;
    let db = state.db.clone();
    tokio::spawn({
        let db = db.clone();
        async move {
            loop {
                db.woken().await;
                peers.tell().await;
            }
        }
    });
    db.others_look_again();
    let metrics = telemetry::metrics_router(telemetry::metrics());
    tokio::spawn(shutdown::serve_private(private, metrics));
    tracing::info!(address = %listener.local_addr()?, "todo-mcp answers");
    shutdown::serve(listener, mcp_server::router(state), &shutdown).await?;
    db.close().await;
    tracing::info!("todo-mcp has ended");
    Ok(())
}

async fn healthcheck(port: u16) -> anyhow::Result<()> {
    anyhow::ensure!(health::probe(port).await, "nothing answers on port {port}");
    Ok(())
}
