//! `cargo xtask test`: Rust tests, the frontend's unit and server tests, browser tests, each on servers of its own; tests
//! on a cluster.

use std::{
    process::{Command, ExitStatus},
    thread,
    time::Instant,
};

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

/// Runs a test runner and counts what it says.
fn counted(command: &mut Command) -> anyhow::Result<Outcome> {
    let mut count = Count::default();
    let status = processes::run_shown(command, |line| count += summed_up(line))?;
    Ok((count, status))
}

/// The tests that passed and failed by a line in which a runner sums up: cargo's `test result: ok. 3 passed; 0 failed`,
/// Vitest's `Tests  1 failed | 2 passed (3)`, Playwright's `3 passed (1.2s)`.
#[must_use]
pub fn summed_up(line: &str) -> Count {
    let uncoloured = |part| match str::split_once(part, 'm') {
        Some((code, rest)) if code.starts_with('[') => rest,
        _ => part,
    };
    let line: String = line.split('\u{1b}').map(uncoloured).collect();
    let line = line.trim_start();
    let mut count = Count::default();
    if line.starts_with("test result: ")
        || line.starts_with("Tests ")
        || line.starts_with(|first: char| first.is_ascii_digit())
    {
        let words: Vec<&str> = line
            .split([' ', ';', '|'])
            .filter(|it| !it.is_empty())
            .collect();
        for (number, what) in words.iter().zip(words.iter().skip(1)) {
            match (number.parse::<u64>(), *what) {
                (Ok(number), "passed" | "flaky") => count.passed += number,
                (Ok(number), "failed") => count.failed += number,
                _ => {}
            }
        }
    }
    count
}

fn units(workspace: &Workspace) -> anyhow::Result<Outcome> {
    frontend::install(workspace)?;
    counted(&mut frontend::script(workspace, "test"))
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
    counted(command.args(["--", &format!("--maxWorkers={workers}")]))
}

/// A server whose data goes when it is dropped.
fn temporary_postgres(workspace: &Workspace, user: &str) -> anyhow::Result<Server> {
    Server::temporary(workspace, Purpose::Test, user)
}
