//! The backend's process.

mod config;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use backend::{chat, http};
use config::{Command, Config, Healthcheck, ModelOptions};
use service::{
    command, health,
    shutdown::{self, Shutdown},
    telemetry,
};

/// How long open requests and running turns may take to finish after the signal to stop.
const FINISH: Duration = Duration::from_secs(25);

#[tokio::main]
async fn main() -> ExitCode {
    // It fails only when a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ended = match command::read() {
        Command::Serve(config) => serve(*config).await,
        Command::Migrate(database) => migrate(database.direct_url()).await,
        Command::Openapi => print_openapi(),
        Command::Doctor(model) => examine(*model).await,
        Command::Healthcheck(healthcheck) => ask(healthcheck).await,
    };
    command::exit_code("todo-backend", ended)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let _log = telemetry::init(&config.log_level, config.log_format).context("LOG_LEVEL")?;
    let listener = command::listen(&config.host, config.port, "PORT").await?;
    let private = command::listen(&config.host, config.metrics_port, "METRICS_PORT").await?;
    let shutdown = Shutdown::on_signals(config.drain_delay(), FINISH);
    let peers = config.peers();
    let origins = config.cors_origins.clone();
    let state = config.state(shutdown.clone())?;
    let db = state.db.clone();
    let tokens = state.tokens.clone();
    tokio::spawn(async move { tokens.await_keys().await });
    let metrics = telemetry::metrics_router(telemetry::metrics());
    let private_routes = metrics.merge(backend::private_router(state.events.clone()));
    tokio::spawn(shutdown::serve_private(private, private_routes));
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
    tracing::info!(address = %listener.local_addr()?, "todo-backend answers");
    let router = http::cors::allow(backend::router(state), &origins);
    let router = router.map_err(anyhow::Error::msg).context("CORS_ORIGINS")?;
    shutdown::serve(listener, router, &shutdown).await?;
    db.close().await;
    tracing::info!("todo-backend has ended");
    Ok(())
}

async fn migrate(url: &str) -> anyhow::Result<()> {
    let done = store::migrate(url).await?;
    let adopted = if done.adopted {
        ", after taking over an earlier release's tables"
    } else {
        ""
    };
    let line = format!("{} migrations applied{adopted}", done.applied);
    command::say(io::stdout(), line);
    Ok(())
}

fn print_openapi() -> anyhow::Result<()> {
    let (_, document) = http::routes().split_for_parts();
    Ok(io::stdout().write_all(http::docs::to_json(&document).as_bytes())?)
}

async fn examine(model: ModelOptions) -> anyhow::Result<()> {
    let limits = model.limits();
    let healthy = backend::doctor::examine(model.config()?, limits, &mut io::stdout()).await?;
    ensure!(healthy, "something does not fit, see above");
    Ok(())
}

async fn ask(asked: Healthcheck) -> anyhow::Result<()> {
    if let Some(url) = &asked.url {
        return backend::healthcheck::ask(url).await;
    }
    if !asked.mcp {
        let port = asked.port;
        ensure!(health::probe(port).await, "nothing answers on port {port}");
        return Ok(());
    }
    let url = &asked.mcp_server_url;
    match chat::tool_names(url, asked.mcp_key()?).await {
        Ok(tools) => {
            let line = format!("{} tools: {}", tools.len(), tools.join(", "));
            command::say(io::stdout(), line);
        }
        Err(error) => bail!("no tools from the MCP server at {url}: {error}"),
    }
    Ok(())
}
