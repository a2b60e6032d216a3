//! `kubectl`, always with the context and the namespace named: what the user has chosen for other work stays chosen.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use serde_json::Value;

use crate::processes::{self, Captured};

const LIMIT: Duration = Duration::from_mins(1);

/// One namespace of one cluster.
#[derive(Debug, Clone)]
pub struct Kubectl {
    context: String,
    namespace: String,
}

impl Kubectl {
    /// Asks this cluster about this namespace.
    #[must_use]
    pub fn new(context: &str, namespace: &str) -> Self {
        Self {
            context: context.to_owned(),
            namespace: namespace.to_owned(),
        }
    }

    /// The cluster's name in kubeconfig.
    #[must_use]
    pub fn context(&self) -> &str {
        &self.context
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The command, for those who run it themselves.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        command
            .args(["--context", &self.context, "--namespace", &self.namespace])
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs it; a failing command is no error.
    ///
    /// # Errors
    /// When it cannot be run or does not answer.
    pub fn run(&self, arguments: &[&str], input: Option<&str>) -> anyhow::Result<Captured> {
        self.run_for(arguments, input, LIMIT)
    }

    /// As [`Kubectl::run`], for what takes its time.
    ///
    /// # Errors
    /// When it cannot be run or does not answer within `limit`.
    pub fn run_for(
        &self,
        arguments: &[&str],
        input: Option<&str>,
        limit: Duration,
    ) -> anyhow::Result<Captured> {
        processes::captured(&mut self.command(arguments), input, limit)
    }

    /// Runs it and returns what it printed.
    ///
    /// # Errors
    /// What it says when it fails.
    pub fn text(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.run(arguments, None)?.success("kubectl")
    }

    /// The objects that `kubectl get` finds.
    ///
    /// # Errors
    /// What it says when it fails.
    pub fn get(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let mut all = vec!["get", "--request-timeout=20s", "--output=json"];
        all.extend_from_slice(arguments);
        serde_json::from_str(&self.text(&all)?).context("kubectl's answer is not JSON")
    }

    /// One object, if it is there.
    ///
    /// # Errors
    /// What it says when it fails.
    pub fn find(&self, kind: &str, name: &str) -> anyhow::Result<Option<Value>> {
        let text = self.text(&[
            "get",
            "--request-timeout=20s",
            "--output=json",
            "--ignore-not-found",
            kind,
            name,
        ])?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(serde_json::from_str(&text)?))
    }

    /// Applies a manifest.
    ///
    /// # Errors
    /// What it says when it fails.
    pub fn apply(&self, manifest: &str) -> anyhow::Result<()> {
        self.run(&["apply", "--filename=-"], Some(manifest))?
            .success("kubectl")
            .map(drop)
    }

    /// Makes an object that is not there yet; its content is in no command line.
    ///
    /// # Errors
    /// What it says when it fails.
    pub fn create(&self, object: &Value) -> anyhow::Result<()> {
        self.run(&["create", "--filename=-"], Some(&object.to_string()))?
            .success("kubectl")
            .map(drop)
    }
}
