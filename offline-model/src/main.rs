//! Starts the offline model or asks a running one whether it is well.
use std::io::IsTerminal as _;

use anyhow::Context as _;
use clap::Parser as _;
use offline_model::config::{Command, Config, LogFormat};
use offline_model::{Settings, health, serve};
use tokio::net::TcpListener;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    match config.command {
        Command::Healthcheck => health::check(config.port).context("not healthy"),
        Command::Serve => run(&config),
    }
}

#[tokio::main]
async fn run(config: &Config) -> anyhow::Result<()> {
    let lines = tracing_subscriber::fmt::layer();
    let lines = match config.log_format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Text => lines.with_ansi(std::io::stdout().is_terminal()).boxed(),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(config.log_level.clone()))
        .init();
    let address = (config.host.as_str(), config.port);
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {}:{}; set HOST or PORT to a free one",
            config.host, config.port
        )
    })?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let settings = Settings::default().with_token_delay(config.token_delay());
    serve(listener, settings, terminated())
        .await
        .context("the server ended early")
}

/// Resolves on Ctrl-C and, where there is one, on SIGTERM.
async fn terminated() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupted => {}
        }
        return;
    }
    let _ = interrupted.await;
}
