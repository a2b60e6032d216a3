//! The part of `cargo xtask` for what runs in containers and clusters: a program of its own, so that only who needs it
//! waits for its crates to be built.

mod args;
mod bench;
mod check;
mod database;
mod diagnosis;
mod down;
mod helm;
mod images;
mod kubectl;
mod minikube;
mod release;
mod report;
mod settings;
mod status;
mod test;
mod up;

use std::process::ExitCode;

use clap::Parser as _;
use xtask::{interruption, terminal, workspace::Workspace};

use crate::{
    args::{Args, Command, Measured},
    release::Release,
};

fn main() -> ExitCode {
    terminal::end(run(&Args::parse()))
}

fn run(args: &Args) -> anyhow::Result<()> {
    interruption::listen()?;
    let workspace = Workspace::find()?;
    match args {
        Args::Minikube(options) => on_minikube(&workspace, options),
        Args::Check { names } => check::run(&workspace, names),
        Args::Test(options) => test::run(&workspace, options.no_build, &options.arguments),
        Args::Bench(Measured::Images { sizes_only }) => bench::run(&workspace, *sizes_only),
        Args::Bench(Measured::Cluster { options }) => test::bench(&workspace, options),
    }
}

fn on_minikube(workspace: &Workspace, options: &args::Minikube) -> anyhow::Result<()> {
    let release = Release::of(workspace, &options.place);
    match &options.command {
        Command::Up(install) => up::run(&release, install, false),
        Command::Demo(install) => up::run(&release, install, true),
        Command::Down { all } => down::run(&release, *all),
        Command::Status => status::run(&release),
        Command::Logs(options) => release.logs(options),
    }
}
