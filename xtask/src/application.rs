//! The whole application on this machine: migrations, offline model, MCP server, backend, frontend.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};

use crate::{
    binaries,
    config::Config,
    database, frontend, interruption,
    ports::Ports,
    processes::{self, END_LIMIT, Ending, Running},
    readiness,
    secrets::Secrets,
    terminal::Step,
    workspace::Workspace,
};

pub(crate) mod environment;

const READY_LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);

/// Where each part listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// Frontend: the page to open.
    pub frontend: u16,
    /// Backend.
    pub backend: u16,
    /// Backend's metrics.
    pub backend_metrics: u16,
    /// MCP server.
    pub mcp: u16,
    /// MCP server's metrics.
    pub mcp_metrics: u16,
    /// Offline model.
    pub model: u16,
    /// The same frontend once more, with OpenAI's chat configured: for tests.
    pub widget: Option<u16>,
}

impl Addresses {
    /// Free ports for everything.
    ///
    /// # Errors
    /// When the machine has no free ports.
    pub fn any(ports: &mut Ports) -> anyhow::Result<Self> {
        Ok(Self {
            frontend: ports.any()?,
            backend: ports.any()?,
            backend_metrics: ports.any()?,
            mcp: ports.any()?,
            mcp_metrics: ports.any()?,
            model: ports.any()?,
            widget: None,
        })
    }

    /// The origin that the browser sees.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.frontend)
    }
}

/// All that must be known to start the application.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The checkout.
    pub workspace: &'a Workspace,
    /// What the user set.
    pub config: &'a Config,
    /// The folder with the built programs.
    pub programs: PathBuf,
    /// The database to use.
    pub database_url: String,
    /// Secrets that the user did not set.
    pub secrets: Secrets,
    /// Where each part listens.
    pub addresses: Addresses,
    /// The folder for the logs.
    pub logs: PathBuf,
    /// How the frontend is run.
    pub frontend: frontend::Mode,
}

impl Plan<'_> {
    /// Whether the user set a model; if not, the offline one is started.
    #[must_use]
    pub fn has_model(&self) -> bool {
        environment::has_model(self.config)
    }

    fn program(&self, name: &str, verb: &str) -> Command {
        let mut command = Command::new(binaries::program(&self.programs, name));
        // Away from the root, whose `.env` is for this program to read.
        command.arg(verb).current_dir(&self.logs);
        command
    }
}

/// The running application. Dropping it ends it.
#[derive(Debug, Default)]
pub struct Application {
    parts: Vec<Running>,
}

/// A part to start, and where to ask whether it is ready.
struct Part {
    name: &'static str,
    log: &'static str,
    command: Command,
    port: u16,
    ready: &'static str,
}

impl Application {
    /// Migrates the database, starts every part and waits until each is ready.
    ///
    /// # Errors
    /// When a part fails, with what is known about why.
    pub fn start(plan: &Plan<'_>) -> anyhow::Result<Self> {
        fs::create_dir_all(&plan.logs)
            .with_context(|| format!("cannot make {}", plan.logs.display()))?;
        migrate(plan)?;
        let mut step = Step::start("Starting");
        let mut application = Self::default();
        match application.start_parts(plan, &mut step) {
            Ok(()) => step.done(""),
            Err(error) => {
                step.failed();
                return Err(error);
            }
        }
        Ok(application)
    }

