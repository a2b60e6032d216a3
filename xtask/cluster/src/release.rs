//! A release on Minikube: where it is, which programs work on it, and how it is spoken of.

use std::process::Command;

use anyhow::bail;
use cluster::pods::INSTANCE;
use xtask::{config, workspace::Workspace};

use crate::args::{self, Place};

/// The programs that must be there, each with where it comes from.
const TOOLS: [(&str, &str); 4] = [
    ("minikube", "https://minikube.sigs.k8s.io/docs/start/"),
    ("kubectl", "https://kubernetes.io/docs/tasks/tools/"),
    ("helm", "https://helm.sh/docs/intro/install/"),
    ("docker", "https://docs.docker.com/get-started/get-docker/"),
];

/// Where it is.
pub struct Release<'a> {
    pub workspace: &'a Workspace,
    /// Minikube's profile, which is also its context in kubeconfig.
    pub profile: String,
    pub namespace: &'a str,
    pub name: &'a str,
}

impl<'a> Release<'a> {
    /// One on the Minikube that `MINIKUBE_PROFILE` names, or else on the usual one.
    pub fn of(workspace: &'a Workspace, place: &'a Place) -> Self {
        Self {
            workspace,
            profile: config::variable("MINIKUBE_PROFILE").unwrap_or_else(|| "minikube".into()),
            namespace: &place.namespace,
            name: &place.release,
        }
    }

    /// `minikube` for this cluster.
    pub fn minikube(&self, arguments: &[&str]) -> Command {
        program("minikube", &["--profile", &self.profile], arguments)
    }

    /// `kubectl` in this namespace. What it has chosen for other work stays chosen.
    pub fn kubectl(&self, arguments: &[&str]) -> Command {
        let place = ["--context", &self.profile, "--namespace", self.namespace];
        program("kubectl", &place, arguments)
    }

    /// `helm` in this namespace.
    pub fn helm(&self, arguments: &[&str]) -> Command {
        let place = [
            "--kube-context",
            &self.profile,
            "--namespace",
            self.namespace,
        ];
        program("helm", &place, arguments)
    }

    /// The labels that all its objects have.
    pub fn labels(&self) -> String {
        format!("{INSTANCE}={}", self.name)
    }

    /// How this program is called for the same release.
    pub fn again(&self, command: &str) -> String {
        let mut text = format!("cargo xtask minikube {command}");
        if self.namespace != args::NAMESPACE {
            text = format!("{text} --namespace {}", self.namespace);
        }
        if self.name != args::RELEASE {
            text = format!("{text} --release {}", self.name);
        }
        text
    }
}

fn program(name: &str, place: &[&str], arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).args(place);
    command
}

/// Makes sure that the programs are installed, and says of one that is missing where to get it.
pub fn require_tools(with_docker: bool) -> anyhow::Result<()> {
    let mut wanted = TOOLS
        .iter()
        .filter(|(name, _)| with_docker || *name != "docker");
    if let Some((name, link)) = wanted.find(|(name, _)| config::program(name).is_none()) {
        bail!("`{name}` is not installed: get it from {link}");
    }
    Ok(())
}
