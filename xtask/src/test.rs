//! `cargo xtask test`: Rust tests, the frontend's unit and server tests, browser tests, each on servers of its own; tests
//! on a cluster.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    thread,
    time::Instant,
};

use anyhow::bail;
use serde_json::Value;

use crate::{
    args::Test,
    binaries,
    config::Config,
    frontend, interruption, node,
    postgres::{Purpose, Server},
    processes,
    terminal::{self, Reported},
    workspace::Workspace,
};

pub mod browser;

/// How many tests there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that passed.
    pub passed: u64,
    /// Those that did not.
    pub failed: u64,
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// How the run of a part went.
pub type Outcome = (Count, ExitStatus);

type Part = fn(&Workspace, &Test) -> anyhow::Result<Outcome>;

/// Runs the parts that were asked for, all but the cluster's if none was; every part runs even when another failed.
///
/// # Errors
/// When a part failed, after the summary was printed.
pub fn run(workspace: &Workspace, options: &Test) -> anyhow::Result<()> {
    let all =
        !(options.rust || options.unit || options.server || options.browser || options.cluster);
    let parts: [(&str, bool, Part); 5] = [
        ("Rust", all || options.rust, |workspace, _| rust(workspace)),
        ("frontend unit", all || options.unit, |workspace, _| {
            units(workspace)
        }),
        ("frontend server", all || options.server, |workspace, _| {
            server(workspace)
        }),
        ("browser", all || options.browser, |workspace, _| {
            browser::run(workspace)
        }),
        ("cluster", options.cluster, cluster),
    ];
    node::require()?;
    let mut summary = Vec::new();
    let mut total = Count::default();
    let mut failed = false;
    for (part, _, run) in parts.into_iter().filter(|(_, wanted, _)| *wanted) {
        println!("{}", terminal::bold(&format!("── {part} tests")));
        let started = Instant::now();
        let (mut count, problem) = judged(run(workspace, options));
        interruption::check()?;
        // A part that could not be built or started has failed too.
        if problem.is_some() {
            count.failed = count.failed.max(1);
        }
        total += count;
        failed |= problem.is_some();
        summary.push(format!(
            "{} {part}: {} passed, {} failed in {}",
            if problem.is_some() {
                terminal::red("✗")
            } else {
                terminal::green("✓")
            },
            count.passed,
            count.failed,
            terminal::duration(started.elapsed())
        ));
        summary.extend(problem.map(|problem| format!("  {problem:#}")));
    }
    println!("{}", terminal::bold("── summary"));
    println!("{}", summary.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    if failed {
        return Err(Reported.into());
    }
    Ok(())
}

fn judged(outcome: anyhow::Result<Outcome>) -> (Count, Option<anyhow::Error>) {
    match outcome {
        Ok((count, status)) if !status.success() => {
            (count, Some(anyhow::anyhow!("failed ({status})")))
        }
        Ok((count, _)) if count.passed == 0 => (count, Some(anyhow::anyhow!("no test ran"))),
        Ok((count, _)) => (count, None),
        Err(error) => (Count::default(), Some(error)),
    }
}

fn rust(workspace: &Workspace) -> anyhow::Result<Outcome> {
    let server = temporary_postgres(workspace, "rust-tests")?;
    let arguments = ["test", "--locked", "--workspace", "--no-fail-fast"];
    let mut command = binaries::cargo(workspace, &arguments);
    Config::hide_from(&mut command);
    counted(command.env("DATABASE_URL", server.url()))
}

/// The program for clusters makes Minikube and the images ready, and runs the tests there.
fn cluster(workspace: &Workspace, options: &Test) -> anyhow::Result<Outcome> {
    let mut command = binaries::cluster_command(workspace, "test", &[]);
    if options.no_build {
        command.arg("--no-build");
    }
    counted(command.arg("--").args(&options.arguments))
}

fn counted(cargo_test: &mut Command) -> anyhow::Result<Outcome> {
    let mut count = Count::default();
    let status = processes::run_shown(cargo_test, |line| {
        count += cargo_result(line).unwrap_or_default();
    })?;
    Ok((count, status))
}

/// What a line of `cargo test` says about how many tests passed and failed, if it is such a line.
#[must_use]
pub fn cargo_result(line: &str) -> Option<Count> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |what: &str| {
        let mut numbers = numbers.split("; ");
        numbers.find_map(|part| part.strip_suffix(what)?.trim().parse().ok())
    };
    Some(Count {
        passed: number("passed")?,
        failed: number("failed")?,
    })
}

fn units(workspace: &Workspace) -> anyhow::Result<Outcome> {
    frontend::install(workspace)?;
    vitest(workspace, frontend::script(workspace, "test"), &[])
}

/// The tests of the process that is deployed. They make databases of their own.
fn server(workspace: &Workspace) -> anyhow::Result<Outcome> {
    frontend::build(workspace)?;
    let server = temporary_postgres(workspace, "server-tests")?;
    let mut command = frontend::script(workspace, "test:server");
    Config::hide_from(&mut command);
    command.env("DATABASE_URL", server.url());
    // Vitest would leave one core to itself; these mostly wait for the processes that they start.
    let workers = thread::available_parallelism().map_or(2, usize::from);
    vitest(workspace, command, &[&format!("--maxWorkers={workers}")])
}

fn vitest(
    workspace: &Workspace,
    mut command: Command,
    options: &[&str],
) -> anyhow::Result<Outcome> {
    let report = Report::begin(workspace, "vitest")?;
    command
        .args(["--", "--reporter=default", "--reporter=json"])
        .arg(format!("--outputFile={}", report.file().display()))
        .args(options);
    let status = processes::run_shown(&mut command, |_| ())?;
    Ok((
        report.count(&["/numPassedTests"], "/numFailedTests"),
        status,
    ))
}

/// A JSON file in which a test runner reports.
#[derive(Debug)]
pub struct Report(PathBuf);

impl Report {
    /// One that is not there yet, so that an old one is never taken for a new one.
    fn begin(workspace: &Workspace, name: &str) -> anyhow::Result<Self> {
        let file = workspace.log(name).with_extension("json");
        match fs::remove_file(&file) {
            Err(error) if file.exists() => bail!("cannot remove {}: {error}", file.display()),
            _ => Ok(Self(file)),
        }
    }

    fn file(&self) -> &Path {
        &self.0
    }

    /// The numbers at these places; none if there is no report.
    fn count(&self, passed: &[&str], failed: &str) -> Count {
        let text = fs::read(&self.0).unwrap_or_default();
        let report: Value = serde_json::from_slice(&text).unwrap_or_default();
        let number = |place: &str| report.pointer(place).and_then(Value::as_u64).unwrap_or(0);
        Count {
            passed: passed.iter().copied().map(number).sum(),
            failed: number(failed),
        }
    }
}

/// A server whose data goes when it is dropped.
fn temporary_postgres(workspace: &Workspace, user: &str) -> anyhow::Result<Server> {
    Server::temporary(workspace, Purpose::Test, user)
}
