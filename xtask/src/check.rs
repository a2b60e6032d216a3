//! `cargo xtask check`: everything that can be said about the code without running it.

use std::{fs, process::Command};

use anyhow::{anyhow, ensure};

use crate::{
    args,
    binaries::cargo,
    freshness::{self, Generated},
    frontend, interruption, node, processes,
    terminal::{self, Reported, Step},
    workspace::Workspace,
};

mod audits;
pub mod chart;
mod chart_tests;
mod docker;
pub mod effects;
pub mod helm;
pub mod manifests;
pub mod policies;
pub mod programs;
pub mod promises;
mod python;
pub mod rolling;
mod schemas;
pub mod shapes;
pub mod usage;
pub mod values;

use chart::Chart;

/// How a check went that found nothing wrong; a note says what was left out, and why.
type Verdict = anyhow::Result<Option<String>>;

/// One check, of the code or of the chart.
#[derive(Clone, Copy)]
enum Check {
    Code(fn(&Workspace, &mut Step) -> Verdict),
    Chart(fn(&Chart<'_>, &mut Step) -> Verdict),
}

use Check::{Chart as OfChart, Code};

impl Check {
    fn needs_helm(self) -> bool {
        matches!(self, OfChart(_))
    }
}

const CHECKS: &[(&str, Check)] = &[
    ("Rust format", Code(rust_format)),
    ("Clippy", Code(clippy)),
    (
        "Crate licences, sources and advisories",
        Code(audits::crates),
    ),
    ("Frontend format, lints and types", Code(frontend_code)),
    (
        "Browser tests' format, lints and types",
        Code(browser_test_code),
    ),
    ("npm advisories", Code(audits::packages)),
    ("Query data is fresh", Code(query_data)),
    ("OpenAPI document is fresh", Code(openapi)),
    ("Frontend types are fresh", Code(types)),
    ("Dockerfiles", Code(docker::files)),
    ("Chart's lints", OfChart(chart::lint)),
    ("Chart renders the same twice", OfChart(chart::sameness)),
    (
        "Chart keeps its promises in every shape",
        OfChart(promises::kept),
    ),
    (
        "Chart against Kubernetes' schemas",
        OfChart(schemas::offline),
    ),
    (
        "Chart against a real API server",
        OfChart(schemas::api_server),
    ),
    ("Chart's policies", OfChart(policies::check)),
    ("Chart's own tests", OfChart(chart_tests::run)),
    (
        "Chart's values are documented and used",
        OfChart(usage::values),
    ),
];

/// Runs every check that was asked for, also after one failed.
///
/// # Errors
/// When a check failed, after all were reported; when there is none of a name that was asked for.
pub fn run(workspace: &Workspace, options: &args::Check) -> anyhow::Result<()> {
    let mut checks = asked_for(options)?;
    node::require()?;
    let chart = Chart::of(workspace);
    if chart.helms().is_empty() && checks.iter().any(|(_, check)| check.needs_helm()) {
        checks.retain(|(_, check)| !check.needs_helm());
        println!(
            "  The chart's checks are left out: Helm is not installed (https://helm.sh/docs/intro/install)"
        );
    }
    if checks.is_empty() {
        return Ok(());
    }
    let mut failed = Vec::new();
    for (name, check) in &checks {
        let mut step = Step::start(*name);
        let verdict = match check {
            Code(check) => check(workspace, &mut step),
            OfChart(check) => check(&chart, &mut step),
        };
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
    if failed.is_empty() {
        println!("{} checks passed: {}", terminal::green("✓"), checks.len());
        return Ok(());
    }
    println!("{} failed: {}", terminal::red("✗"), failed.join("; "));
    Err(Reported.into())
}

/// The checks whose names have one of the words in them; without a word, all.
fn asked_for(options: &args::Check) -> anyhow::Result<Vec<(&'static str, Check)>> {
    let words: Vec<String> = options
        .names
        .iter()
        .map(|word| word.to_lowercase())
        .collect();
    let is_asked_for = |name: &str| {
        let name = name.to_lowercase();
        words.is_empty() || words.iter().any(|word| name.contains(word))
    };
    let checks: Vec<_> = CHECKS
        .iter()
        .filter(|(name, _)| is_asked_for(name))
        .copied()
        .collect();
    let names: Vec<&str> = CHECKS.iter().map(|(name, _)| *name).collect();
    ensure!(
        !checks.is_empty(),
        "no check is called that; there are: {}",
        names.join("; ")
    );
    Ok(checks)
}

/// Runs a command whose whole output is the finding when it fails.
fn passes(
    workspace: &Workspace,
    step: &mut Step,
    command: &mut Command,
    log: &str,
) -> anyhow::Result<()> {
    let log = workspace.target().join("xtask").join(log);
    let status = processes::run_logged(step, command, &log)?;
    if status.success() {
        return Ok(());
    }
    Err(anyhow!(
        "{}",
        fs::read_to_string(&log)
            .unwrap_or_default()
            .trim_end()
            .to_owned()
    ))
}

fn rust_format(workspace: &Workspace, step: &mut Step) -> Verdict {
    let mut command = cargo(
        workspace,
        &["fmt", "--all", "--check", "--", "--files-with-diff"],
    );
    passes(workspace, step, &mut command, "fmt.log")
        .map_err(|files| anyhow!("{files}\nare not formatted: run `cargo fmt --all`"))?;
    Ok(None)
}

fn clippy(workspace: &Workspace, step: &mut Step) -> Verdict {
    let arguments = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    passes(
        workspace,
        step,
        &mut cargo(workspace, &arguments),
        "clippy.log",
    )?;
    Ok(None)
}

fn frontend_code(workspace: &Workspace, step: &mut Step) -> Verdict {
    frontend::install(workspace)?;
    let mut command = frontend::script(workspace, "check");
    passes(workspace, step, &mut command, "frontend-check.log")?;
    Ok(None)
}

fn browser_test_code(workspace: &Workspace, step: &mut Step) -> Verdict {
    let folder = workspace.browser_tests();
    let log = workspace
        .target()
        .join("xtask")
        .join("npm-browser-tests.log");
    node::install(&folder, "the browser tests' packages", &[], &log)?;
    let mut command = node::npm(&folder, &["run", "--silent", "check"]);
    passes(workspace, step, &mut command, "browser-tests-check.log")?;
    Ok(None)
}

fn query_data(workspace: &Workspace, step: &mut Step) -> Verdict {
    let made = tempfile::tempdir()?;
    freshness::write_query_data(workspace, made.path(), step)?;
    let committed = Generated::of(workspace).query_data;
    stale(freshness::query_data_difference(&committed, made.path())?)
}

fn openapi(workspace: &Workspace, step: &mut Step) -> Verdict {
    let now = freshness::openapi(workspace, step)?;
    let committed = Generated::of(workspace).openapi;
    let same = fs::read_to_string(&committed).is_ok_and(|text| text == now);
    stale((!same).then(|| format!("{} is not what the backend has", committed.display())))
}

fn types(workspace: &Workspace, step: &mut Step) -> Verdict {
    let generated = Generated::of(workspace);
    let folder = tempfile::tempdir()?;
    let made = folder.path().join("schema.d.ts");
    freshness::write_types(workspace, &generated.openapi, &made, step)?;
    let same = fs::read_to_string(&generated.types).ok() == fs::read_to_string(&made).ok();
    stale((!same).then(|| format!("{} is not what the document has", generated.types.display())))
}

fn stale(difference: Option<String>) -> Verdict {
    match difference {
        None => Ok(None),
        Some(difference) => Err(anyhow!("{difference}: {}", freshness::REMEDY)),
    }
}
