//! `cargo xtask minikube …`: the application on the user's Minikube.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::{
    args::{Minikube as Options, MinikubeCommand},
    kubernetes::{helm::Helm, kubectl::Kubectl, minikube::Minikube, tools},
    workspace::Workspace,
};

pub mod address;
mod database;
mod down;
mod install;
mod logs;
pub(crate) mod reachable;
pub mod settings;
mod status;
mod summary;
mod waiting;

/// On namespaces that this program made, and may remove.
const MADE_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "cargo-xtask");

/// What every command works with.
#[derive(Debug)]
struct Place<'a> {
    workspace: &'a Workspace,
    minikube: Minikube,
    kubectl: Kubectl,
    release: &'a str,
}

impl Place<'_> {
    fn helm(&self) -> anyhow::Result<Helm> {
        Helm::find(self.kubectl.context(), self.kubectl.namespace())
    }

    fn chart(&self) -> PathBuf {
        self.workspace.root().join("helm").join("todo-chatbot")
    }

    fn demo_database(&self) -> anyhow::Result<String> {
        let file = self
            .workspace
            .root()
            .join("helm")
            .join("demo-database.yaml");
        std::fs::read_to_string(&file).with_context(|| file.display().to_string())
    }

    /// Selects the objects of the release.
    fn selector(&self) -> String {
        format!("--selector=app.kubernetes.io/instance={}", self.release)
    }

    /// What ends the work that a killed helm has left undone.
    fn way_out(&self) -> anyhow::Result<String> {
        Ok(self.rollback()?.map_or_else(
            || format!("run `{}`, which keeps what was stored", self.again("down")),
            |rollback| format!("run `{rollback}`"),
        ))
    }

    /// The command that brings the newest revision back that was good, if one ever was.
    fn rollback(&self) -> anyhow::Result<Option<String>> {
        let good = self.helm()?.last_good(self.release)?;
        Ok(good.map(|number| {
            format!(
                "helm --kube-context {} --namespace {} rollback {} {number}",
                self.kubectl.context(),
                self.kubectl.namespace(),
                self.release
            )
        }))
    }

    /// How this program is called for the same place.
    fn again(&self, command: &str) -> String {
        let mut text = format!("cargo xtask minikube {command}");
        if self.kubectl.namespace() != "todo-app" {
            text = format!("{text} --namespace {}", self.kubectl.namespace());
        }
        if self.release != "todo-chatbot" {
            text = format!("{text} --release {}", self.release);
        }
        text
    }
}

/// Runs the command.
///
/// # Errors
/// What is missing or went wrong, and what to do.
pub fn run(workspace: &Workspace, options: &Options) -> anyhow::Result<()> {
    tools::require(match options.command {
        MinikubeCommand::Up(_) | MinikubeCommand::Demo(_) => {
            &[tools::DOCKER, tools::MINIKUBE, tools::KUBECTL, tools::HELM]
        }
        MinikubeCommand::Down(_) | MinikubeCommand::Status => {
            &[tools::MINIKUBE, tools::KUBECTL, tools::HELM]
        }
        MinikubeCommand::Logs(_) => &[tools::MINIKUBE, tools::KUBECTL],
    })?;
    let minikube = Minikube::of_user(workspace);
    let place = Place {
        workspace,
        kubectl: minikube.kubectl(&options.namespace),
        minikube,
        release: &options.release,
    };
    match &options.command {
        MinikubeCommand::Up(install) => install::up(&place, install),
        MinikubeCommand::Demo(install) => install::demo(&place, install),
        MinikubeCommand::Down(down) => down::run(&place, down),
        MinikubeCommand::Status => status::run(&place),
        MinikubeCommand::Logs(logs) => logs::run(&place, logs),
    }
}
