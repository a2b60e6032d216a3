//! What the process reads from its arguments and environment.

use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use tracing_subscriber::filter::Targets;

/// OpenAI-compatible server that understands todo sentences by rule.
#[derive(Debug, Parser)]
#[command(name = "todo-offline-model", version)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Address to listen on.
    #[arg(long, env, default_value = "0.0.0.0", global = true)]
    pub host: String,

    /// Port to listen on; `healthcheck` asks this one.
    #[arg(long, env, default_value_t = 8002, global = true)]
    pub port: u16,

    /// Pause before each streamed token, in milliseconds.
    #[arg(long, env, default_value_t = 15, global = true)]
    pub token_delay_ms: u64,

    /// What to log: a level, or `target=level` pairs separated by commas.
    #[arg(long, env, default_value = "info", global = true)]
    pub log_level: Targets,

    /// How to log: `json` for machines, `text` for people.
    #[arg(long, env, default_value = "json", value_enum, global = true)]
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// What the process is started for.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Command {
    /// Answer requests until told to stop.
    Serve,
    /// Ask the server on this machine whether it is well; the exit code tells.
    Healthcheck,
}

impl Config {
    /// The pause before each streamed token.
    #[must_use]
    pub fn token_delay(&self) -> Duration {
        Duration::from_millis(self.token_delay_ms)
    }
}
