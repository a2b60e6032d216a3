//! One release of the chart, as `helm` makes it.

use std::{ffi::OsString, net::SocketAddr};

use anyhow::{Context as _, ensure};
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::{
    cluster::Place,
    person,
    pods::{Pods, ROLLOUT},
    programs::Output,
    site::Site,
    waiting::{seconds, until},
};

/// What people call it.
pub const NAME: &str = "todo-chatbot";

/// A release in a namespace.
pub struct Release {
    /// Where it is.
    pub namespace: String,
    /// The host of its Ingress, one of its own, so that releases do not meet.
    pub host: String,
    /// Its pods.
    pub pods: Pods,
    place: Place,
    helm: &'static str,
    values: NamedTempFile,
}

impl Release {
    /// Prepares one; nothing is installed yet. `values` are merged over the images under test.
    ///
    /// # Errors
    /// When the values cannot be written.
    pub fn prepare(place: &Place, namespace: &str, values: Value) -> anyhow::Result<Self> {
        let host = format!("{namespace}.todo.local");
        let mut all = images(place);
        merge(&mut all, json!({"ingress": {"host": host}}));
        merge(&mut all, values);
        let host = all.pointer("/ingress/host").and_then(Value::as_str);
        let host = host.context("a host")?.to_owned();
        let file = tempfile::Builder::new().suffix(".json").tempfile()?;
        serde_json::to_writer_pretty(&file, &all)?;
        Ok(Self {
            namespace: namespace.to_owned(),
            host,
            pods: Pods::of(&place.client, namespace),
            place: place.clone(),
            helm: "helm",
            values: file,
        })
    }

    /// The same with another Helm.
    #[must_use]
    pub fn with_helm(mut self, program: &'static str) -> Self {
        self.helm = program;
        self
    }

    /// The file of values, for commands that are typed.
    #[must_use]
    pub fn values(&self) -> String {
        self.values.path().display().to_string()
    }

    /// `helm install`, waiting until everything is ready.
    ///
    /// # Errors
    /// When that fails.
    pub async fn install(&self, options: &[&str]) -> anyhow::Result<Output> {
        self.try_install(options).await?.success()
    }

    /// `helm install`, which may fail.
    ///
    /// # Errors
    /// When Helm cannot be started or does not end.
    pub async fn try_install(&self, options: &[&str]) -> anyhow::Result<Output> {
        self.helm("install", &self.with_chart(options)).await
    }

    /// `helm upgrade` with the values of the installation, or those of the release with `--reuse-values`, waiting until everything is ready.
    ///
    /// # Errors
    /// When that fails.
    pub async fn upgrade(&self, options: &[&str]) -> anyhow::Result<Output> {
        self.try_upgrade(options).await?.success()
    }

    /// `helm upgrade`, which may fail.
    ///
    /// # Errors
    /// When Helm cannot be started or does not end.
    pub async fn try_upgrade(&self, options: &[&str]) -> anyhow::Result<Output> {
        let done = self.helm("upgrade", &self.with_chart(options)).await?;
        if done.ok {
            self.pods.settled(ROLLOUT).await?;
        }
        Ok(done)
    }

    /// `helm rollback` to a revision, waiting until everything is ready.
    ///
    /// # Errors
    /// When that fails.
    pub async fn rollback(&self, revision: &str) -> anyhow::Result<()> {
        let arguments = [NAME, revision, "--wait", "--timeout", "180s"];
        self.helm("rollback", &owned(&arguments)).await?.success()?;
        self.pods.settled(ROLLOUT).await?;
        Ok(())
    }

    /// `helm uninstall`, waiting until everything is gone.
    ///
    /// # Errors
    /// When that fails.
    pub async fn uninstall(&self) -> anyhow::Result<Output> {
        let arguments = [NAME, "--wait", "--timeout", "180s"];
        self.helm("uninstall", &owned(&arguments)).await?.success()
    }

    /// `helm test`, with what its pods said where that can be had: Helm 3 looks for it when the pods are gone already.
    ///
    /// # Errors
    /// When it fails.
    pub async fn test(&self) -> anyhow::Result<Output> {
        let mut arguments = owned(&[NAME, "--timeout", "120s"]);
        if self.helm == "helm" {
            arguments.push("--logs".into());
        }
        self.helm("test", &arguments).await?.success()
    }

