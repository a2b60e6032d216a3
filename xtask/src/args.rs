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
    /// Run all tests: Rust, frontend units, browser
    Test(Test),
    /// Format, lints, licences, types, and generated files that must be fresh
    Check,
    /// Regenerate what is generated: query data, OpenAPI document, TypeScript types
    Prepare,
    /// Measure release builds; what follows `--` goes to the bench program
    Bench(Bench),
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

/// Options of `test`. Without any, all parts run.
#[derive(Debug, Clone, ArgGroup)]
pub struct Test {
    /// The Rust tests
    #[arg(long)]
    pub rust: bool,
    /// The frontend's unit tests
    #[arg(long)]
    pub unit: bool,
    /// The browser tests
    #[arg(long)]
    pub browser: bool,
}

/// Options of `bench`.
#[derive(Debug, Clone, ArgGroup)]
pub struct Bench {
    /// Arguments for the bench program itself
    #[arg(last = true)]
    pub arguments: Vec<String>,
}