    fn start_parts(&mut self, plan: &Plan<'_>, step: &mut Step) -> anyhow::Result<()> {
        let parts = parts(plan)?;
        let mut waiting = Vec::new();
        for Part {
            name,
            log,
            mut command,
            port,
            ready,
        } in parts
        {
            let log = plan.logs.join(log);
            self.parts
                .push(Running::start(name, &mut command, &log, Ending::Terminate)?);
            waiting.push((name, port, ready));
        }
        let started = Instant::now();
        while let Some((name, port, path)) = waiting.first().copied() {
            self.must_run()?;
            interruption::check()?;
            let answer = readiness::ask(port, path);
            if matches!(answer, Ok((200, _))) {
                waiting.remove(0);
                continue;
            }
            if started.elapsed() > READY_LIMIT {
                let answer = answer.map_or_else(
                    |error| error.to_string(),
                    |(status, body)| format!("it answers {status} {body}"),
                );
                bail!(
                    "the {name} was not ready after {} s ({answer}); its log is in {}",
                    READY_LIMIT.as_secs(),
                    plan.logs.display()
                );
            }
            step.tick(|| format!("waiting for the {name}"));
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// An error once a part has ended by itself.
    ///
    /// # Errors
    /// Which part ended and the end of its log.
    pub fn must_run(&mut self) -> anyhow::Result<()> {
        self.parts.iter_mut().try_for_each(Running::must_run)
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        for part in &mut self.parts {
            part.ask_to_end();
        }
        let asked = Instant::now();
        for part in &mut self.parts {
            part.wait_for_end(END_LIMIT.saturating_sub(asked.elapsed()));
        }
    }
}

fn parts(plan: &Plan<'_>) -> anyhow::Result<Vec<Part>> {
    let addresses = &plan.addresses;
    let mut parts = Vec::new();
    if !plan.has_model() {
        let mut command = plan.program("todo-offline-model", "serve");
        environment::offline_model(plan.config, plan.addresses.model, &mut command);
        let (port, ready) = (addresses.model, "/health");
        parts.push(Part {
            name: "offline model",
            log: "offline-model.log",
            command,
            port,
            ready,
        });
    }

    let mut command = plan.program("todo-mcp", "serve");
    environment::mcp_server(plan, &mut command)?;
    let (port, ready) = (addresses.mcp, "/ready");
    parts.push(Part {
        name: "MCP server",
        log: "mcp-server.log",
        command,
        port,
        ready,
    });

    // Before the backend in the list to be waited for, because the backend takes its keys from there.
    let mut command = match plan.frontend {
        frontend::Mode::Built => frontend::script(plan.workspace, "start"),
        frontend::Mode::Development => {
            let mut command = frontend::script(plan.workspace, "dev");
            command.args(["--", "--hostname", "127.0.0.1"]);
            command
        }
    };
    environment::frontend(plan, &mut command)?;
    let (port, ready) = (addresses.frontend, "/api/health");
    parts.push(Part {
        name: "frontend",
        log: "frontend.log",
        command,
        port,
        ready,
    });

    if let Some(port) = addresses.widget {
        let mut command = frontend::script(plan.workspace, "start");
        environment::frontend(plan, &mut command)?;
        command
            .env("PORT", port.to_string())
            .env("CHATKIT_DOMAIN_KEY", "domain_pk_test");
        parts.push(Part {
            name: "frontend with OpenAI's chat",
            log: "frontend-widget.log",
            command,
            port,
            ready: "/api/health",
        });
    }

    let mut command = plan.program("todo-backend", "serve");
    environment::backend(plan, &mut command)?;
    let (port, ready) = (addresses.backend, "/ready");
    parts.push(Part {
        name: "backend",
        log: "backend.log",
        command,
        port,
        ready,
    });
    Ok(parts)
}

fn migrate(plan: &Plan<'_>) -> anyhow::Result<()> {
    let mut step = Step::start("Bringing the database up to date");
    let mut backend = plan.program("todo-backend", "migrate");
    environment::backend(plan, &mut backend)?;
    let mut frontend = frontend::script(plan.workspace, "migrate");
    environment::frontend(plan, &mut frontend)?;
    let result = run_migration(
        &mut step,
        &mut backend,
        &plan.logs.join("migrate-backend.log"),
    )
    .and_then(|()| {
        run_migration(
            &mut step,
            &mut frontend,
            &plan.logs.join("migrate-frontend.log"),
        )
    });
    match result {
        Ok(()) => step.done(""),
        Err(_) => step.failed(),
    }
    result
}

fn run_migration(step: &mut Step, command: &mut Command, log: &Path) -> anyhow::Result<()> {
    processes::run(step, command, log).map_err(|error| {
        if error.is::<interruption::Interrupted>() {
            return error;
        }
        match database::explain(log) {
            Some(sentence) => anyhow!("{sentence} (details are in {})", log.display()),
            None => error.context("the database could not be brought up to date"),
        }
    })
}