    /// The revision that is deployed.
    ///
    /// # Errors
    /// When there is none.
    pub async fn revision(&self) -> anyhow::Result<String> {
        let said = self
            .helm("status", &owned(&[NAME, "--output", "json"]))
            .await?
            .success()?;
        let status: Value = serde_json::from_str(&said.stdout)?;
        let version = status.get("version").and_then(Value::as_u64);
        Ok(version.context("helm status tells no version")?.to_string())
    }

    /// The application through the Ingress, with nothing trusted but the release's own authority. Waits until the
    /// Ingress controller has heard of the pods, which it does a moment after they are ready.
    ///
    /// # Errors
    /// When the release has no certificate, or nothing leads to it.
    pub async fn site(&self) -> anyhow::Result<Site> {
        let authority = self.certificate("ca.crt").await?;
        let address = SocketAddr::new(self.place.settings.node, 443);
        let site = Site::trusting(&self.host, address, &authority)?;
        until(
            "the Ingress leads to the backend",
            seconds(30),
            async || {
                let answer = site.request(Method::GET, "/api/health").send().await?;
                let answer = person::json(answer, 200).await?;
                // The frontend has one as well, without it.
                answer
                    .get("version")
                    .cloned()
                    .context("the frontend answers in its place")
            },
        )
        .await?;
        Ok(site)
    }

    /// A part of the release's certificate, as PEM.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn certificate(&self, part: &str) -> anyhow::Result<Vec<u8>> {
        let secret = self.secret(&format!("{NAME}-tls")).await?;
        let found = secret.into_iter().find(|(key, _)| key == part);
        Ok(found
            .with_context(|| format!("the certificate has no {part}"))?
            .1)
    }

    /// What a Secret holds.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn secret(&self, name: &str) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let secrets = Api::<Secret>::namespaced(self.place.client.clone(), &self.namespace);
        let secret = secrets
            .get(name)
            .await
            .with_context(|| format!("Secret {name}"))?;
        let data = secret.data.unwrap_or_default();
        ensure!(!data.is_empty(), "Secret {name} is empty");
        Ok(data
            .into_iter()
            .map(|(key, value)| (key, value.0))
            .collect())
    }

    /// What install and upgrade have in common. With `--reuse-values` the file would undo what was set since.
    fn with_chart(&self, options: &[&str]) -> Vec<OsString> {
        let chart = self.place.settings.chart.clone().into_os_string();
        let mut arguments: Vec<OsString> = vec![NAME.into(), chart];
        if !options.contains(&"--reuse-values") {
            arguments.extend(["--values".into(), self.values.path().into()]);
        }
        arguments.extend(owned(&["--wait", "--timeout", "180s"]));
        arguments.extend(owned(options));
        arguments
    }

    async fn helm(&self, verb: &str, arguments: &[OsString]) -> anyhow::Result<Output> {
        let mut command = Command::new(self.helm);
        command.arg(verb).args(arguments);
        command.args(["--namespace", &self.namespace]);
        self.place.shell.command(command, seconds(240)).await
    }
}

/// Values for a release that uses the images under test, and tells nobody to slow down: one person stands for many here.
fn images(place: &Place) -> Value {
    let images = &place.settings.images;
    let image = |it: &crate::settings::Image| json!({"image": {"repository": it.repository, "tag": it.tag}});
    json!({
        "frontend": image(&images.frontend),
        "backend": image(&images.backend),
        "mcp": image(&images.mcp),
        "offlineModel": image(&images.offline_model),
        "chat": {"limits": {"requestsPerMinute": 0, "requestsPerDay": 0, "tokensPerMinute": 0, "tokensPerDay": 0}},
    })
}

/// Puts `more` over `values`, as Helm does with several files.
pub fn merge(values: &mut Value, more: Value) {
    match (values, more) {
        (Value::Object(values), Value::Object(more)) => {
            for (key, value) in more {
                merge(values.entry(key).or_insert(Value::Null), value);
            }
        }
        (values, more) => *values = more,
    }
}

fn owned(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}
