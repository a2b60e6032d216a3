//! The tools that look at the Dockerfiles and the chart.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, ensure};
use xtask::{
    check::LeftOut,
    config,
    processes::{answer, captured},
    terminal::Step,
};

use super::{
    chart::{Chart, files},
    python,
};

type Verdict = anyhow::Result<String>;

/// API groups of others, whose schemas come with their operators: only a cluster that has them can check their objects.
const FOREIGN: [&str; 3] = [
    "api version cert-manager.io/",
    "api version gateway.networking.k8s.io/",
    "api version monitoring.coreos.com/",
];

/// What kube-score finds everywhere and is meant so.
const MEANT: [&str; 5] = [
    // Tags are versions, so what is present is what is meant; and images that were built on a computer and loaded into
    // its Minikube are in no registry that could be asked. Who has a registry to ask sets `image.pullPolicy`.
    "container-image-pull-policy",
    // Root file systems are read-only. Only the frontend writes at all, into two emptyDirs with a `sizeLimit`.
    "container-ephemeral-storage-request-and-limit",
    // Pods are spread by `topologySpreadConstraints`, which unlike this affinity count each revision by itself.
    "deployment-has-host-podantiaffinity",
    // One of each is what a Minikube of 4 CPUs and 8 GB is for, and a rolling update interrupts nobody all the same.
    // values-prod.yaml has two, and NOTES says what one does not survive.
    "deployment-replicas",
    // Policies are one switch, off by default: they close the namespace to whatever else is in it, and nobody should be
    // cut off by an installation.
    "pod-networkpolicy",
];

/// Checks that kube-score leaves out unless asked.
const OPTIONAL: &str = "container-ports-check,container-seccomp-profile";

const LIMIT: Duration = Duration::from_mins(5);

/// hadolint over the Dockerfiles; `.hadolint.yaml` says what counts.
pub fn hadolint(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let root = chart.workspace.root();
    let files = files(&root.join("docker"), |name| name.ends_with(".Dockerfile"))?;
    let mut command = Command::new(python::tool(chart.workspace, step, "hadolint")?);
    command.arg("--config").arg(root.join(".hadolint.yaml"));
    answer(command.args(&files))?;
    Ok(format!("{} files", files.len()))
}

/// `helm lint --strict` of every shape by every Helm.
pub fn lint(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    for helm in &chart.helms {
        of_shapes(chart, step, &[*helm, "lint", "--strict", "--quiet"])?;
    }
    Ok(match chart.helms.len() {
        1 => "by one Helm; of 3 and 4 the other is not here as `helm3` or `helm4`".to_owned(),
        _ => String::new(),
    })
}

/// Strict validation against the schemas of the lowest and the newest supported Kubernetes.
pub fn schemas(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let validator = python::tool(chart.workspace, step, "kubernetes-validate")?;
    let versions = [chart.lowest_kubernetes()?, python::NEWEST_KUBERNETES.into()];
    for version in &versions {
        let mut command = Command::new(&validator);
        command.args(["--strict", "--quiet", "--kubernetes-version", version]);
        command.arg(chart.workspace.root().join("helm/demo-database.yaml"));
        let done = captured(command.args(chart.renders(step)?), "", LIMIT)?;
        // It warns of a kind without a schema: one of others, or one that this Kubernetes does not have.
        refuse(&done.said, &FOREIGN)?;
        ensure!(done.ok, "kubernetes-validate failed: {}", done.said);
    }
    Ok(format!("Kubernetes {}", versions.join(" and ")))
}

/// kube-score over every shape. What it finds at one object and is meant there stands in that object's annotations.
pub fn kube_score(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    if config::program("kube-score").is_none() {
        left_out("there is no `kube-score` (https://github.com/zegl/kube-score)")?;
    }
    let lowest = format!("--kubernetes-version=v{}", chart.lowest_kubernetes()?);
    let score = "kube-score score --output-format=ci --exit-one-on-warning";
    let mut score: Vec<&str> = score.split(' ').collect();
    let meant = MEANT.join(",");
    score.extend([
        &lowest,
        "--ignore-test",
        &meant,
        "--enable-optional-test",
        OPTIONAL,
    ]);
    for render in chart.renders(step)? {
        step.tick(|| render.display().to_string());
        let done = captured(command(&score).arg(render), "", LIMIT)?;
        if !done.ok {
            refuse(&done.said, &["[OK]", "[SKIPPED]"])
                .with_context(|| format!("{}:", render.display()))?;
        }
    }
    Ok(String::new())
}

/// helm-unittest: the suites of the chart, and for each shape those in `tests/shapes`, which hold whatever the values.
pub fn unittest(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let mut tool = vec!["helm-unittest"];
    if config::program("helm-unittest").is_none() {
        tool = vec!["helm", "unittest"];
        if answer(command(&tool).arg("--help")).is_err() {
            left_out(
                "there is neither `helm-unittest` nor Helm's plugin of that name (helm plugin install https://github.com/helm-unittest/helm-unittest)",
            )?;
        }
    }
    tool.extend(["--strict", "--file"]);
    let said = answer(command(&tool).arg("tests/*_test.yaml").arg(&chart.folder))?;
    tool.push("tests/shapes/*_test.yaml");
    of_shapes(chart, step, &tool)?;
    let count = said.lines().find_map(|line| line.strip_prefix("Tests:"));
    let count = count.unwrap_or_default().trim();
    Ok(format!("{count}; {} shapes", chart.shapes.len()))
}

fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Runs a command of Helm with the values of every shape.
fn of_shapes(chart: &Chart<'_>, step: &mut Step, words: &[&str]) -> anyhow::Result<()> {
    for shape in &chart.shapes {
        step.tick(|| shape.name.clone());
        answer(command(words).args(shape.flags()).arg(&chart.folder))
            .with_context(|| format!("in the shape {}", shape.name))?;
    }
    Ok(())
}

fn left_out(reason: &str) -> anyhow::Result<()> {
    Err(LeftOut(reason.to_owned()).into())
}

/// Fails with the lines that are not among those that may be said.
fn refuse(said: &str, may_be_said: &[&str]) -> anyhow::Result<()> {
    let may_be_said = |line: &&str| may_be_said.iter().any(|it| line.contains(it));
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<&str> = lines.filter(|line| !may_be_said(line)).collect();
    ensure!(lines.is_empty(), lines.join("\n"));
    Ok(())
}
