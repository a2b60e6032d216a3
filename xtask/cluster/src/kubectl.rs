//! What `kubectl` reads and writes.

use anyhow::Context as _;
use cluster::pods::COMPONENT;
use k8s_openapi::{ByteString, Resource, api::core::v1::Secret};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use xtask::processes;

use crate::{args::Logs, release::Release};

/// On namespaces that this program made, and may remove.
pub const MADE_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "cargo-xtask");

#[derive(Deserialize)]
struct Items<K> {
    items: Vec<K>,
}

impl Release<'_> {
    /// What kubectl prints, if it succeeds.
    pub fn ask(&self, arguments: &[&str]) -> anyhow::Result<String> {
        processes::answer(&mut self.kubectl(arguments))
    }

    /// The objects with these labels; with none, all.
    pub fn list<K: Resource + DeserializeOwned>(&self, labels: &str) -> anyhow::Result<Vec<K>> {
        self.get(&["--selector", labels])
    }

    /// One object, if it is there.
    pub fn find<K: Resource + DeserializeOwned>(&self, name: &str) -> anyhow::Result<Option<K>> {
        let by_name = format!("--field-selector=metadata.name={name}");
        Ok(self.get(&[&by_name])?.pop())
    }

    fn get<K: Resource + DeserializeOwned>(&self, selected: &[&str]) -> anyhow::Result<Vec<K>> {
        let get = ["get", K::KIND, "--request-timeout=20s", "--output=json"];
        let listed = serde_json::from_str::<Items<K>>(&self.ask(&[&get, selected].concat())?);
        let listed = listed.with_context(|| format!("{} is not understood", K::KIND))?;
        Ok(listed.items)
    }

    /// Hands an object to `kubectl apply` or `kubectl create`.
    pub fn hand(&self, verb: &str, object: &str) -> anyhow::Result<()> {
        let mut command = self.kubectl(&[verb, "--filename=-"]);
        processes::answer_to(&mut command, object).map(drop)
    }

    /// Makes the namespace, for pods that are allowed nothing.
    pub fn make_namespace(&self) -> anyhow::Result<()> {
        let (by, us) = MADE_BY;
        let labels = json!({
            by: us,
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        });
        let metadata = json!({"name": self.namespace, "labels": labels});
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
        self.hand("create", &namespace.to_string())
    }

    /// Prints what the parts log, each line with the pod that it is from.
    pub fn logs(&self, options: &Logs) -> anyhow::Result<()> {
        self.require_running()?;
        let mut labels = self.labels();
        if let Some(component) = &options.component {
            labels = format!("{labels},{COMPONENT}={component}");
        }
        let mut logs = self.kubectl(&["logs", "--selector", &labels, "--all-containers"]);
        // kubectl's own limit of requests is five, and counts containers.
        logs.args(["--prefix", "--ignore-errors", "--max-log-requests=100"]);
        logs.arg(format!("--tail={}", options.tail));
        logs.args(options.follow.then_some("--follow"));
        processes::run_attached(&mut logs)
    }
}

/// What a Secret holds under a key, if it holds any text there.
pub fn text(secret: &Secret, key: &str) -> Option<String> {
    let ByteString(bytes) = secret.data.as_ref()?.get(key)?;
    let text = String::from_utf8(bytes.clone()).ok()?;
    (!text.trim().is_empty()).then_some(text)
}
