//! The whole application on this machine: migrations, offline model, MCP server, backend, frontend.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::anyhow;

use crate::{
    binaries,
    config::Config,
    database, environment,
    frontend::{self, Mode},
    interruption,
    ports::Ports,
    processes::{self, END_LIMIT, Running},
    readiness,
    secrets::Secrets,
    terminal::{self, Step},
    workspace::Workspace,
};

/// A part of the application, as a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The built-in model.
    OfflineModel,
    /// The tools of the model.
    Mcp,
    /// Pages and sign-in.
    Frontend,
    /// The same frontend once more, with OpenAI's chat configured: for tests.
    Widget,
    /// REST and chat.
    Backend,
    /// The backend's program as it tries a model; serves nothing.
    Doctor,
}

impl Part {
    /// What serves, in the order of waiting: the backend takes its keys from the frontend.
    const SERVERS: [Self; 5] = [
        Self::OfflineModel,
        Self::Mcp,
        Self::Frontend,
        Self::Widget,
        Self::Backend,
    ];

    /// What people know it as, and where it says that it is ready. Its log is named alike.
    fn name_and_ready(self) -> (&'static str, &'static str) {
        match self {
            Self::OfflineModel => ("offline model", "/health"),
            Self::Mcp => ("MCP server", "/ready"),
            Self::Frontend => ("frontend", "/api/health"),
            Self::Widget => ("frontend widget", "/api/health"),
            Self::Backend | Self::Doctor => ("backend", "/ready"),
        }
    }
}

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
    /// The second frontend, if it is wanted.
    pub widget: Option<u16>,
}

impl Addresses {
    /// Free ports for everything but the second frontend.
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

    /// The port of a part.
    #[must_use]
    pub fn of(&self, part: Part) -> u16 {
        match part {
            Part::OfflineModel => self.model,
            Part::Mcp => self.mcp,
            Part::Frontend => self.frontend,
            Part::Widget => self.widget.unwrap_or_default(),
            Part::Backend | Part::Doctor => self.backend,
        }
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
    pub frontend: Mode,
}

impl Plan<'_> {
    /// The command of a part that does `task`, with the environment that the part documents.
    ///
    /// # Errors
    /// When a secret cannot be read or made.
    pub fn command(&self, part: Part, task: &str) -> anyhow::Result<Command> {
        let mut command = match (part, task) {
            (Part::Frontend, "serve") if self.frontend == Mode::Development => {
                let mut command = frontend::script(self.workspace, "dev");
                command.args(["--", "--hostname", "127.0.0.1"]);
                command
            }
            (Part::Frontend | Part::Widget, "serve") => frontend::script(self.workspace, "start"),
            (Part::Frontend | Part::Widget, task) => frontend::script(self.workspace, task),
            (Part::OfflineModel, task) => self.program("todo-offline-model", task),
            (Part::Mcp, task) => self.program("todo-mcp", task),
            (Part::Backend | Part::Doctor, task) => self.program("todo-backend", task),
        };
        environment::give(self, part, &mut command)?;
        Ok(command)
    }

    fn program(&self, name: &str, task: &str) -> Command {
        let mut command = Command::new(binaries::program(&self.programs, name));
        // Away from the root, whose `.env` is for this program to read.
        command.arg(task).current_dir(&self.logs);
        command
    }

    fn log(&self, name: &str) -> PathBuf {
        self.logs
            .join(format!("{}.log", name.to_lowercase().replace(' ', "-")))
    }
}

/// The running application. Dropping it ends it.
#[derive(Debug, Default)]
pub struct Application {
    parts: Vec<(Part, Running)>,
}

impl Application {
    /// Migrates the database, starts every part and waits until each is ready.
    ///
    /// # Errors
    /// When a part fails, with what is known about why.
    pub fn start(plan: &Plan<'_>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&plan.logs)?;
        terminal::step("Bringing the database up to date", |step| {
            for (part, log) in [
                (Part::Backend, "migrate backend"),
                (Part::Frontend, "migrate frontend"),
            ] {
                migrate(&mut plan.command(part, "migrate")?, &plan.log(log), step)?;
            }
            Ok(())
        })?;
        let wanted = |part: &Part| match part {
            Part::OfflineModel => !plan.config.has_model(),
            Part::Widget => plan.addresses.widget.is_some(),
            _ => true,
        };
        terminal::step("Starting", |step| {
            Self::serve(plan, Part::SERVERS.into_iter().filter(wanted), step)
        })
    }

    /// Starts some of the parts and waits until each is ready.
    ///
    /// # Errors
    /// When a part fails, with what is known about why.
    pub fn serve(
        plan: &Plan<'_>,
        parts: impl IntoIterator<Item = Part>,
        step: &mut Step,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&plan.logs)?;
        let mut application = Self::default();
        for part in parts {
            let (name, _) = part.name_and_ready();
            let running = Running::start(name, &mut plan.command(part, "serve")?, &plan.log(name))?;
            application.parts.push((part, running));
        }
        for (part, running) in &mut application.parts {
            let (_, ready) = part.name_and_ready();
            let port = plan.addresses.of(*part);
            running.wait_until_ready(step, || match readiness::ask(port, ready) {
                Ok((200, _)) => Ok(()),
                Ok((status, body)) => Err(format!("it answers {status} {body}")),
                Err(error) => Err(error.to_string()),
            })?;
        }
        Ok(application)
    }

    /// An error once a part has ended by itself.
    ///
    /// # Errors
    /// Which part ended and the end of its log.
    pub fn must_run(&mut self) -> anyhow::Result<()> {
        self.parts
            .iter_mut()
            .try_for_each(|(_, running)| running.must_run())
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        for (_, running) in &mut self.parts {
            running.ask_to_end();
        }
        let asked = Instant::now();
        for (_, running) in &mut self.parts {
            running.wait_for_end(END_LIMIT.saturating_sub(asked.elapsed()));
        }
    }
}

fn migrate(command: &mut Command, log: &Path, step: &mut Step) -> anyhow::Result<()> {
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
