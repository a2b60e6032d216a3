//! The tools that look at the Dockerfiles and the chart.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::ensure;
use xtask::{config, terminal::Step};

use super::{
    Verdict,
    chart::{Chart, NAMESPACE, files, passes, run},
    python,
};

const NO_HELM: &str = "left out, Helm is not installed (https://helm.sh/docs/intro/install)";

/// API groups of others, whose schemas come with their operators: only a cluster that has them can check their objects.
const FOREIGN: [&str; 3] = [
    "cert-manager.io",
    "gateway.networking.k8s.io",
    "monitoring.coreos.com",
];

/// What a render without a cluster makes up when nobody gave it, and the annotation by which pods notice that it changed.
const MADE_UP: [&str; 6] = [
    "BETTER_AUTH_SECRET: \"",
    "MCP_API_KEY: \"",
    "ca.crt: ",
    "tls.crt: ",
    "tls.key: ",
    "checksum/secret: ",
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
const OPTIONAL: [&str; 2] = ["container-ports-check", "container-seccomp-profile"];

/// hadolint over the Dockerfiles; `.hadolint.yaml` says what counts.
pub fn hadolint(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let root = chart.workspace.root();
    let files = files(&root.join("docker"), |name| name.ends_with(".Dockerfile"))?;
    ensure!(!files.is_empty(), "docker/ has no *.Dockerfile");
    let hadolint = match python::tool(chart.workspace, step, "hadolint")? {
        Ok(hadolint) => hadolint,
        Err(reason) => return Ok(reason),
    };
    let mut command = Command::new(hadolint);
    command.arg("--config").arg(root.join(".hadolint.yaml"));
    passes(command.args(&files))?;
    Ok(format!("{} files", files.len()))
}

/// `helm lint --strict` of every shape by every Helm.
pub fn lint(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let mut findings = Vec::new();
    for helm in &chart.helms {
        for shape in &chart.shapes {
            step.tick(|| shape.name.clone());
            let mut command = Command::new(helm);
            command
                .args(["lint", "--strict", "--quiet"])
                .arg(&chart.folder);
            command.args(values(&shape.values));
            if let Err(error) = passes(&mut command) {
                findings.push(format!("{}, {}: {error}", helm.display(), shape.name));
            }
        }
    }
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    Ok(match chart.helms.len() {
        0 => NO_HELM.to_owned(),
        1 => "with one Helm; of 3 and 4 the other is not here as `helm3` or `helm4`".to_owned(),
        _ => String::new(),
    })
}

/// Two renders of the same are the same, but for what is made up: no clock, no random values, no order of a map.
pub fn sameness(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    if chart.helms.is_empty() {
        return Ok(NO_HELM.to_owned());
    }
    let renders = chart.renders(step)?;
    for pair in renders.windows(2) {
        let [one, other] = pair else { continue };
        if (&one.shape, &one.kubernetes) != (&other.shape, &other.kubernetes) {
            continue;
        }
        let different = given(&one.text)
            .zip(given(&other.text))
            .find(|(a, b)| a != b);
        ensure!(
            different.is_none() && given(&one.text).count() == given(&other.text).count(),
            "the shape {} by {} and {}: {different:?}",
            one.shape,
            one.helm.display(),
            other.helm.display()
        );
    }
    Ok(format!("{} renders", renders.len()))
}

/// The lines of a render that follow from the values alone.
fn given(text: &str) -> impl Iterator<Item = &str> {
    let made_up = |line: &&str| MADE_UP.iter().any(|it| line.trim_start().starts_with(it));
    text.lines().filter(move |line| !made_up(line))
}

/// Strict validation against the schemas of the lowest and the newest supported Kubernetes.
pub fn schemas(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    if chart.helms.is_empty() {
        return Ok(NO_HELM.to_owned());
    }
    let validator = match python::tool(chart.workspace, step, "kubernetes-validate")? {
        Ok(validator) => validator,
        Err(reason) => return Ok(reason),
    };
    let versions = chart.kubernetes()?;
    for version in &versions {
        let manifests = chart.manifests(version, step)?;
        let mut command = Command::new(&validator);
        command.args(["--strict", "--quiet", "--kubernetes-version", version]);
        let done = run(command.args(&manifests))?;
        let said = format!("{}\n{}", done.stdout, done.stderr);
        // It warns of a kind without a schema: one of others, or one that this Kubernetes does not have.
        let lines = said.lines().filter(|line| !line.trim().is_empty());
        let found: Vec<&str> = lines.filter(|line| !is_foreign(line)).collect();
        ensure!(
            found.is_empty(),
            "Kubernetes {version} would not take what is rendered:\n{}",
            found.join("\n")
        );
    }
    Ok(format!("Kubernetes {}", versions.join(" and ")))
}

fn is_foreign(line: &str) -> bool {
    FOREIGN.iter().any(|group| line.contains(group))
}

/// A dry run on the user's Minikube, if there is one; whatever else is in kubectl's configuration is none of this
/// program's business.
pub fn api_server(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let Some(kubectl) = config::program("kubectl") else {
        return Ok("left out, there is no `kubectl`".to_owned());
    };
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(&kubectl);
        command.args(["--context=minikube", "--request-timeout=5s"]);
        command.args(arguments);
        command
    };
    if chart.helms.is_empty() {
        return Ok(NO_HELM.to_owned());
    }
    if !run(&mut ask(&["api-versions"]))?.status.success() {
        return Ok(
            "left out, no cluster answers in kubectl's context `minikube` (`minikube start`)"
                .to_owned(),
        );
    }
    let [_, newest] = chart.kubernetes()?;
    let manifests = chart.manifests(&newest, step)?;
    let mut apply = ask(&["apply", "--server-side", "--dry-run=server"]);
    apply.args([
        "--validate=strict",
        "--force-conflicts",
        "--namespace",
        NAMESPACE,
    ]);
    apply.args(
        manifests
            .iter()
            .flat_map(|file| [Path::new("--filename"), file]),
    );
    let done = run(&mut apply)?;
    let accepted = done.stdout.lines().count();
    let mut refused: Vec<&str> = done.stderr.lines().collect();
    // True of this cluster, and no fault of the chart: it lacks the kinds of others, or another release has the port.
    refused.retain(|line| {
        let of_cluster = [
            "no matches for kind",
            "ensure CRDs are installed first",
            "provided port is already allocated",
        ];
        !of_cluster.iter().any(|it| line.contains(it))
    });
    ensure!(refused.is_empty() && accepted > 0, "{}", refused.join("\n"));
    Ok(format!("{accepted} objects"))
}

