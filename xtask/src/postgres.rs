//! A real PostgreSQL server from npm's `embedded-postgres`, for machines that have none.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;
use tempfile::TempDir;

use crate::{
    node,
    ports::Ports,
    processes::Running,
    secrets::{self, Secrets},
    terminal,
    workspace::Workspace,
};

/// What a server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Keeping data: every commit is on the disk.
    Keep,
    /// Measuring: as [`Purpose::Keep`], with room for many connections.
    Measure,
    /// Tests: may lose everything in a crash, which makes it quick, with room for many connections.
    Test,
}

/// A running server on 127.0.0.1 with the database `todo`. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    // Dropped, and so ended, before the folder, which may be temporary.
    running: Running,
    folder: PathBuf,
    password: String,
    port: u16,
    _temporary: Option<TempDir>,
}

impl Server {
    /// Serves the data in a folder, where it is made on first use and its password is kept.
    ///
    /// # Errors
    /// When it cannot be installed or started.
    pub fn kept(workspace: &Workspace, data: &Path, port: u16, log: &Path) -> anyhow::Result<Self> {
        let password = Secrets::kept_in(data).get("POSTGRES_PASSWORD")?;
        let folder = data.join("postgres");
        install(workspace)?;
        let mut command = command(workspace, Purpose::Keep, &folder, port, &password);
        Ok(Self {
            running: start("Starting PostgreSQL", &mut command, log)?,
            folder,
            password,
            port,
            _temporary: None,
        })
    }

    /// Serves a new database, of which nothing stays; its log is named for who uses it.
    ///
    /// # Errors
    /// When it cannot be installed or started.
    pub fn temporary(workspace: &Workspace, purpose: Purpose, user: &str) -> anyhow::Result<Self> {
        Self::migrated(workspace, purpose, user, None)
    }

    /// As [`Server::temporary`], with the SQL files of a folder run in the database.
    ///
    /// # Errors
    /// When it cannot be installed or started, or a statement fails.
    pub fn migrated(
        workspace: &Workspace,
        purpose: Purpose,
        user: &str,
        migrations: Option<&Path>,
    ) -> anyhow::Result<Self> {
        install(workspace)?;
        let temporary = tempfile::Builder::new()
            .prefix("todo-postgres-")
            .tempdir()?;
        let folder = temporary.path().join("data");
        let (password, port) = (secrets::random()?, Ports::default().any()?);
        let mut command = command(workspace, purpose, &folder, port, &password);
        command.envs(migrations.map(|folder| ("MIGRATIONS", folder)));
        let log = workspace.log(&format!("postgres-{user}"));
        Ok(Self {
            running: start("Starting a temporary PostgreSQL", &mut command, &log)?,
            folder,
            password,
            port,
            _temporary: Some(temporary),
        })
    }

    /// How to reach the database on it.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "postgres://todo:{}@127.0.0.1:{}/todo",
            self.password, self.port
        )
    }

    /// Where it listens and what it serves, for people: without the password.
    #[must_use]
    pub fn place(&self) -> String {
        format!(
            "127.0.0.1:{} (data in {})",
            self.port,
            self.folder.display()
        )
    }

    /// The process, to watch and to end.
    pub fn running(&mut self) -> &mut Running {
        &mut self.running
    }
}

fn install(workspace: &Workspace) -> anyhow::Result<()> {
    node::install(workspace, &folder(workspace), "PostgreSQL")
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root().join("xtask").join("postgres")
}

fn command(
    workspace: &Workspace,
    purpose: Purpose,
    data: &Path,
    port: u16,
    password: &str,
) -> Command {
    let mut command = node();
    command
        .arg(folder(workspace).join("serve.mjs"))
        .arg(data)
        .args([port.to_string(), format!("{purpose:?}")])
        .env("LC_ALL", "C")
        .env("POSTGRES_PASSWORD", password);
    command
}

/// Node, under an account that PostgreSQL runs under: it refuses root. `nobody` keeps root's way into every folder, since
/// the packages and the data may be where no other account can go, and its right to make programs executable;
/// `no_setuid_fixup` makes access(2) respect the former.
#[cfg(unix)]
fn node() -> Command {
    if !nix::unistd::geteuid().is_root() {
        return Command::new("node");
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "--securebits=+no_setuid_fixup",
        "--inh-caps=+dac_override,+fowner",
        "--ambient-caps=+dac_override,+fowner",
        "--",
        "node",
    ]);
    command
}

#[cfg(not(unix))]
fn node() -> Command {
    Command::new("node")
}

fn start(step: &str, command: &mut Command, log: &Path) -> anyhow::Result<Running> {
    terminal::step(step, |step| {
        let mut running = Running::start("PostgreSQL", command, log).context(
            "set DATABASE_URL in .env to a server of your own, or run this as another user than root",
        )?;
        running.wait_until_ready(step, || {
            let log = fs::read_to_string(log).unwrap_or_default();
            let ready = log.contains("PostgreSQL is ready");
            ready
                .then_some(())
                .ok_or_else(|| "it does not say so".to_owned())
        })?;
        Ok(running)
    })
}
