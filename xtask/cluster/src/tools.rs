//! The programs that must be there.

use std::{process::Command, time::Duration};

use anyhow::bail;
use xtask::{config, processes};

const ENGINE_LIMIT: Duration = Duration::from_mins(2);

/// Each with what it is for, and where it comes from.
const TOOLS: [(&str, &str, &str); 4] = [
    (
        "docker",
        "builds the images",
        "https://docs.docker.com/get-started/get-docker/",
    ),
    (
        "minikube",
        "runs the cluster",
        "https://minikube.sigs.k8s.io/docs/start/",
    ),
    (
        "kubectl",
        "talks to the cluster",
        "https://kubernetes.io/docs/tasks/tools/",
    ),
    (
        "helm",
        "installs the chart",
        "https://helm.sh/docs/intro/install/",
    ),
];

/// Makes sure that the programs for an existing release are installed, and says of each that is missing where to get it.
pub fn require() -> anyhow::Result<()> {
    require_those(&["minikube", "kubectl", "helm"])
}

/// The same for those with docker, whose engine has to answer.
pub fn require_with_docker() -> anyhow::Result<()> {
    require_those(&TOOLS.map(|(name, ..)| name))?;
    let mut command = Command::new("docker");
    command.args(["version", "--format", "{{.Server.Version}}"]);
    let answer = processes::captured(&mut command, None, ENGINE_LIMIT)?;
    if !answer.status.success() {
        bail!(
            "docker is installed, but its engine does not answer: start Docker Desktop, or on Linux `sudo systemctl start docker` ({})",
            answer.complaint()
        );
    }
    Ok(())
}

fn require_those(names: &[&str]) -> anyhow::Result<()> {
    let missing: Vec<String> = TOOLS
        .iter()
        .filter(|(name, ..)| names.contains(name) && config::program(name).is_none())
        .map(|(name, purpose, link)| {
            format!("`{name}`, which {purpose}, is not installed: get it from {link}")
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", missing.join("\n"))
}
