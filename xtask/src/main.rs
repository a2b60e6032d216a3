//! `cargo xtask …`: see `cargo xtask --help`.

use std::process::ExitCode;

use clap::Parser as _;
use xtask::{
    args::{Args, Task},
    bench, binaries, check, doctor, generated, interruption, terminal, test, up,
    workspace::Workspace,
};

fn main() -> ExitCode {
    terminal::end(run(Args::parse().task))
}

fn run(task: Task) -> anyhow::Result<()> {
    interruption::listen()?;
    let workspace = Workspace::find()?;
    match task {
        Task::Up(options) => up::run(&workspace, &options),
        Task::Test(options) => test::run(&workspace, &options),
        Task::Check(options) => check::run(&workspace, &options.names),
        Task::Doctor => doctor::run(&workspace),
        Task::Prepare => generated::prepare(&workspace),
        Task::Minikube(rest) => binaries::cluster(&workspace, "minikube", &rest.arguments),
        Task::Bench(rest) => bench::run(&workspace, &rest.arguments),
    }
}
