//! The whole application on this machine: migrations, offline model, MCP server, backend, frontend.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, anyhow, ensure};

use crate::{
    binaries, database,
    environment::{
        Part::{self, Backend, Doctor, Frontend, Mcp, OfflineModel, Widget},
        Settings,
    },
    frontend, interruption,
    processes::{self, Running},
    terminal::{self, Step},
    workspace::Workspace,
};

/// How long a part may take to say whether it is ready.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// What serves, in the order of waiting, as the backend takes its keys from the frontend: the name that people know, after
/// which the log is named too, and where it says that it is ready.
const SERVERS: [(Part, &str, &str); 5] = [
    (OfflineModel, "offline model", "/health"),
    (Mcp, "MCP server", "/ready"),
    (Frontend, "frontend", "/api/health"),
    (Widget, "frontend widget", "/api/health"),
    (Backend, "backend", "/ready"),
];

/// All that must be known to start the application.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The checkout.
    pub workspace: &'a Workspace,
    /// What the parts are told.
    pub settings: Settings,
    /// The folder with the built programs.
    pub programs: PathBuf,
    /// The folder for the logs.
    pub logs: PathBuf,
    /// Whether the frontend is its development server.
    pub development: bool,
}

impl Plan<'_> {
    /// The command of a part that does `task`, with the environment that the part documents.
    ///
    /// # Errors
    /// When a secret cannot be read or made.
    pub fn command(&self, part: Part, task: &str) -> anyhow::Result<Command> {
        fs::create_dir_all(&self.logs)?;
        let mut command = match (part, task) {
            (Frontend, "serve") if self.development => {
                let arguments = ["dev", "--", "--hostname", "127.0.0.1"];
                frontend::script(self.workspace, &arguments)
            }
            (Frontend | Widget, "serve") => frontend::script(self.workspace, &["start"]),
            (Frontend | Widget, task) => frontend::script(self.workspace, &[task]),
            (OfflineModel, task) => self.program("todo-offline-model", task),
            (Mcp, task) => self.program("todo-mcp", task),
            (Backend | Doctor, task) => self.program("todo-backend", task),
        };
        self.settings.give(part, &mut command)?;
        Ok(command)
    }

    fn program(&self, name: &str, task: &str) -> Command {
        let mut command = Command::new(binaries::program(&self.programs, name));
        // Away from the root, whose `.env` is for this program to read.
        command.arg(task).current_dir(&self.logs);
        command
    }

    fn log(&self, name: &str) -> PathBuf {
        let name = name.to_lowercase().replace(' ', "-");
        self.logs.join(format!("{name}.log"))
    }

    fn migrate(&self, part: Part, log: &str, step: &mut Step) -> anyhow::Result<()> {
        let log = self.log(log);
        let done = processes::run(step, &mut self.command(part, "migrate")?, &log);
        done.map_err(|error| match database::explain(&log) {
            _ if error.is::<interruption::Interrupted>() => error,
            Some(sentence) => anyhow!("{sentence} (details are in {})", log.display()),
            None => error.context("the database could not be brought up to date"),
        })
    }
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
            plan.migrate(Backend, "migrate backend", step)?;
            plan.migrate(Frontend, "migrate frontend", step)
        })?;
        terminal::step("Starting", |step| {
            Self::serve(plan, &[OfflineModel, Mcp, Frontend, Widget, Backend], step)
        })
    }

    /// Starts those of the parts that the plan has addresses for, and waits until each is ready.
    ///
    /// # Errors
    /// When a part fails, with what is known about why.
    pub fn serve(plan: &Plan<'_>, parts: &[Part], step: &mut Step) -> anyhow::Result<Self> {
        let addresses = &plan.settings.addresses;
        let wanted = |(part, ..): &(Part, _, _)| {
            parts.contains(part)
                && addresses.serving.contains_key(part)
                && !(*part == OfflineModel && plan.settings.config.has_model())
        };
        let wanted = SERVERS.into_iter().filter(wanted);
        let mut application = Self::default();
        for (part, name, _) in wanted.clone() {
            let running = Running::start(name, &mut plan.command(part, "serve")?, &plan.log(name))?;
            application.parts.push(running);
        }
        for (running, (part, _, path)) in application.parts.iter_mut().zip(wanted) {
            running.wait_until_ready(step, || says_it_is_ready(addresses.of(part), path))?;
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
fn says_it_is_ready(port: u16, path: &str) -> anyhow::Result<()> {
    // Some servers listen on only one of the two addresses of `localhost`.
    let mut stream = TcpStream::connect(("localhost", port))
        .with_context(|| format!("nothing listens on port {port}"))?;
    stream.set_read_timeout(Some(ANSWER_LIMIT))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).context("no answer")?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head
        .split_ascii_whitespace()
        .nth(1)
        .unwrap_or("without HTTP");
    let body: String = body.chars().take(300).collect();
    ensure!(status == "200", "it answers {status} {}", body.trim());
    Ok(())
}
