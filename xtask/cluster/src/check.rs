//! `cargo xtask check` for Dockerfiles and the Helm chart: standard tools, called for every shape of the chart.

mod chart;
mod python;
mod tools;

use xtask::{
    interruption,
    terminal::{self, Reported, Step},
    workspace::Workspace,
};

use chart::Chart;

type Check = fn(&Chart<'_>, &mut Step) -> tools::Verdict;

const CHECKS: [(&str, Check); 7] = [
    ("Dockerfiles", tools::hadolint),
    ("Chart's lints", tools::lint),
    ("Chart renders the same twice", tools::sameness),
    ("Chart against Kubernetes' schemas", tools::schemas),
    ("Chart against a real API server", tools::api_server),
    ("Chart's policies", tools::kube_score),
    (
        "Chart's own tests, and those for every shape",
        tools::unittest,
    ),
];

/// Runs the checks with one of the words in their names, without a word all; also after one failed.
pub fn run(workspace: &Workspace, words: &[String]) -> anyhow::Result<()> {
    let has = |name: &str, word: &String| name.to_lowercase().contains(&word.to_lowercase());
    let mut checks = CHECKS.to_vec();
    checks.retain(|(name, _)| words.is_empty() || words.iter().any(|word| has(name, word)));
    if checks.is_empty() {
        let names = CHECKS.map(|(name, _)| name).join("; ");
        anyhow::bail!("no check is called that; of Dockerfiles and chart there are: {names}");
    }
    let chart = Chart::of(workspace)?;
    if chart.helms.is_empty() {
        println!(
            "  The chart's checks are left out: Helm is not installed (https://helm.sh/docs/intro/install)"
        );
        checks.retain(|(name, _)| *name == "Dockerfiles");
    }
    let mut failed = Vec::new();
    for (name, check) in &checks {
        let mut step = Step::start(*name);
        let verdict = check(&chart, &mut step);
        interruption::check()?;
        match verdict {
            Ok(note) => step.done(&note),
            Err(error) => {
                step.failed();
                println!("{error:#}");
                failed.push(*name);
            }
        }
    }
    if failed.is_empty() {
        let count = checks.len();
        println!(
            "{} checks of Dockerfiles and chart passed: {count}",
            terminal::green("✓")
        );
        return Ok(());
    }
    println!("{} failed: {}", terminal::red("✗"), failed.join("; "));
    Err(Reported.into())
}
