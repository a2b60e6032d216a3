//! Which processor cores the measured programs, the load and the database run on: with `taskset`, so on Linux.

use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use clap::Args;

use crate::{database::Database, table::Table};

/// Cores, as `taskset` takes them: `0`, `2,3` or `4-7`.
#[derive(Debug, Args)]
pub(crate) struct Cores {
    /// The cores of what is measured
    #[arg(long = "server-cores", value_name = "CORES", default_value = "0")]
    server: String,
    /// The cores of what asks: this program and pgbench
    #[arg(long = "load-cores", value_name = "CORES", default_value = "1")]
    load: String,
    /// The database's cores; without it those of the load
    #[arg(long = "database-cores", value_name = "CORES")]
    database: Option<String>,
}

impl Cores {
    /// Moves this program and the database to their cores; tells those for what is measured.
    pub(crate) async fn share(
        &self,
        database: &Database,
        table: &mut Table,
    ) -> anyhow::Result<Option<String>> {
        if let Err(error) = pin(&self.load, std::process::id()) {
            table.note(format!(
                "Cores: shared by everything, since there is no choice: {error:#}."
            ));
            return Ok(None);
        }
        let (server, load) = (&self.server, &self.load);
        let cores = self.database.as_ref().unwrap_or(load);
        let is_here = self.pin_database(cores, database).await?;
        let database = if is_here { cores } else { "elsewhere" };
        table.note(format!(
            "Cores: what is measured {server}, load and pgbench {load}, database {database}."
        ));
        Ok(Some(self.server.clone()))
    }

    /// New sessions inherit the cores of the process that makes them. False if the database is not on this machine.
    async fn pin_database(&self, cores: &str, database: &Database) -> anyhow::Result<bool> {
        let processes = "select jsonb_agg(pid) from pg_stat_activity";
        let processes: Vec<u32> = serde_json::from_value(database.value(processes).await?)?;
        let Some(maker) = processes.iter().find_map(|process| maker(*process)) else {
            return Ok(false);
        };
        pin(cores, maker)?;
        for process in processes {
            // One that has ended since needs no cores.
            let _ = pin(cores, process);
        }
        Ok(true)
    }
}

/// The server that made this process, if both are PostgreSQL's on this machine.
fn maker(process: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (name, rest) = stat.rsplit_once(')')?;
    let parent = rest.split_whitespace().nth(1)?;
    name.ends_with("(postgres").then(|| parent.parse().ok())?
}

fn pin(cores: &str, process: u32) -> anyhow::Result<()> {
    let output = Command::new("taskset")
        .args(["--all-tasks", "--cpu-list", "--pid", cores])
        .arg(process.to_string())
        .stdin(Stdio::null())
        .output()
        .context("taskset does not start")?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", error.trim());
    Ok(())
}
