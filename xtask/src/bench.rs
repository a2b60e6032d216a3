//! `cargo xtask bench`: calls what measures.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    binaries, frontend, node,
    postgres::{Purpose, Server},
    processes,
    workspace::Workspace,
};

/// Measures what the first argument names, else the programs on this machine beside their yardsticks.
///
/// # Errors
/// When something does not build or start, or a chat turn broke a promise. A goal that is missed is no error.
pub fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    let first = arguments.first().map_or("", String::as_str);
    if let "images" | "cluster" = first {
        return binaries::cluster(workspace, "bench", arguments);
    }
    if first == "code" {
        let mut command = binaries::run(workspace, "bench-code", &[]);
        return processes::run_attached(command.args(arguments.iter().skip(1)));
    }
    if first == "answers" {
        return answers(workspace, arguments.get(1..).unwrap_or_default());
    }
    // The program in `tests/bench`, which builds what it measures.
    let options = ["run", "-q", "--locked", "--release", "-p", "bench", "--"];
    let mut command = binaries::cargo(workspace, &options);
    let is_help = |argument: &String| ["help", "--help", "-h"].contains(&argument.as_str());
    if arguments.iter().any(is_help) {
        return processes::run_attached(command.args(arguments));
    }
    node::require()?;
    if first.is_empty() || first.starts_with('-') {
        // Only the whole looks at the pages.
        let is_part = |argument: &String| argument.starts_with("--only");
        if !arguments.iter().any(is_part) {
            frontend::build(workspace)?;
        }
        command.arg("programs");
    }
    let server = Server::temporary(workspace, Purpose::Measure, "bench", None)?;
    command
        .args(arguments)
        .env("BENCH_DATABASE_URL", &server.url);
    processes::run_attached(&mut command)
}

/// Tries the reader of models' answers on many that have something wrong in them: how many, and with which seed.
fn answers(workspace: &Workspace, numbers: &[String]) -> anyhow::Result<()> {
    let options = [
        "test",
        "-q",
        "--locked",
        "--release",
        "-p",
        "model",
        "--test",
        "mutations",
        "--",
        "--nocapture",
    ];
    let mut command = binaries::cargo(workspace, &options);
    let count = numbers.first().map_or("100000", String::as_str);
    let begun = SystemTime::now()
        .duration_since(UNIX_EPOCH)?
        .as_secs()
        .to_string();
    let seed = numbers.get(1).unwrap_or(&begun);
    command.env("MUTATIONS", count).env("MUTATION_SEED", seed);
    processes::run_attached(&mut command)
}
