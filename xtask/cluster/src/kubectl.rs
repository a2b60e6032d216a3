//! `kubectl` in one namespace of one cluster. What it has chosen for other work stays chosen.

use std::{process::Command, time::Duration};

use anyhow::Context as _;
use k8s_openapi::{
    ByteString, Resource,
    api::core::v1::{Namespace, Secret},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use xtask::processes;

const LIMIT: Duration = Duration::from_mins(3);

/// A namespace of a cluster.
#[derive(Debug, Clone)]
pub struct Kubectl {
    /// The cluster's name in kubeconfig.
    pub context: String,
    pub namespace: String,
}

#[derive(Deserialize)]
struct Items<K> {
    items: Vec<K>,
}

impl Kubectl {
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command
            .args(["--context", &self.context, "--namespace", &self.namespace])
            .args(arguments);
        command
    }

    /// What it prints, if it succeeds.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.run_with(arguments, None)
    }

    fn run_with(&self, arguments: &[&str], input: Option<&str>) -> anyhow::Result<String> {
        processes::captured(&mut self.command(arguments), input, LIMIT)?.success("kubectl")
    }

    /// What `get` prints about these, as JSON.
    pub fn get(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let get = ["get", "--request-timeout=20s", "--output=json"];
        self.run(&[&get, arguments].concat())
    }

    /// The objects with these labels; with none, all.
    pub fn list<K: Resource + DeserializeOwned>(&self, labels: &str) -> anyhow::Result<Vec<K>> {
        let listed = self.get(&[K::KIND, "--selector", labels])?;
        let listed = serde_json::from_str::<Items<K>>(&listed);
        Ok(listed
            .with_context(|| format!("{} is not understood", K::KIND))?
            .items)
    }

    /// One object, if it is there.
    pub fn find<K: Resource + DeserializeOwned>(&self, name: &str) -> anyhow::Result<Option<K>> {
        let found = self.get(&[K::KIND, name, "--ignore-not-found"])?;
        if found.trim().is_empty() {
            return Ok(None);
        }
        let found = serde_json::from_str(&found);
        found.with_context(|| format!("{} {name} is not understood", K::KIND))
    }

    /// Makes what is not there yet, and changes what is.
    pub fn apply(&self, manifest: &str) -> anyhow::Result<()> {
        self.run_with(&["apply", "--filename=-"], Some(manifest))?;
        Ok(())
    }

    /// Makes an object that is not there yet.
    pub fn create(&self, object: &Value) -> anyhow::Result<()> {
        self.run_with(&["create", "--filename=-"], Some(&object.to_string()))?;
        Ok(())
    }

    pub fn find_namespace(&self) -> anyhow::Result<Option<Namespace>> {
        self.find(&self.namespace)
    }

    /// Makes the namespace, for pods that are allowed nothing.
    pub fn make_namespace(&self, (label, value): (&str, &str)) -> anyhow::Result<()> {
        self.create(
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
                "name": self.namespace,
                "labels": {
                    label: value,
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                },
            }}),
        )
    }
}

/// What a Secret holds under a key, if it holds any text there.
pub fn text(secret: &Secret, key: &str) -> Option<String> {
    let ByteString(bytes) = secret.data.as_ref()?.get(key)?;
    let text = String::from_utf8(bytes.clone()).ok()?;
    (!text.trim().is_empty()).then_some(text)
}
