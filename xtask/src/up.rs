//! `cargo xtask up`: everything on this machine, until Ctrl-C.

use std::{collections::BTreeMap, fs::File, path::Path, thread, time::Duration};

use anyhow::{Context as _, anyhow};

use crate::{
    application::Application,
    args::Up,
    binaries,
    config::{Config, Secrets},
    database,
    environment::{
        Addresses,
        Part::{Backend, Frontend, Mcp, OfflineModel},
        Plan,
    },
    frontend, interruption, node,
    ports::Ports,
    postgres::Server,
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
    let own_database = config.get("DATABASE_URL").map(str::to_owned);
    if let Some(url) = &own_database {
        database::require(url)?;
    }

    let programs = binaries::build(workspace, options.release)?;
    if options.dev {
        node::install(workspace, "frontend")?;
    } else {
        frontend::build(workspace)?;
    }

    let logs = data.join("logs");
    // Dropped, and so ended, in the opposite order: the application before its database.
    let mut server = None;
    let database_url = if let Some(url) = own_database {
        url
    } else {
        let port = ports.choose(options.postgres_port, 5433, "--postgres-port")?;
        let log = logs.join("postgres.log");
        let kept = Server::kept(workspace, &data, port, &log)?;
        server.insert(kept).url.clone()
    };
    let plan = Plan {
        workspace,
        config,
        secrets: Secrets::kept_in(&data),
        database_url,
        addresses,
        programs,
        logs,
        development: options.dev,
    };
    let mut application = Application::start(&plan)?;
    print_summary(&plan, server.as_ref());

    while interruption::signals() == 0 {
        // Without its database the rest may end too; that is the cause, then.
        let database = server.as_mut().map(|server| server.running.must_run());
        let ended = database
            .unwrap_or(Ok(()))
            .and_then(|()| application.must_run());
        ended.map_err(|ended| anyhow!("{ended}\n{AGAIN}"))?;
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
    file.try_lock().context(
        "`cargo xtask up` is already running in this checkout: end it with Ctrl-C first",
    )?;
    Ok(file)
}

fn addresses(ports: &mut Ports, options: &Up) -> anyhow::Result<Addresses> {
    let mut choose =
        |part, wanted, usual, option| anyhow::Ok((part, ports.choose(wanted, usual, option)?));
    Ok(Addresses {
        serving: BTreeMap::from([
            choose(Frontend, Some(options.port), 3000, "--port")?,
            choose(Backend, options.backend_port, 8000, "--backend-port")?,
            choose(Mcp, options.mcp_port, 8001, "--mcp-port")?,
            choose(OfflineModel, options.model_port, 8002, "--model-port")?,
        ]),
        metrics: BTreeMap::from([
            choose(Backend, None, 9090, "")?,
            choose(Mcp, None, 9091, "")?,
        ]),
    })
}

fn print_summary(plan: &Plan<'_>, server: Option<&Server>) {
    let (config, addresses) = (&plan.config, &plan.addresses);
    let database = server.map_or("DATABASE_URL", |server| &server.place);
    let offline = addresses.url(OfflineModel);
    let (kind, model) = if config.has_model() {
        let model = config.get("OPENAI_BASE_URL").unwrap_or("OpenAI");
        ("model        ", model)
    } else {
        ("offline model", offline.as_str())
    };
    let metrics: Vec<_> = addresses.metrics.values().map(u16::to_string).collect();
    println!(
        "
  database       {database}
  {kind}  {model}
  MCP server     {}
  backend        {} (metrics on {})
  logs           {}

Open {}   (Ctrl-C ends everything)",
        addresses.mcp(),
        addresses.url(Backend),
        metrics.join(" and "),
        plan.logs.display(),
        terminal::bold(&addresses.origin())
    );
}
