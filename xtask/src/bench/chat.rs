//! The chat on this machine: builds the programs, starts a database, and hands both to the program in `tests/bench`.
//!
//! The interface: `bench chat --programs <folder> --turns <number> [--seed <number>] [--only <part>]…`, the database in
//! the environment.

use super::programs;
use crate::{
    args::MeasuredChat,
    binaries::{self, Profile},
    node,
    workspace::Workspace,
};

/// Builds, starts PostgreSQL, measures.
///
/// # Errors
/// When something does not build or start, or a turn broke a promise.
pub fn run(workspace: &Workspace, options: &MeasuredChat) -> anyhow::Result<()> {
    node::require()?;
    let built = binaries::build(workspace, Profile::Static)?;
    let server = programs::start_postgres(workspace)?;
    let mut command = programs::bench(workspace, "chat");
    command
        .arg("--programs")
        .arg(&built)
        .args(["--turns", &options.turns.to_string()])
        .env("BENCH_DATABASE_URL", server.url());
    if let Some(seed) = options.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    for part in &options.only {
        command.args(["--only", part.name()]);
    }
    programs::measure(&mut command)
}
