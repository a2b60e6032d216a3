//! A real PostgreSQL server from npm's `embedded-postgres`, for machines that have none.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::{
    config::{self, Secrets},
    node,
    ports::Ports,
    processes::Running,
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
    /// Its process.
    pub running: Running,
    /// How to reach the database on it.
    pub url: String,
    /// Where it listens and what it serves, for people: without the password.
    pub place: String,
    temporary: Option<TempDir>,
}

impl Server {
    /// Serves the data in a folder, where it is made on first use and its password is kept.
    ///
    /// # Errors
    /// When it cannot be installed or started.
    pub fn kept(workspace: &Workspace, data: &Path, port: u16, log: &Path) -> anyhow::Result<Self> {
        let password = Secrets::kept_in(data).get("POSTGRES_PASSWORD")?;
        let command = command(workspace, Purpose::Keep)?;
        let what = "Starting PostgreSQL";
        Self::start(what, command, &data.join("postgres"), port, &password, log)
    }

    /// Serves a new database, of which nothing stays; its log is named for who uses it. The SQL files of a folder are run
    /// in it, if one is given.
    ///
    /// # Errors
    /// When it cannot be installed or started, or a statement fails.
    pub fn temporary(
        workspace: &Workspace,
        purpose: Purpose,
        user: &str,
        migrations: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let temporary = tempfile::Builder::new()
            .prefix("todo-postgres-")
            .tempdir()?;
        let folder = temporary.path().join("data");
        let (password, port) = (config::random()?, Ports::default().any()?);
        let mut command = command(workspace, purpose)?;
        command.envs(migrations.map(|folder| ("MIGRATIONS", folder)));
        let log = workspace.log(&format!("postgres-{user}"));
        let what = "Starting a temporary PostgreSQL";
        let mut server = Self::start(what, command, &folder, port, &password, &log)?;
        server.temporary = Some(temporary);
        Ok(server)
    }

    fn start(
        what: &str,
        mut command: Command,
        folder: &Path,
        port: u16,
        password: &str,
        log: &Path,
    ) -> anyhow::Result<Self> {
        command.arg(folder).arg(port.to_string());
        command.env("POSTGRES_PASSWORD", password);
        let running = terminal::step(what, |step| {
            let mut running = Running::start("PostgreSQL", &mut command, log).context(
                "set DATABASE_URL in .env to a server of your own, or run this as another user than root",
            )?;
            running.wait_until_ready(step, || {
                let is_ready = fs::read_to_string(log)?.contains("PostgreSQL is ready");
                ensure!(is_ready, "it does not say so");
                Ok(())
            })?;
            Ok(running)
        })?;
        Ok(Self {
            running,
            url: format!("postgres://todo:{password}@127.0.0.1:{port}/todo"),
            place: format!("127.0.0.1:{port} (data in {})", folder.display()),
            temporary: None,
        })
    }
}

/// The command that serves, all but the data's folder and the port.
fn command(workspace: &Workspace, purpose: Purpose) -> anyhow::Result<Command> {
    let folder = "xtask/postgres";
    node::install(workspace, folder)?;
    let mut command = Command::new("node");
    #[cfg(unix)]
    if fs::metadata("/proc/self").is_ok_and(|this| std::os::unix::fs::MetadataExt::uid(&this) == 0)
    {
        // PostgreSQL refuses root. `nobody` keeps root's way into every folder, since the packages and the data may be
        // where no other account can go, and its right to make programs executable; `no_setuid_fixup` makes access(2)
        // respect the former.
        command = Command::new("setpriv");
        let rights = "+dac_override,+fowner";
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.args(["--securebits=+no_setuid_fixup", "--inh-caps", rights]);
        command.args(["--ambient-caps", rights, "--", "node"]);
    }
    command.arg(workspace.root().join(folder).join("serve.mjs"));
    command.arg(format!("{purpose:?}")).env("LC_ALL", "C");
    Ok(command)
}
