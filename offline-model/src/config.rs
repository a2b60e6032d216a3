//! Configuration: read here, once, and nowhere else.

use clap::{Args, Parser};
use service::telemetry::LogFormat;

/// OpenAI-compatible server that understands todo sentences by rule.
#[derive(Debug, Parser)]
#[command(name = "todo-offline-model", version)]
pub(crate) enum Command {
    /// Answer requests until told to stop.
    Serve(Config),
    /// Exit with 0 if the server on this machine answers, else with 1.
    Healthcheck {
        /// The server's port.
        #[arg(long, env, default_value_t = 8002)]
        port: u16,
    },
}

/// What `serve` needs.
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Address to listen on.
    #[arg(long, env, default_value = "0.0.0.0")]
    pub host: String,
    /// Port to listen on.
    #[arg(long, env, default_value_t = 8002)]
    pub port: u16,
    /// Pause before each streamed token, in milliseconds.
    #[arg(long, env, default_value_t = 15)]
    pub token_delay_ms: u64,
    /// What to log: a level, or `target=level` pairs separated by commas.
    #[arg(long, env, default_value = "info")]
    pub log_level: String,
    /// How to log: `json` for machines, `text` for people.
    #[arg(long, env, default_value = "json")]
    pub log_format: LogFormat,
}
