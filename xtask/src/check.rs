//! `cargo xtask check`: everything that can be said about the code without running it.

use std::{fs, process::Command};

use anyhow::{anyhow, ensure};

use crate::{
    args,
    binaries::{self, cargo},
    frontend,
    generated::{self, Generated},
    interruption, node, processes,
    terminal::{self, Reported, Step},
    test::browser,
    workspace::Workspace,
};

mod audits;

/// How a check went that found nothing wrong; a note says what was left out, and why.
type Verdict = anyhow::Result<Option<String>>;

type Check = fn(&Workspace, &mut Step) -> Verdict;

const CHECKS: &[(&str, Check)] = &[
    ("Rust format", rust_format),
    ("Clippy", clippy),
    ("Crate licences, sources and advisories", audits::crates),
    ("Frontend format, lints and types", frontend_code),
    ("Browser tests' format, lints and types", browser_test_code),
    ("npm advisories", audits::packages),
    ("Query data is fresh", |workspace, step| {
        fresh(generated::QUERY_DATA, workspace, step)
    }),
    ("OpenAPI document is fresh", |workspace, step| {
        fresh(generated::OPENAPI, workspace, step)
    }),
    ("Frontend types are fresh", |workspace, step| {
        fresh(generated::TYPES, workspace, step)
    }),
];

/// Runs every check that was asked for, also after one failed: the code's here, then those of Dockerfiles and chart by
/// the program for clusters.
///
/// # Errors
/// When a check failed, after all were reported; when there is none of a name that was asked for.
pub fn run(workspace: &Workspace, options: &args::Check) -> anyhow::Result<()> {
    let (checks, elsewhere) = asked_for(&options.names);
    node::require()?;
    let mut failed = Vec::new();
    for (name, check) in &checks {
        let mut step = Step::start(*name);
        let verdict = check(workspace, &mut step);
        interruption::check()?;
        match verdict {
            Ok(note) => step.done(note.as_deref().unwrap_or_default()),
            Err(error) => {
                step.failed();
                println!("{error:#}");
                failed.push(*name);
            }
        }
    }
    if let Some(names) = elsewhere
        && let Err(error) = binaries::cluster(workspace, "check", &names)
    {
        if !error.is::<Reported>() {
            return Err(error);
        }
        failed.push("chart and Dockerfiles, see above");
    }
    if failed.is_empty() {
        if !checks.is_empty() {
            println!(
                "{} checks of the code passed: {}",
                terminal::green("✓"),
                checks.len()
            );
        }
        return Ok(());
    }
    println!("{} failed: {}", terminal::red("✗"), failed.join("; "));
    Err(Reported.into())
}

/// The checks here whose names have one of the words in them; and the words that no name here has, which are for the
/// program for clusters. Without a word, all of both.
fn asked_for(words: &[String]) -> (Vec<(&'static str, Check)>, Option<Vec<String>>) {
    let has = |name: &str, word: &String| name.to_lowercase().contains(&word.to_lowercase());
    if words.is_empty() {
        return (CHECKS.to_vec(), Some(Vec::new()));
    }
    let here = CHECKS
        .iter()
        .filter(|(name, _)| words.iter().any(|word| has(name, word)));
    let elsewhere: Vec<String> = words
        .iter()
        .filter(|word| !CHECKS.iter().any(|(name, _)| has(name, word)))
        .cloned()
        .collect();
    (
        here.copied().collect(),
        (!elsewhere.is_empty()).then_some(elsewhere),
    )
}

/// Runs a command whose whole output is the finding when it fails.
fn passes(workspace: &Workspace, step: &mut Step, command: &mut Command, log: &str) -> Verdict {
    let log = workspace.log(log);
    let status = processes::run_logged(step, command, &log)?;
    ensure!(
        status.success(),
        "{}",
        fs::read_to_string(&log).unwrap_or_default().trim_end()
    );
    Ok(None)
}

fn rust_format(workspace: &Workspace, step: &mut Step) -> Verdict {
    let arguments = ["fmt", "--all", "--check", "--", "--files-with-diff"];
    passes(workspace, step, &mut cargo(workspace, &arguments), "fmt")
        .map_err(|files| anyhow!("{files}\nare not formatted: run `cargo fmt --all`"))
}

fn clippy(workspace: &Workspace, step: &mut Step) -> Verdict {
    let mut command = cargo(
        workspace,
        &["clippy", "--locked", "--workspace", "--all-targets"],
    );
    passes(
        workspace,
        step,
        command.args(["--", "-D", "warnings"]),
        "clippy",
    )
}

fn frontend_code(workspace: &Workspace, step: &mut Step) -> Verdict {
    frontend::install(workspace)?;
    let mut command = frontend::script(workspace, "check");
    passes(workspace, step, &mut command, "frontend-check")
}

fn browser_test_code(workspace: &Workspace, step: &mut Step) -> Verdict {
    browser::install(workspace)?;
    let mut command = node::npm(&workspace.browser_tests(), &["run", "--silent", "check"]);
    passes(workspace, step, &mut command, "browser-tests-check")
}

fn fresh(generated: Generated, workspace: &Workspace, step: &mut Step) -> Verdict {
    generated.must_be_fresh(workspace, step).map(|()| None)
}
