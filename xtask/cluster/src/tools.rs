//! The programs that must be there.

use std::{process::Command, time::Duration};

use anyhow::bail;
use xtask::{config, processes};

const ENGINE_LIMIT: Duration = Duration::from_mins(2);

/// Each with where it comes from.
const TOOLS: [(&str, &str); 4] = [
    ("docker", "https://docs.docker.com/get-started/get-docker/"),
    ("minikube", "https://minikube.sigs.k8s.io/docs/start/"),
    ("kubectl", "https://kubernetes.io/docs/tasks/tools/"),
    ("helm", "https://helm.sh/docs/intro/install/"),
];

/// Makes sure that the programs for an existing release are installed, and says of one that is missing where to get it.
pub fn require() -> anyhow::Result<()> {
    require_those(&["minikube", "kubectl", "helm"])
}

/// The same for those with docker, whose engine has to answer.
pub fn require_with_docker() -> anyhow::Result<()> {
    require_those(&TOOLS.map(|(name, _)| name))?;
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
    let mut wanted = TOOLS.iter().filter(|(name, _)| names.contains(name));
    match wanted.find(|(name, _)| config::program(name).is_none()) {
        None => Ok(()),
        Some((name, link)) => bail!("`{name}` is not installed: get it from {link}"),
    }
}
