//! The command line.

use clap::{Args as ArgGroup, Parser, Subcommand};

/// Run, test, check and measure this project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub task: Task,
}

/// The tasks there are.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Build and start everything on this machine; Ctrl-C ends it
    Up(Up),
    /// Run all tests: Rust, frontend units and server, browser, other people's MCP clients
    Test(Test),
    /// Format, lints, licences, types, the Helm chart, and generated files that must be fresh
    Check(Check),
    /// Regenerate what is generated: query data, OpenAPI document, TypeScript types
    Prepare,
    /// Try the model that `.env` names end to end: address, key, stream, tool call, errors; ends with 1 when something
    /// does not fit
    ///
    /// Costs a few short questions. Without a model in `.env` the offline one is tried.
    Doctor,
    /// Run the application on Minikube: install, look at, remove
    #[command(disable_help_flag = true)]
    Minikube(Passed),
    /// Measure release builds, images, the cluster, the chat, the code
    #[command(disable_help_flag = true)]
    Bench(Passed),
}

/// What another program of this workspace is called with. `--help` too is for that program to answer.
#[derive(Debug, Clone, ArgGroup)]
pub struct Passed {
    /// Its arguments, as they stand
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// Options of `up`.
#[derive(Debug, Clone, ArgGroup)]
pub struct Up {
    /// Port of the page to open
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// Port of the backend [default: 8000, or a free one]
    #[arg(long)]
    pub backend_port: Option<u16>,
    /// Port of the MCP server [default: 8001, or a free one]
    #[arg(long)]
    pub mcp_port: Option<u16>,
    /// Port of the offline model [default: 8002, or a free one]
    #[arg(long)]
    pub model_port: Option<u16>,
    /// Port of the embedded PostgreSQL [default: 5433, or a free one]
    #[arg(long)]
    pub postgres_port: Option<u16>,
    /// Build optimised binaries
    #[arg(long)]
    pub release: bool,
    /// Run the frontend's development server, which reloads on every change
    #[arg(long)]
    pub dev: bool,
}

/// Options of `check`.
#[derive(Debug, Clone, ArgGroup)]
pub struct Check {
    /// Only the checks with one of these words in their names, such as `chart`
    pub names: Vec<String>,
}

/// Options of `test`. Without any, all parts run but the cluster's.
#[derive(Debug, Clone, ArgGroup)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Test {
    /// The Rust tests
    #[arg(long)]
    pub rust: bool,
    /// The frontend's unit tests
    #[arg(long)]
    pub unit: bool,
    /// The tests of the frontend's server as it is deployed
    #[arg(long)]
    pub server: bool,
    /// The browser tests
    #[arg(long)]
    pub browser: bool,
    /// The tests with other people's MCP clients
    #[arg(long)]
    pub agents: bool,
    /// The tests on a cluster: Minikube is started if needed, images are built and loaded
    #[arg(long)]
    pub cluster: bool,
    /// Longer than it takes each day: 10,000 requests made from the OpenAPI document, the frontend's server by the Node.js of its
    /// image as well, and the assistants among other people's clients
    #[arg(long)]
    pub long: bool,
    /// Take the images as docker has them
    #[arg(long, requires = "cluster")]
    pub no_build: bool,
    /// Which of the cluster's tests: parts of their names, and options of `tests/system`
    #[arg(last = true, requires = "cluster")]
    pub arguments: Vec<String>,
}
