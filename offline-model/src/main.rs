//! Starts the offline model or asks a running one whether it is well. Its configuration is read here and nowhere else.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser};
use offline_model::{Settings, router};
use service::shutdown::{self, Shutdown};
use service::telemetry::{self, LogFormat};
use service::{command, health};

/// How long open answers may take to finish after the signal to stop: a stalled stream must not hold the process.
const FINISH: Duration = Duration::from_secs(5);

/// OpenAI-compatible server that understands todo sentences by rule.
#[derive(Debug, Parser)]
#[command(name = "todo-offline-model", version)]
enum Command {
    /// Answer requests until told to stop.
    Serve(Config),
    /// Exit with 0 if the server on this machine answers, else with 1.
    Healthcheck {
        /// The server's port.
        #[arg(long, env, default_value_t = 8002)]
        port: u16,
    },
}

/// What `serve` needs.
#[derive(Debug, Args)]
struct Config {
    /// Address to listen on; `::` is every one, IPv4 and IPv6.
    #[arg(long, env, default_value = service::command::ANY)]
    host: String,
    /// Port to listen on.
    #[arg(long, env, default_value_t = 8002)]
    port: u16,
    /// Pause before each streamed token, in milliseconds.
    #[arg(long, env, default_value_t = 15)]
    token_delay_ms: u64,
    /// What to log: a level, or `target=level` pairs separated by commas.
    #[arg(long, env, default_value = "info")]
    log_level: String,
    /// How to log: `json` for machines, `text` for people.
    #[arg(long, env, default_value = "json")]
    log_format: LogFormat,
}

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match command::read() {
        Command::Serve(config) => serve(config).await,
        Command::Healthcheck { port } => healthcheck(port).await,
    };
    command::exit_code("todo-offline-model", ended)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let _log = telemetry::init(&config.log_level, config.log_format).context("LOG_LEVEL")?;
    let listener = command::listen(&config.host, config.port, "PORT").await?;
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