/// kube-score over every shape. What it finds at one object and is meant there stands in that object's annotations.
pub fn kube_score(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let Some(program) = config::program("kube-score") else {
        return Ok(
            "left out, there is no `kube-score` (https://github.com/zegl/kube-score)".to_owned(),
        );
    };
    if chart.helms.is_empty() {
        return Ok(NO_HELM.to_owned());
    }
    let [lowest, newest] = chart.kubernetes()?;
    let mut findings = Vec::new();
    for file in chart.manifests(&newest, step)? {
        let mut command = Command::new(&program);
        command
            .args(["score", "--output-format=ci", "--exit-one-on-warning"])
            .arg(format!("--kubernetes-version=v{lowest}"))
            .args(MEANT.iter().flat_map(|it| ["--ignore-test", it]))
            .args(
                OPTIONAL
                    .iter()
                    .flat_map(|it| ["--enable-optional-test", it]),
            );
        let done = run(command.arg(&file))?;
        if !done.status.success() {
            let lines = done
                .stdout
                .lines()
                .filter(|line| !line.starts_with("[OK]") && !line.starts_with("[SKIPPED]"));
            findings.extend(lines.map(|line| format!("{}: {line}", file.display())));
            findings.extend(done.stderr.lines().map(str::to_owned));
        }
    }
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    Ok(String::new())
}

/// helm-unittest: the suites of the chart, and for each shape those in `tests/shapes`, which hold whatever the values.
pub fn unittest(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let Some(program) = unittest_program(chart)? else {
        return Ok("left out, there is neither `helm-unittest` nor Helm's plugin of that name (helm plugin install https://github.com/helm-unittest/helm-unittest)".to_owned());
    };
    let command = |files: &str| {
        let mut command = Command::new(&program);
        if !program.ends_with("helm-unittest") {
            command.arg("unittest");
        }
        command.args(["--strict", "--file", files]);
        command
    };
    let said = passes(command("tests/*_test.yaml").arg(&chart.folder))?;
    let mut findings = Vec::new();
    for shape in &chart.shapes {
        step.tick(|| shape.name.clone());
        let mut command = command("tests/shapes/*_test.yaml");
        command.args(values(&shape.values)).arg(&chart.folder);
        if let Err(error) = passes(&mut command) {
            findings.push(format!("in the shape {}: {error}", shape.name));
        }
    }
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    let count = said.lines().find_map(|line| line.strip_prefix("Tests:"));
    let count = count.unwrap_or_default().trim();
    Ok(format!("{count}; {} shapes", chart.shapes.len()))
}

fn unittest_program(chart: &Chart<'_>) -> anyhow::Result<Option<PathBuf>> {
    if let Some(program) = config::program("helm-unittest") {
        return Ok(Some(program));
    }
    for helm in &chart.helms {
        let mut help = Command::new(helm);
        if run(help.args(["unittest", "--help"]))?.status.success() {
            return Ok(Some(helm.clone()));
        }
    }
    Ok(None)
}

fn values(files: &[PathBuf]) -> impl Iterator<Item = &Path> {
    files.iter().flat_map(|file| [Path::new("--values"), file])
}
