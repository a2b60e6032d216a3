//! `cargo xtask up`: everything on this machine, until Ctrl-C.

use std::{
    fs::{File, TryLockError},
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};

use crate::{
    application::{Addresses, Application, Plan},
    args::Up,
    binaries::{self, Profile},
    config::Config,
    database,
    frontend::{self, Mode},
    interruption, node,
    ports::Ports,
    postgres::Server,
    secrets::Secrets,
    terminal,
    workspace::Workspace,
};

const POLL: Duration = Duration::from_millis(100);
const AGAIN: &str = "Everything else was ended too. Run `cargo xtask up` again; if it happens again, the log named above tells why.";

/// Builds and starts everything, and ends it on Ctrl-C.
///
/// # Errors
/// When something cannot be built or started, or ends by itself: what, why, and what to do.
pub fn run(workspace: &Workspace, options: &Up) -> anyhow::Result<()> {
    let config = Config::load(workspace.root())?;
    let data = workspace.data()?;
    let _lock = lock(&data)?;
    node::require()?;
    let mut ports = Ports::default();
    let addresses = addresses(&mut ports, options)?;
    if let Some(url) = config.get("DATABASE_URL") {
        database::require(url)?;
    }

    let profile = if options.release {
        Profile::Release
    } else {
        Profile::Development
    };
    let programs = binaries::build(workspace, profile)?;
    let mode = if options.dev {
        frontend::install(workspace)?;
        Mode::Development
    } else {
        frontend::build(workspace)?;
        Mode::Built
    };

    let logs = data.join("logs");
    // Dropped, and so ended, in the opposite order: the application before its database.
    let mut server = None;
    let database_url = if let Some(url) = config.get("DATABASE_URL") {
        url.to_owned()
    } else {
        let port = ports.choose(options.postgres_port, 5433, "--postgres-port")?;
        let log = logs.join("postgres.log");
        server
            .insert(Server::kept(workspace, &data, port, &log)?)
            .url()
    };
    let plan = Plan {
        workspace,
        config: &config,
        programs,
        database_url,
        secrets: Secrets::kept_in(&data),
        addresses,
        logs,
        frontend: mode,
    };
    let mut application = Application::start(&plan)?;
    print_summary(&plan, server.as_ref());

    while !interruption::requested() {
        let database = server
            .as_mut()
            .map_or(Ok(()), |server| server.running().must_run());
        // Without its database the rest may end too; that is the cause, then.
        database
            .and_then(|()| application.must_run())
            .map_err(|ended| anyhow!("{ended}\n{AGAIN}"))?;
        thread::sleep(POLL);
    }
    println!();
    terminal::step("Ending everything", |_| {
        drop(application);
        drop(server);
        Ok(())
    })
}

/// One `up` per checkout: two would use one database folder and one set of logs.
fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("`cargo xtask up` is already running in this checkout: end it with Ctrl-C first")
        }
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the data folder"),
    }
}

fn addresses(ports: &mut Ports, options: &Up) -> anyhow::Result<Addresses> {
    Ok(Addresses {
        frontend: ports.exactly(options.port, "--port")?,
        backend: ports.choose(options.backend_port, 8000, "--backend-port")?,
        mcp: ports.choose(options.mcp_port, 8001, "--mcp-port")?,
        model: ports.choose(options.model_port, 8002, "--model-port")?,
        backend_metrics: ports.choose(None, 9090, "")?,
        mcp_metrics: ports.choose(None, 9091, "")?,
        widget: None,
    })
}

fn print_summary(plan: &Plan<'_>, server: Option<&Server>) {
    let addresses = &plan.addresses;
    println!();
    match server {
        Some(server) => println!("  database       {}", server.place()),
        None => println!("  database       DATABASE_URL"),
    }
    if plan.config.has_model() {
        println!(
            "  model          {}",
            plan.config.get("OPENAI_BASE_URL").unwrap_or("OpenAI")
        );
    } else {
        println!("  offline model  http://127.0.0.1:{}", addresses.model);
    }
    println!("  MCP server     http://127.0.0.1:{}/mcp", addresses.mcp);
    println!(
        "  backend        http://127.0.0.1:{} (metrics on {} and {})",
        addresses.backend, addresses.backend_metrics, addresses.mcp_metrics
    );
    println!("  logs           {}", plan.logs.display());
    println!();
    println!(
        "Open {}   (Ctrl-C ends everything)",
        terminal::bold(&addresses.origin())
    );
}
