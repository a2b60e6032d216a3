//! A release on Minikube, and the commands that install, show and remove it.

mod down;
mod install;
mod logs;
mod status;
mod waiting;

use std::{path::PathBuf, process::Command};

use cluster::pods::INSTANCE;
use k8s_openapi::api::core::v1::Secret;
use xtask::workspace::Workspace;

use crate::{
    address::Exposure,
    api::Cluster,
    args,
    certificate::Certificate,
    helm::{self, Helm, Revision},
    minikube::Minikube,
    tools,
};

pub use waiting::upgrade;

/// On namespaces that this program made, and may remove.
const MADE_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "cargo-xtask");

/// Where it is.
pub struct Release<'a> {
    pub workspace: &'a Workspace,
    pub minikube: &'a Minikube,
    pub cluster: Cluster,
    pub helm: Helm,
    pub name: &'a str,
}

/// Runs a command of `cargo xtask minikube`.
pub fn run(workspace: &Workspace, options: &args::Minikube) -> anyhow::Result<()> {
    let minikube = Minikube::of_user(workspace);
    if let args::Command::Up(_) | args::Command::Demo(_) = options.command {
        tools::require_with_docker()?;
    } else {
        tools::require()?;
        minikube.require()?;
    }
    let find = || Release::find(workspace, &minikube, &options.namespace, &options.release);
    match &options.command {
        args::Command::Up(options) => install::run(workspace, &minikube, options, false, find),
        args::Command::Demo(options) => install::run(workspace, &minikube, options, true, find),
        args::Command::Down { all } => down::run(&find()?, *all),
        args::Command::Status => status::run(&find()?),
        args::Command::Logs(logs) => logs::run(&find()?, logs),
    }
}

impl<'a> Release<'a> {
    /// A release on a Minikube that runs.
    pub fn find(
        workspace: &'a Workspace,
        minikube: &'a Minikube,
        namespace: &str,
        name: &'a str,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            workspace,
            cluster: Cluster::connect(&minikube.profile, namespace)?,
            helm: Helm::find(&minikube.profile, namespace)?,
            minikube,
            name,
        })
    }

    pub fn chart(&self) -> PathBuf {
        self.workspace.root().join("helm").join("todo-chatbot")
    }

    /// `kubectl` in its namespace.
    pub fn kubectl(&self, arguments: &[&str]) -> Command {
        self.minikube.kubectl(&self.cluster.namespace, arguments)
    }

    /// The labels that all its objects have.
    fn labels(&self) -> String {
        format!("{INSTANCE}={}", self.name)
    }

    fn history(&self) -> anyhow::Result<Vec<Revision>> {
        self.helm.history(self.name)
    }

    fn exposure(&self) -> anyhow::Result<Option<Exposure>> {
        Exposure::find(&self.cluster, self.name)
    }

    pub fn certificate(&self, secret: &str) -> anyhow::Result<Option<Certificate>> {
        let secret = self.cluster.find::<Secret>(secret)?;
        Ok(secret.as_ref().and_then(Certificate::of))
    }

    /// The command that brings the newest revision back that was good, if one ever was.
    fn rollback(&self, history: &[Revision]) -> Option<String> {
        let number = helm::last_good(history)?;
        let (context, namespace) = (&self.minikube.profile, &self.cluster.namespace);
        Some(format!(
            "helm --kube-context {context} --namespace {namespace} rollback {} {number}",
            self.name
        ))
    }

    /// What ends the work that a killed helm has left undone.
    fn way_out(&self, history: &[Revision]) -> String {
        self.rollback(history).map_or_else(
            || format!("run `{}`, which keeps what was stored", self.again("down")),
            |rollback| format!("run `{rollback}`"),
        )
    }

    /// How this program is called for the same release.
    fn again(&self, command: &str) -> String {
        let mut text = format!("cargo xtask minikube {command}");
        if self.cluster.namespace != "todo-app" {
            text = format!("{text} --namespace {}", self.cluster.namespace);
        }
        if self.name != "todo-chatbot" {
            text = format!("{text} --release {}", self.name);
        }
        text
    }
}
