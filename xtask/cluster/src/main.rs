//! The part of `cargo xtask` for what runs in containers and clusters: a program of its own, so that only who needs it
//! waits for its crates to be built.

mod address;
mod args;
mod bench;
mod check;
mod database;
mod diagnosis;
mod down;
mod helm;
mod images;
mod kubectl;
mod logs;
mod minikube;
mod release;
mod report;
mod settings;
mod status;
mod test;
mod tools;
mod up;
mod upgrade;

use std::process::ExitCode;

use clap::Parser as _;
use xtask::{
    interruption::{self, Interrupted},
    terminal::{self, Reported},
    workspace::Workspace,
};

use crate::{
    args::{Args, Command, Measured},
    minikube::Minikube,
    release::Release,
};

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
    let workspace = Workspace::find()?;
    match args {
        Args::Minikube(options) => on_minikube(&workspace, options),
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

fn on_minikube(workspace: &Workspace, options: &args::Minikube) -> anyhow::Result<()> {
    let minikube = Minikube::of_user(workspace);
    if let Command::Up(install) | Command::Demo(install) = &options.command {
        let demo = matches!(options.command, Command::Demo(_));
        return up::run(workspace, &minikube, options, install, demo);
    }
    tools::require()?;
    minikube.require()?;
    let release = Release::find(workspace, &minikube, &options.namespace, &options.release)?;
    match &options.command {
        Command::Down { all } => down::run(&release, *all),
        Command::Logs(logs) => logs::run(&release, logs),
        _ => status::run(&release),
    }
}
