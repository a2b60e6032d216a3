//! What the program is told.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, ValueEnum};

use crate::{build, cores::Cores, fixed::Fixed, server::Server, users::People};

/// Measures, and says what came of it.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask bench",
    after_help = "Elsewhere: `code` counts lines and module cycles, `images` measures container images, `cluster` an \
                  installation on Minikube; see `cargo xtask bench code --help` and so on."
)]
pub(crate) enum Task {
    /// Measures built programs beside yardsticks, and prints a table
    Programs(Config),
    #[command(hide = true)]
    Fixed(Fixed),
    /// Measures the programs of the working tree beside those of another revision, in turns
    Against(Against),
    /// Sends the same requests to a program here and to a cluster, in turns
    Compare(Compare),
    /// Keeps a cluster busy with all that people do
    Load(Load),
    /// Measures what the log of changes adds to a write
    Log(Log),
    /// Measures the chat: many at once, everything failing, a long conversation
    Chat(Chat),
}

/// The programs to measure.
#[derive(Debug, Args)]
pub(crate) struct Built {
    /// The folder with built programs; without it they are built as the images carry them
    #[arg(long)]
    programs: Option<PathBuf>,
}

impl Built {
    /// The folder, once they are in it.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        match &self.programs {
            Some(folder) => Ok(folder.clone()),
            None => build::programs(&build::root()),
        }
    }
}

/// What there is to measure on this machine.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) programs: Built,
    /// A PostgreSQL server of the bench's own: databases are made on it, and its `commit_delay` is set
    #[arg(long, env = "BENCH_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: String,
    /// The pgbench program; where there is none, nothing is compared with it
    #[arg(long, default_value = "pgbench")]
    pub(crate) pgbench: PathBuf,
    #[command(flatten)]
    pub(crate) turns: Turns,
    #[command(flatten)]
    pub(crate) cores: Cores,
    /// Only these parts; without it all of them
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Figures>,
    /// Keeps the ratios as those of this release, for later tables to show
    #[arg(long, value_name = "RELEASE")]
    pub(crate) keep_as: Option<String>,
}

impl Config {
    pub(crate) fn wants(&self, part: Figures) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// A part of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Figures {
    /// Writes of 1,000 people, at commits of 0, 1 and 3 ms
    Create,
    /// First pages of lists
    List,
    /// From a write to the event in open tabs
    Events,
    /// Calls of the MCP server's tools
    Mcp,
    /// Chat turns with a tool call
    Chat,
    /// Start, memory, sizes, long lists, pages
    Programs,
}

/// What is measured beside what.
#[derive(Debug, Args)]
pub(crate) struct Against {
    /// The commit whose programs are measured beside those of the working tree; they are built once
    pub(crate) revision: String,
    /// Also builds both from nothing, which takes minutes
    #[arg(long)]
    pub(crate) build_times: bool,
    /// So many streaming turns at once
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    pub(crate) streams: u16,
    #[command(flatten)]
    pub(crate) programs: Built,
    /// A PostgreSQL server on which databases may be made; the one named here is not touched
    #[arg(long, env = "BENCH_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: String,
    /// The pgbench program; where there is none, nothing is compared with it
    #[arg(long, default_value = "pgbench")]
    pub(crate) pgbench: PathBuf,
    /// Rounds, in each of which everything is measured of both
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub(crate) rounds: u8,
    /// Seconds of each load in a round
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) seconds: u64,
}

/// How the log of changes is measured.
#[derive(Debug, Args)]
pub(crate) struct Log {
    #[command(flatten)]
    pub(crate) programs: Built,
    /// A PostgreSQL server on which databases may be made; the one named here is not touched
    #[arg(long, env = "BENCH_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: String,
    /// The pgbench program; where there is none, only single writes are measured
    #[arg(long, default_value = "pgbench")]
    pub(crate) pgbench: PathBuf,
    /// Rounds, in each of which every write is measured with its row and without
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) rounds: u8,
    /// Seconds of each load in a round
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) seconds: u64,
}

/// What of the chat is measured.
#[derive(Debug, Args)]
pub(crate) struct Chat {
    #[command(flatten)]
    pub(crate) programs: Built,
    /// A PostgreSQL server on which databases may be made; the one named here is not touched
    #[arg(long, env = "BENCH_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: String,
    /// Only these parts; without it all of them.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,
    /// So many streaming turns at once.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    pub(crate) streams: u16,
    /// So many turns in which something fails.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) turns: u16,
    /// So many people at once in those turns.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) clients: u16,
    /// Every second of those turns is taken back by the person who asked for it.
    #[arg(long)]
    pub(crate) undo: bool,
    /// Repeats the plan of an earlier run; without it a new one is made.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// The beginning of a command that starts a real model server, and takes `--port`, `--ctx` and `--template`
    #[arg(long, env = "LLAMA_SERVER")]
    pub(crate) llama_server: Option<String>,
    /// A chat template for it that shows the model its rules and its tools
    #[arg(long, env = "LLAMA_TEMPLATE")]
    pub(crate) llama_template: Option<String>,
}

impl Chat {
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

/// A part of the chat's measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Many turns that stream at once
    Streams,
    /// Turns in which connections, programs and the model fail
    Faults,
    /// A conversation of 2,000 messages
    Long,
    /// Two turns with a real model server, where `LLAMA_SERVER` says how to start one
    FirstWord,
}

/// How long loads are.
#[derive(Debug, Args)]
pub(crate) struct Turns {
    /// Rounds of load, each with everything that is compared.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    pub(crate) rounds: u8,
    /// Seconds of each load in a round.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) seconds: u64,
}

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The folder with the built backend.
    #[arg(long)]
    pub(crate) programs: PathBuf,
    /// A PostgreSQL server on which a database may be made; the one named here is not touched.
    #[arg(long, env = "BENCH_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: String,
    /// The database that the cluster uses, as it is reached from here; its tasks are replaced.
    #[arg(long, env = "BENCH_CLUSTER_DATABASE_URL", hide_env_values = true)]
    pub(crate) cluster_database_url: String,
    #[command(flatten)]
    pub(crate) cluster: Cluster,
    #[command(flatten)]
    pub(crate) turns: Turns,
}

/// What is kept busy, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Load {
    #[command(flatten)]
    pub(crate) cluster: Cluster,
    /// The file for what came of it so far (JSON).
    #[arg(long)]
    pub(crate) report: PathBuf,
    /// For so many seconds, unless it is ended before.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) seconds: u64,
}

/// An application behind an Ingress.
#[derive(Debug, Args)]
pub(crate) struct Cluster {
    /// Its name.
    #[arg(long)]
    host: String,
    /// Where that leads to.
    #[arg(long)]
    address: SocketAddr,
    /// The file with the authority that its certificate is trusted by (PEM).
    #[arg(long)]
    authority: PathBuf,
    /// The secret that its backend accepts tokens by.
    #[arg(long, env = "BENCH_TOKEN_SECRET", hide_env_values = true)]
    token_secret: String,
}

impl Cluster {
    /// Where requests go.
    pub(crate) fn server(&self) -> anyhow::Result<Server> {
        Server::trusting(&self.authority, &self.host, self.address)
    }

    /// Who asks.
    pub(crate) fn people(&self) -> People {
        People {
            host: self.host.clone(),
            issuer: Some(format!("https://{}", self.host)),
            secret: self.token_secret.clone(),
        }
    }
}
