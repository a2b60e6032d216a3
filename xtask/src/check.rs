//! `cargo xtask check`: everything that can be said about the code without running it.

use std::{fs, process::Command};

use anyhow::{Context as _, bail, ensure};

use crate::{
    agents,
    binaries::{self, cargo},
    browser, config,
    generated::{self, Generated},
    interruption, node, processes,
    terminal::{self, Step},
    workspace::Workspace,
};

/// The version of cargo-deny that is built where there is none.
const CARGO_DENY: &str = "0.20.2";

/// How something is checked.
#[derive(Clone, Copy)]
enum Check {
    /// A command in a folder, whose packages it needs, finds fault by failing.
    Tool(&'static str, &'static str),
    /// The same, and where it says the last, it could ask nobody, which is no fault of the code but worth a note.
    Asking(&'static str, &'static str, &'static str),
    /// Committed files are what would be made now.
    Fresh(Generated),
}

use Check::{Asking, Fresh, Tool};

const ROOT: &str = "";
const CLIPPY: &str = "cargo clippy --locked --workspace --all-targets -- -D warnings";
const DENY: &str = "cargo-deny check bans licenses sources";
const CANNOT_FETCH: &str = "failed to fetch";
const NO_AUDITS: &str = "audit endpoint returned an error";
const FRONTEND: &str = "frontend";
const LINTS: &str = "npm run --silent check";
const AUDIT: &str = "npm audit --audit-level=high";

const CHECKS: [(&str, Check); 11] = [
    (
        "Rust format (`cargo fmt --all` mends it)",
        Tool(ROOT, "cargo fmt --all --check"),
    ),
    ("Clippy", Tool(ROOT, CLIPPY)),
    ("Crate licences and sources", Tool(ROOT, DENY)),
    (
        "Crate advisories",
        Asking(ROOT, "cargo-deny check advisories", CANNOT_FETCH),
    ),
    ("Frontend format, lints and types", Tool(FRONTEND, LINTS)),
    (
        "Browser tests' format, lints and types",
        Tool(browser::FOLDER, LINTS),
    ),
    (
        "Agents' tests' format, lints and types",
        Tool(agents::FOLDER, LINTS),
    ),
    ("npm advisories", Asking(FRONTEND, AUDIT, NO_AUDITS)),
    ("Query data is fresh", Fresh(generated::QUERY_DATA)),
    ("OpenAPI document is fresh", Fresh(generated::OPENAPI)),
    ("Frontend types are fresh", Fresh(generated::TYPES)),
];

/// What cannot be checked here is no fault; this is why.
#[derive(Debug, thiserror::Error)]
#[error("left out, {0}")]
pub struct LeftOut(pub String);

/// Whether a check's name has one of the words in it. Without words every check is meant.
#[must_use]
pub fn is_meant(name: &str, words: &[String]) -> bool {
    let has = |word: &String| name.to_lowercase().contains(&word.to_lowercase());
    words.is_empty() || words.iter().any(has)
}

/// Runs the checks of a table that are meant, also after one failed. A check finds fault as an error, and else may tell
/// what is worth knowing.
///
/// # Errors
/// Names those that found fault, after all were reported.
pub fn run_table<C: Copy>(
    of: &str,
    checks: &[(&str, C)],
    words: &[String],
    run: impl Fn(C, &mut Step) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let (mut passed, mut failed) = (0, Vec::new());
    for (name, check) in checks.iter().filter(|(name, _)| is_meant(name, words)) {
        let checked = terminal::step(*name, |step| {
            match run(*check, step) {
                Err(error) if error.is::<LeftOut>() => step.note(&error.to_string()),
                other => step.note(&other?),
            }
            Ok(())
        });
        interruption::check()?;
        match checked {
            Ok(()) => passed += 1,
            Err(error) => {
                println!("{error:#}");
                failed.push(*name);
            }
        }
    }
    ensure!(
        failed.is_empty(),
        "checks of {of} failed: {}",
        failed.join("; ")
    );
    println!("{} checks of {of} passed: {passed}", terminal::mark(true));
    Ok(())
}

/// Runs every check that was asked for: the code's here, then those of Dockerfiles and chart by the program for clusters.
///
/// # Errors
/// When a check failed, after all were reported; when there is none of a name that was asked for.
pub fn run(workspace: &Workspace, words: &[String]) -> anyhow::Result<()> {
    node::require()?;
    // Words that no check here has in its name are for the program for clusters.
    let (here, elsewhere): (Vec<_>, Vec<_>) = words.iter().cloned().partition(|word| {
        let word = std::slice::from_ref(word);
        CHECKS.iter().any(|(name, _)| is_meant(name, word))
    });
    let mut checked = Ok(());
    if words.is_empty() || !here.is_empty() {
        checked = run_table("the code", &CHECKS, &here, |check, step| match check {
            Tool(folder, command) => passes(workspace, step, folder, command, None),
            Asking(folder, command, sign) => passes(workspace, step, folder, command, Some(sign)),
            Fresh(generated) => generated::must_be_fresh(generated, workspace, step),
        });
    }
    interruption::check()?;
    if words.is_empty() || !elsewhere.is_empty() {
        checked = checked.and(binaries::cluster(workspace, "check", &elsewhere));
    }
    checked
}

fn passes(
    workspace: &Workspace,
    step: &mut Step,
    folder: &str,
    command: &str,
    sign: Option<&str>,
) -> anyhow::Result<String> {
    if folder != ROOT {
        node::install(workspace, folder)?;
    }
    let words: Vec<&str> = command.split(' ').collect();
    let mut command = match words.as_slice() {
        ["npm", arguments @ ..] => node::npm(&workspace.root().join(folder), arguments),
        ["cargo-deny", arguments @ ..] => cargo_deny(workspace, step, arguments)?,
        words => cargo(workspace, words.get(1..).unwrap_or_default()),
    };
    command.env("NEXT_TELEMETRY_DISABLED", "1");
    let log = workspace.log("check");
    let status = processes::run_logged(step, &mut command, &log)?;
    let said = fs::read_to_string(&log).unwrap_or_default();
    if !status.success() && sign.is_some_and(|sign| said.contains(sign)) {
        bail!(LeftOut("who keeps them does not answer".to_owned()));
    }
    ensure!(status.success(), said.trim_end().to_owned());
    Ok(String::new())
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
