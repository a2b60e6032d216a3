//! The programs that must be there.

use std::{process::Command, time::Duration};

use anyhow::bail;

use crate::{config, processes};

const ENGINE_LIMIT: Duration = Duration::from_mins(2);

/// A program of the user's, and where it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    name: &'static str,
    purpose: &'static str,
    link: &'static str,
}

/// Builds the images.
pub const DOCKER: Tool = Tool {
    name: "docker",
    purpose: "builds the images",
    link: "https://docs.docker.com/get-started/get-docker/",
};

/// Runs the cluster.
pub const MINIKUBE: Tool = Tool {
    name: "minikube",
    purpose: "runs the cluster",
    link: "https://minikube.sigs.k8s.io/docs/start/",
};

/// Talks to the cluster.
pub const KUBECTL: Tool = Tool {
    name: "kubectl",
    purpose: "talks to the cluster",
    link: "https://kubernetes.io/docs/tasks/tools/",
};

/// Installs the chart.
pub const HELM: Tool = Tool {
    name: "helm",
    purpose: "installs the chart",
    link: "https://helm.sh/docs/intro/install/",
};

/// Makes sure that the programs are installed.
///
/// # Errors
/// One sentence for each that is missing, with where to get it.
pub fn require(tools: &[Tool]) -> anyhow::Result<()> {
    let missing: Vec<String> = tools
        .iter()
        .filter(|tool| config::program(tool.name).is_none())
        .map(missing)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", missing.join("\n"))
}

/// What is said about a program that is not there.
#[must_use]
pub fn missing(tool: &Tool) -> String {
    let Tool {
        name,
        purpose,
        link,
    } = tool;
    format!("`{name}`, which {purpose}, is not installed: get it from {link}")
}

/// Makes sure that the engine behind `docker` answers.
///
/// # Errors
/// One sentence with what to do.
pub fn require_docker_engine() -> anyhow::Result<()> {
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
