//! `cargo xtask check`: everything that can be said about the code without running it.

use std::{fs, process::Command};

use anyhow::{Context as _, anyhow, ensure};

use crate::{
    args,
    binaries::{self, cargo},
    browser, config, frontend, generated, interruption, node, processes,
    terminal::{self, Reported, Step},
    workspace::Workspace,
};

/// The version of cargo-deny that is built where there is none.
const CARGO_DENY: &str = "0.20.2";

/// Finds fault, or nothing; a note says what was left out, and why.
type Check = fn(&Workspace, &mut Step) -> anyhow::Result<Option<String>>;

const CHECKS: &[(&str, Check)] = &[
    ("Rust format", |workspace, step| {
        let arguments = ["fmt", "--all", "--check", "--", "--files-with-diff"];
        passes(workspace, step, &mut cargo(workspace, &arguments), "fmt")
            .map_err(|files| anyhow!("{files}\nare not formatted: run `cargo fmt --all`"))
    }),
    ("Clippy", |workspace, step| {
        let arguments = ["clippy", "--locked", "--workspace", "--all-targets"];
        let mut command = cargo(workspace, &arguments);
        command.args(["--", "-D", "warnings"]);
        passes(workspace, step, &mut command, "clippy")
    }),
    (
        "Crate licences, sources and advisories",
        |workspace, step| {
            let lasting = ["check", "bans", "licenses", "sources"];
            let mut command = cargo_deny(workspace, step, &lasting)?;
            passes(workspace, step, &mut command, "deny")?;
            let mut command = cargo_deny(workspace, step, &["check", "advisories"])?;
            let note = "advisories skipped, their database cannot be fetched from here";
            let passed = passes(workspace, step, &mut command, "deny-advisories");
            unless_it_says(passed, "failed to fetch", note)
        },
    ),
    ("Frontend format, lints and types", |workspace, step| {
        frontend::install(workspace)?;
        let mut command = frontend::script(workspace, &["check"]);
        passes(workspace, step, &mut command, "frontend-check")
    }),
    (
        "Browser tests' format, lints and types",
        |workspace, step| {
            browser::install(workspace)?;
            let mut command = node::npm(&workspace.browser_tests(), &["run", "--silent", "check"]);
            passes(workspace, step, &mut command, "browser-tests-check")
        },
    ),
    ("npm advisories", |workspace, step| {
        let mut command = node::npm(&workspace.frontend(), &["audit", "--audit-level=high"]);
        let note = "skipped, the package registry answers no audits";
        let passed = passes(workspace, step, &mut command, "npm-audit");
        unless_it_says(passed, "audit endpoint returned an error", note)
    }),
    ("Query data is fresh", |workspace, step| {
        generated::must_be_fresh(generated::QUERY_DATA, workspace, step).map(|()| None)
    }),
    ("OpenAPI document is fresh", |workspace, step| {
        generated::must_be_fresh(generated::OPENAPI, workspace, step).map(|()| None)
    }),
    ("Frontend types are fresh", |workspace, step| {
        generated::must_be_fresh(generated::TYPES, workspace, step).map(|()| None)
    }),
];

/// Runs every check that was asked for, also after one failed: the code's here, then those of Dockerfiles and chart by
/// the program for clusters.
///
/// # Errors
/// When a check failed, after all were reported; when there is none of a name that was asked for.
pub fn run(workspace: &Workspace, options: &args::Check) -> anyhow::Result<()> {
    let words = &options.names;
    let has = |(name, _): &(&str, Check), word: &String| {
        name.to_lowercase().contains(&word.to_lowercase())
    };
    let checks = CHECKS.iter();
    let checks = checks.filter(|it| words.is_empty() || words.iter().any(|word| has(it, word)));
    // Words that no check here has in its name are for the program for clusters.
    let mut elsewhere = words.clone();
    elsewhere.retain(|word| !CHECKS.iter().any(|it| has(it, word)));
    node::require()?;
    let (mut passed, mut failed) = (0, Vec::new());
    for (name, check) in checks {
        let mut step = Step::start(*name);
        let outcome = check(workspace, &mut step);
        interruption::check()?;
        match outcome {
            Ok(note) => {
                step.done(&note.unwrap_or_default());
                passed += 1;
            }
            Err(error) => {
                step.failed();
                println!("{error:#}");
                failed.push(*name);
            }
        }
    }
    if words.is_empty() || !elsewhere.is_empty() {
        match binaries::cluster(workspace, "check", &elsewhere) {
            Err(error) if error.is::<Reported>() => failed.push("chart and Dockerfiles, see above"),
            other => other?,
        }
    }
    let mark = terminal::mark(failed.is_empty());
    if !failed.is_empty() {
        println!("{mark} failed: {}", failed.join("; "));
        return Err(Reported.into());
    }
    if passed > 0 {
        println!("{mark} checks of the code passed: {passed}");
    }
    Ok(())
}

/// Runs a command whose whole output is the finding when it fails.
fn passes(
    workspace: &Workspace,
    step: &mut Step,
    command: &mut Command,
    log: &str,
) -> anyhow::Result<Option<String>> {
    let log = workspace.log(log);
    let status = processes::run_logged(step, command, &log)?;
    let output = fs::read_to_string(&log).unwrap_or_default();
    ensure!(status.success(), "{}", output.trim_end());
    Ok(None)
}

/// What cannot be checked from here is no fault of the code, but worth a note.
fn unless_it_says(
    outcome: anyhow::Result<Option<String>>,
    sign: &str,
    note: &str,
) -> anyhow::Result<Option<String>> {
    match outcome {
        Err(error) if error.to_string().contains(sign) => Ok(Some(note.to_owned())),
        outcome => outcome,
    }
}

/// The command of cargo-deny, which is built if it is not installed.
fn cargo_deny(
    workspace: &Workspace,
    step: &mut Step,
    arguments: &[&str],
) -> anyhow::Result<Command> {
    let tools = workspace.target().join("tools");
    let built = binaries::program(&tools.join("bin"), "cargo-deny");
    let program = config::program("cargo-deny").unwrap_or_else(|| built.clone());
    if !program.is_file() {
        println!(
            "  cargo-deny is not installed: building {CARGO_DENY} into {} (minutes, once)",
            tools.display()
        );
        // Unoptimised: it is quick enough, and built in a third of the time.
        let mut install = cargo(workspace, &["install", "--locked", "--debug", "--root"]);
        install.arg(&tools).arg(format!("cargo-deny@{CARGO_DENY}"));
        processes::run(step, &mut install, &workspace.log("cargo-deny-install"))
            .context("cargo-deny cannot be installed")?;
    }
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace.root());
    Ok(command)
}
