//! The part of `cargo xtask` for what runs in containers and clusters: a program of its own, so that only who needs it
//! waits for its crates to be built.

mod address;
mod api;
mod args;
mod bench;
mod certificate;
mod check;
mod database;
mod diagnosis;
mod helm;
mod images;
mod minikube;
mod release;
mod settings;
mod test;
mod tools;

use std::process::ExitCode;

use clap::Parser as _;
use xtask::{
    interruption::{self, Interrupted},
    terminal::{self, Reported},
    workspace::Workspace,
};

use crate::args::{Args, Measured};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Interrupted>() => ExitCode::from(130),
        Err(error) if error.is::<Reported>() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{} {error:#}", terminal::red("error:"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<()> {
    interruption::listen()?;
    // Several crates of the workspace speak TLS; where all are built together, one of them has to choose.
    let chosen = rustls::crypto::ring::default_provider().install_default();
    debug_assert!(chosen.is_ok(), "nothing before this speaks TLS");
    let workspace = Workspace::find()?;
    match args {
        Args::Minikube(options) => release::run(&workspace, options),
        Args::Check { names } => check::run(&workspace, names),
        Args::Test {
            no_build,
            arguments,
        } => test::run(&workspace, *no_build, arguments),
        Args::Bench {
            measured: Measured::Images { sizes_only },
        } => bench::images::run(&workspace, *sizes_only),
        Args::Bench {
            measured: Measured::Cluster(options),
        } => bench::cluster::run(&workspace, options),
    }
}
