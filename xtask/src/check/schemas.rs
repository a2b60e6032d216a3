//! The rendered objects, compared with the schemas of Kubernetes and shown to a real API server.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use super::{
    Verdict,
    chart::{Chart, NAMESPACE},
    manifests::Object,
    passes,
    python::{self, Tool},
};
use crate::{config, processes, terminal::Step};

/// API groups of others, whose schemas come with their operators: only a cluster that has them can check their objects.
const FOREIGN: [&str; 3] = [
    "cert-manager.io",
    "gateway.networking.k8s.io",
    "monitoring.coreos.com",
];

/// The one context of kubectl that is asked: whatever else is in the user's configuration is none of this program's business.
const CONTEXT: &str = "minikube";

/// What an API server says of a node port that some other release has: true, and no fault of the chart.
const PORT_IN_USE: &str = "provided port is already allocated";

/// Strict validation against the lowest and the newest supported Kubernetes.
///
/// # Errors
/// With everything that was found.
pub fn offline(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let validator = match python::tool(chart.workspace(), step, Tool::KubernetesValidate)? {
        Ok(validator) => validator,
        Err(reason) => return Ok(Some(reason)),
    };
    let mut foreign = BTreeSet::new();
    let versions = chart.kubernetes()?;
    let mut count = 0;
    for version in &versions {
        let mut objects = chart.distinct_objects(version)?;
        objects.retain(|(_, object)| {
            let is_foreign = is_foreign(object);
            if is_foreign {
                foreign.insert(object.kind().to_owned());
            }
            !is_foreign
        });
        count += objects.len();
        let folder = write(chart, &format!("objects-{version}"), &objects)?;
        let mut command = Command::new(&validator);
        command
            .args(["--strict", "--quiet", "--kubernetes-version", version])
            .args(files(&folder)?);
        let log = chart
            .workspace()
            .target()
            .join("xtask")
            .join("kubernetes-validate.log");
        let status = processes::run_logged(step, &mut command, &log)?;
        let said = fs::read_to_string(&log)?;
        // A warning says that there is no schema: a kind that this Kubernetes does not have.
        ensure!(
            status.success() && said.trim().is_empty(),
            "Kubernetes {version} would not take what is rendered:\n{}",
            said.trim()
        );
    }
    let mut notes = vec![format!(
        "{count} different objects, Kubernetes {}",
        versions.join(" and ")
    )];
    if !foreign.is_empty() {
        let kinds = foreign.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(format!(
            "without {kinds}, whose schemas come with their operators"
        ));
    }
    Ok(Some(notes.join("; ")))
}

fn is_foreign(object: &Object) -> bool {
    let group = object.api_version().split('/').next().unwrap_or_default();
    FOREIGN.contains(&group)
}

/// A dry run on the user's Minikube, if there is one.
///
/// # Errors
/// With everything that the API server refused.
pub fn api_server(chart: &Chart<'_>, step: &mut Step) -> Verdict {
    let Some(kubectl) = config::program("kubectl") else {
        return Ok(Some("left out, there is no `kubectl`".to_owned()));
    };
    let log = chart.workspace().target().join("xtask").join("dry-run.log");
    let mut command = ask(&kubectl);
    command.args(["api-versions"]);
    if !processes::run_logged(step, &mut command, &log)?.success() {
        return Ok(Some(format!(
            "left out, no cluster answers in kubectl's context `{CONTEXT}` (`minikube start`)"
        )));
    }
    let served = fs::read_to_string(&log)?;
    let served: BTreeSet<&str> = served.lines().map(str::trim).collect();
    let [_, newest] = chart.kubernetes()?;
    let mut objects = chart.distinct_objects(&newest)?;
    let mut unknown = BTreeSet::new();
    objects.retain(|(_, object)| {
        let is_served = served.contains(object.api_version());
        if !is_served && is_foreign(object) {
            unknown.insert(object.kind().to_owned());
        }
        is_served || !is_foreign(object)
    });
    let folder = write(chart, "objects-dry-run", &objects)?;
    let mut command = ask(&kubectl);
    command
        .args([
            "apply",
            "--server-side",
            "--dry-run=server",
            "--validate=strict",
        ])
        .args(["--force-conflicts", "--namespace", NAMESPACE, "--filename"])
        .arg(&folder);
    let mut notes = vec![format!("{} different objects", objects.len())];
    if let Err(error) = passes(chart.workspace(), step, &mut command, "dry-run.log") {
        let said = error.to_string();
        let (busy, refused): (Vec<&str>, Vec<&str>) = said
            .lines()
            .filter(|line| !line.ends_with("(server dry run)"))
            .partition(|line| line.contains(PORT_IN_USE));
        ensure!(
            refused.is_empty() && !busy.is_empty(),
            "{}",
            refused.join("\n")
        );
        notes.push(format!(
            "{} with a node port that is in use there",
            busy.len()
        ));
    }
    if !unknown.is_empty() {
        let kinds = unknown.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(format!("without {kinds}, which this cluster does not know"));
    }
    Ok(Some(notes.join("; ")))
}

fn ask(kubectl: &Path) -> Command {
    let mut command = Command::new(kubectl);
    command.args(["--context", CONTEXT, "--request-timeout", "5s"]);
    command
}

/// Writes objects into an empty folder, a file for each, named so that a finding tells where it comes from.
fn write(chart: &Chart<'_>, name: &str, objects: &[(&str, &Object)]) -> anyhow::Result<PathBuf> {
    let folder = chart
        .workspace()
        .target()
        .join("xtask")
        .join("chart")
        .join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for (index, (shape, object)) in objects.iter().enumerate() {
        let id = object.id().replace('/', "-");
        let file = folder.join(format!("{shape}.{index:03}.{id}.yaml"));
        fs::write(&file, &object.text)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(folder)
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}
