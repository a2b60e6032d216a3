//! Starts the offline model or asks a running one whether it is well.

mod config;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use config::{Command, Config};
use offline_model::{Settings, router};
use service::shutdown::{self, Shutdown};
use service::{command, health, telemetry};

/// How long open answers may take to finish after the signal to stop: a stalled stream must not hold the process.
const FINISH: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match command::read() {
        Command::Serve(config) => serve(config).await,
        Command::Healthcheck { port } => healthcheck(port).await,
    };
    command::exit_code("todo-offline-model", ended)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    telemetry::init(&config.log_level, config.log_format).context("LOG_LEVEL")?;
    let listener = command::listen(&config.host, config.port)
        .await
        .context("PORT")?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let settings =
        Settings::default().with_token_delay(Duration::from_millis(config.token_delay_ms));
    let shutdown = Shutdown::on_signals(Duration::ZERO, FINISH);
    shutdown::serve(listener, router(settings), &shutdown).await?;
    Ok(())
}

async fn healthcheck(port: u16) -> anyhow::Result<()> {
    anyhow::ensure!(health::probe(port).await, "nothing answers on port {port}");
    Ok(())
}
