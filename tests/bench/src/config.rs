//! What the program is told.

use std::path::PathBuf;

use clap::Parser;

/// Measures built programs against a PostgreSQL server, and prints a table.
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Config {
    /// The folder with the built programs.
    #[arg(long)]
    pub(crate) programs: PathBuf,
    /// A PostgreSQL server on which a database may be made; the one named here is not touched.
    #[arg(long, hide_env_values = true)]
    pub(crate) database_url: String,
    /// The pgbench program; without it nothing is compared with it.
    #[arg(long)]
    pub(crate) pgbench: Option<PathBuf>,
    /// The built frontend (`.next`); without it the pages' sizes are left out.
    #[arg(long)]
    pub(crate) next: Option<PathBuf>,
    /// Rounds of load, each with both programs.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) rounds: u8,
    /// Seconds of each load in a round.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) seconds: u64,
}
