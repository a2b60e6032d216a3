//! A release on Minikube: where it is, and how it is spoken of.

use std::path::PathBuf;

use cluster::pods::INSTANCE;
use k8s_openapi::api::core::v1::Secret;
use xtask::workspace::Workspace;

use crate::{
    helm::{self, Helm, Revision},
    kubectl::{Kubectl, text},
    minikube::Minikube,
};

/// On namespaces that this program made, and may remove.
pub const MADE_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "cargo-xtask");

/// Where it is.
pub struct Release<'a> {
    pub workspace: &'a Workspace,
    pub minikube: &'a Minikube,
    pub kubectl: Kubectl,
    pub helm: Helm,
    pub name: &'a str,
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
            kubectl: minikube.kubectl(namespace),
            helm: Helm::find(&minikube.profile, namespace)?,
            minikube,
            name,
        })
    }

    pub fn chart(&self) -> PathBuf {
        self.workspace.root().join("helm").join("todo-chatbot")
    }

    /// The labels that all its objects have.
    pub fn labels(&self) -> String {
        format!("{INSTANCE}={}", self.name)
    }

    pub fn history(&self) -> anyhow::Result<Vec<Revision>> {
        self.helm.history(self.name)
    }

    /// What to trust so that browsers trust the certificate in this Secret, when it was made in the cluster: PEM.
    pub fn authority(&self, secret: &str) -> anyhow::Result<Option<String>> {
        let secret = self.kubectl.find::<Secret>(secret)?;
        Ok(secret.and_then(|secret| text(&secret, "ca.crt")))
    }

    /// The command that brings the newest revision back that was good, if one ever was.
    pub fn rollback(&self, history: &[Revision]) -> Option<String> {
        let number = helm::last_good(history)?;
        let Kubectl { context, namespace } = &self.kubectl;
        Some(format!(
            "helm --kube-context {context} --namespace {namespace} rollback {} {number}",
            self.name
        ))
    }

    /// What ends the work that a killed helm has left undone.
    pub fn way_out(&self, history: &[Revision]) -> String {
        self.rollback(history).map_or_else(
            || format!("run `{}`, which keeps what was stored", self.again("down")),
            |rollback| format!("run `{rollback}`"),
        )
    }

    /// How this program is called for the same release.
    pub fn again(&self, command: &str) -> String {
        let mut text = format!("cargo xtask minikube {command}");
        if self.kubectl.namespace != "todo-app" {
            text = format!("{text} --namespace {}", self.kubectl.namespace);
        }
        if self.name != "todo-chatbot" {
            text = format!("{text} --release {}", self.name);
        }
        text
    }
}
