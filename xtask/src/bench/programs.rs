//! The programs on this machine: builds what is measured, starts a database, and hands both to the program in
//! `tests/bench`, which starts the built programs itself.
//!
//! The interface: `bench programs --programs <folder> --database-url <url> [--pgbench <program>] [--next <folder>] …`

use std::process::Command;

use crate::{
    binaries::{self, Profile},
    config::{self, Config},
    frontend, node,
    postgres::{Purpose, Server},
    processes,
    terminal::{self, Reported},
    workspace::Workspace,
};

/// Builds, starts PostgreSQL, measures.
///
/// # Errors
/// When something does not build or start, or the bench program fails.
pub fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    node::require()?;
    let programs = binaries::build(workspace, Profile::Static)?;
    frontend::install(workspace)?;
    frontend::build(workspace)?;
    let server = start_postgres(workspace)?;

    let mut command = bench(workspace, "programs");
    command
        .arg("--programs")
        .arg(&programs)
        .arg("--database-url")
        .arg(server.url());
    command
        .arg("--next")
        .arg(workspace.frontend().join(".next"));
    match config::program("pgbench") {
        Some(pgbench) => {
            command.arg("--pgbench").arg(pgbench);
        }
        None => println!(
            "pgbench is not installed (Debian's postgresql-contrib has it), so the comparison with it is skipped"
        ),
    }
    command.args(arguments);
    measure(&mut command)
}

/// The bench program, which cargo builds if need be.
pub(super) fn bench(workspace: &Workspace, task: &str) -> Command {
    let mut command = binaries::cargo(
        workspace,
        &[
            "run",
            "--quiet",
            "--locked",
            "--release",
            "-p",
            "bench",
            "--",
            task,
        ],
    );
    for name in Config::names() {
        command.env_remove(name);
    }
    command
}

/// Runs it, and shows what it says.
pub(super) fn measure(command: &mut Command) -> anyhow::Result<()> {
    println!("{}", terminal::bold("── measuring"));
    if processes::run_shown(command, |_| ())?.success() {
        Ok(())
    } else {
        Err(Reported.into())
    }
}

/// Commits reach the disk, as on a real server: otherwise creating would look cheaper than it is.
pub(super) fn start_postgres(workspace: &Workspace) -> anyhow::Result<Server> {
    Server::temporary(workspace, Purpose::Measure, "bench")
}
