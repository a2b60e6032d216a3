//! `cargo xtask bench`: calls what measures.

use std::process::Command;

use crate::{
    binaries, frontend, node,
    postgres::{Purpose, Server},
    processes,
    workspace::Workspace,
};

/// Measures what the first argument names, else the programs on this machine.
///
/// # Errors
/// When something does not build or start, or a chat turn broke a promise. A goal that is missed is no error.
pub fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    let is_help = |argument: &String| ["help", "--help", "-h"].contains(&argument.as_str());
    match arguments.first().map_or("", String::as_str) {
        "images" | "cluster" => binaries::cluster(workspace, "bench", arguments),
        "code" => {
            let options = ["run", "--quiet", "--locked", "-p", "bench-code", "--"];
            let mut command = binaries::cargo(workspace, &options);
            processes::run_attached(command.args(arguments.iter().skip(1)))
        }
        _ if arguments.iter().any(is_help) => {
            processes::run_attached(bench(workspace).args(arguments))
        }
        first => {
            node::require()?;
            let mut command = bench(workspace);
            if first.is_empty() || first.starts_with('-') {
                frontend::build(workspace)?;
                command.arg("programs");
            }
            let server = Server::temporary(workspace, Purpose::Measure, "bench")?;
            processes::run_attached(
                command
                    .args(arguments)
                    .env("BENCH_DATABASE_URL", server.url()),
            )
        }
    }
}

/// The program in `tests/bench`, which builds what it measures.
fn bench(workspace: &Workspace) -> Command {
    let options = [
        "run",
        "--quiet",
        "--locked",
        "--release",
        "-p",
        "bench",
        "--",
    ];
    binaries::cargo(workspace, &options)
}
