//! The whole application on this machine: migrations, offline model, MCP server, backend, frontend.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, anyhow, ensure};

use crate::{
    binaries,
    config::{Config, Secrets},
    database,
    environment::{
        Addresses,
        Part::{self, Backend, Frontend, Mcp, OfflineModel},
        Plan,
    },
    frontend, interruption,
    ports::Ports,
    postgres::{Purpose, Server},
    processes::{self, Running},
    terminal::{self, Step},
    workspace::Workspace,
};

/// How long a part may take to say whether it is ready.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// What one person may ask of the chat: in tests, one asks a great deal.
const LIMITS: &str =
    "CHAT_REQUESTS_PER_MINUTE CHAT_REQUESTS_PER_DAY CHAT_TOKENS_PER_MINUTE CHAT_TOKENS_PER_DAY";

/// Runs tests against the application, built and started like `up` does, on other ports and with a database of its own,
/// the offline model and nothing of the user's own, whatever `.env` says.
///
/// # Errors
/// When the application cannot be built or started, or the tests fail.
pub fn for_tests(
    workspace: &Workspace,
    name: &str,
    tests: impl FnOnce(&Plan<'_>, &mut Ports) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let programs = binaries::build(workspace, false)?;
    frontend::build(workspace)?;
    let server = Server::temporary(workspace, Purpose::Test, name, None)?;
    let secrets = tempfile::tempdir()?;
    let mut ports = Ports::default();
    let plan = Plan {
        workspace,
        config: Config::of(LIMITS.split(' ').map(|limit| (limit, "0"))),
        secrets: Secrets::kept_in(secrets.path()),
        database_url: server.url.clone(),
        addresses: Addresses::any(&mut ports)?,
        programs,
        logs: workspace.target().join("xtask").join(name),
        development: false,
    };
    let _application = Application::start(&plan)?;
    tests(&plan, &mut ports)
}

/// What people know a part as, after which its log is named too; its program; and where it says that it is ready.
fn known(part: Part) -> (&'static str, &'static str, &'static str) {
    match part {
        OfflineModel => ("offline model", "todo-offline-model", "/health"),
        Mcp => ("MCP server", "todo-mcp", "/ready"),
        Frontend => ("frontend", "npm", "/api/health"),
        Backend => ("backend", "todo-backend", "/ready"),
    }
}

/// The command of a part that does `task`, with the environment that the part documents.
///
/// # Errors
/// When a secret cannot be read or made.
pub fn command(plan: &Plan<'_>, part: Part, task: &str) -> anyhow::Result<Command> {
    fs::create_dir_all(&plan.logs)?;
    let (_, program, _) = known(part);
    let mut command = match (part, task) {
        (Frontend, "serve") if plan.development => {
            frontend::script(plan.workspace, &["dev", "--", "--hostname", "127.0.0.1"])
        }
        (Frontend, "serve") => frontend::script(plan.workspace, &["start"]),
        (Frontend, task) => frontend::script(plan.workspace, &[task]),
        _ => Command::new(binaries::program(&plan.programs, program)),
    };
    if part != Frontend {
        // Away from the root, whose `.env` is for this program to read.
        command.arg(task).current_dir(&plan.logs);
    }
    plan.give(part, &mut command)?;
    Ok(command)
}

fn migrate(plan: &Plan<'_>, part: Part, log: &str, step: &mut Step) -> anyhow::Result<()> {
    let log = plan.logs.join(log);
    let done = processes::run(step, &mut command(plan, part, "migrate")?, &log);
    let said = || fs::read_to_string(&log).unwrap_or_default();
    done.map_err(|error| match database::cause(&said()) {
        _ if error.is::<interruption::Interrupted>() => error,
        Some(sentence) => anyhow!("{sentence} (details are in {})", log.display()),
        None => error.context("the database could not be brought up to date"),
    })
}

/// The running application. Dropping it ends it.
#[derive(Debug, Default)]
pub struct Application {
    parts: Vec<Running>,
}

impl Application {
    /// Migrates the database, starts every part that is needed and waits until each is ready.
    ///
    /// # Errors
    /// When a part fails, with what is known about why.
    pub fn start(plan: &Plan<'_>) -> anyhow::Result<Self> {
        terminal::step("Bringing the database up to date", |step| {
            migrate(plan, Backend, "migrate-backend.log", step)?;
            migrate(plan, Frontend, "migrate-frontend.log", step)
        })?;
        // The backend, which takes its keys from the frontend, is waited for last.
        let parts = [OfflineModel, Mcp, Frontend, Backend];
        let parts = if plan.config.has_model() {
            &parts[1..]
        } else {
            &parts
        };
        terminal::step("Starting", |step| Self::serve(plan, parts, step))
    }

    /// Starts some of the parts and waits until each is ready.
    ///
    /// # Errors
    /// When a part fails, with what is known about why.
    pub fn serve(plan: &Plan<'_>, parts: &[Part], step: &mut Step) -> anyhow::Result<Self> {
        let mut application = Self::default();
        for part in parts {
            let mut command = command(plan, *part, "serve")?;
            let (name, ..) = known(*part);
            let log = format!("{}.log", name.to_lowercase().replace(' ', "-"));
            let running = Running::start(name, &mut command, &plan.logs.join(log))?;
            application.parts.push(running);
        }
        for (running, part) in application.parts.iter_mut().zip(parts) {
            let (.., path) = known(*part);
            running.wait_until_ready(step, || is_ready(plan.addresses.of(*part), path))?;
        }
        Ok(application)
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
        for running in &mut self.parts {
            running.ask_to_end();
        }
    }
}

/// Asks over plain HTTP whether what listens there is ready.
///
/// # Errors
/// What it answers, if it answers.
pub fn is_ready(port: u16, path: &str) -> anyhow::Result<()> {
    // Some servers listen on only one of the two addresses of `localhost`.
    let mut stream = TcpStream::connect(("localhost", port))
        .with_context(|| format!("nothing listens on port {port}"))?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).context("no answer")?;
    let answer = String::from_utf8_lossy(&answer);
    let mut lines = answer.lines();
    let status = lines.next().unwrap_or_default();
    let body = lines.last().unwrap_or_default();
    ensure!(status.contains(" 200 "), "it answers {status}: {body}");
    Ok(())
}
