//! `cargo xtask check` for Dockerfiles and the Helm chart: standard tools, called for every shape of the chart.

mod chart;
mod python;
mod tools;

use xtask::{
    check::{is_meant, run_table},
    terminal::Step,
    workspace::Workspace,
};

use chart::Chart;

type Check = fn(&Chart<'_>, &mut Step) -> anyhow::Result<String>;

const CHECKS: [(&str, Check); 5] = [
    ("Dockerfiles", tools::hadolint),
    ("Chart's lints", tools::lint),
    ("Chart against Kubernetes' schemas", tools::schemas),
    ("Chart's policies", tools::kube_score),
    (
        "Chart's own tests, and those for every shape",
        tools::unittest,
    ),
];

/// Runs the checks with one of the words in their names, without a word all; also after one failed.
pub fn run(workspace: &Workspace, words: &[String]) -> anyhow::Result<()> {
    if !CHECKS.iter().any(|(name, _)| is_meant(name, words)) {
        let names = CHECKS.map(|(name, _)| name).join("; ");
        anyhow::bail!("no check is called that; of Dockerfiles and chart there are: {names}");
    }
    let chart = Chart::of(workspace)?;
    let mut checks = CHECKS.as_slice();
    if chart.helms.is_empty() {
        println!(
            "  The chart's checks are left out: Helm is not installed (https://helm.sh/docs/intro/install)"
        );
        checks = checks.get(..1).unwrap_or_default();
    }
    let of = "Dockerfiles and chart";
    run_table(of, checks, words, |check, step| check(&chart, step))
}
