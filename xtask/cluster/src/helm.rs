//! `helm`, of either major version.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use k8s_openapi::api::core::v1::Pod;
use serde::Deserialize;
use serde_json::Value;
use xtask::{
    processes::{self, last_lines},
    terminal,
};

use crate::{diagnosis, release::Release, report};

/// The chart, below the root of the checkout.
pub const CHART: &str = "helm/todo-chatbot";

const LIMIT: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_secs(2);

/// One revision of a release.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Revision {
    #[serde(rename = "revision")]
    pub number: i64,
    /// `deployed`, `failed`, `pending-install` and so on.
    pub status: String,
    pub description: String,
}

impl Release<'_> {
    /// The revisions, the newest last; none where there is no release.
    pub fn history(&self) -> anyhow::Result<Vec<Revision>> {
        let mut history = self.helm(&["history", self.name, "--output=json"]);
        let answer = processes::captured(&mut history, "", LIMIT)?;
        match answer.ok {
            true => serde_json::from_str(&answer.stdout).context("helm's history"),
            false if answer.said.contains("not found") => Ok(Vec::new()),
            false => bail!("helm: {}", answer.said),
        }
    }

    /// How to open it, as the chart's notes tell it, which go on with other things.
    pub fn notes(&self) -> anyhow::Result<String> {
        let notes = processes::answer(&mut self.helm(&["get", "notes", self.name]))?;
        let notes = notes.trim().trim_start_matches("NOTES:").trim_start();
        let (open, _) = notes.split_once("CHECK IT").unwrap_or((notes, ""));
        Ok(open.trim_end().to_owned())
    }

    /// The command that brings the newest revision back that was good, if one ever was.
    pub fn rollback(&self, history: &[Revision]) -> Option<String> {
        let (profile, namespace, name) = (&self.profile, self.namespace, self.name);
        let to = last_good(history)?;
        Some(format!(
            "helm --kube-context {profile} --namespace {namespace} rollback {name} {to}"
        ))
    }

    /// What stands in the way of an upgrade: another one that has not come to its end.
    pub fn pending(&self, history: &[Revision]) -> Option<String> {
        let last = history.last()?;
        let pending = last.status.starts_with("pending") || last.status == "uninstalling";
        let way_out = self.rollback(history).unwrap_or_else(|| self.again("down"));
        pending.then(|| {
            format!(
                "revision {} of {} is {}: another helm is at work on it, or was killed. If none is, run `{way_out}`, which keeps what was stored, and then install again",
                last.number, self.name, last.status
            )
        })
    }

    /// `helm upgrade --install`, which waits until all is ready; says meanwhile what it waits for, and what is wrong when
    /// it fails.
    pub fn upgrade(&self, values: &Value, arguments: &[String]) -> anyhow::Result<()> {
        let chart = self.workspace.root().join(CHART);
        let mut command = self.helm(&["upgrade", "--install", "--wait", "--timeout=300s"]);
        if major("helm")? >= 4 {
            // Helm 4 refuses to change what somebody else has changed, such as `kubectl scale` a number of replicas.
            // Here the chart decides, as it does with Helm 3.
            command.args(["--server-side=true", "--force-conflicts"]);
        }
        command.arg(self.name).arg(&chart).arg("--values");
        command.arg(chart.join("values-minikube.yaml"));
        command.args(["--values", "-"]).args(arguments);
        let log = self.workspace.log("helm-upgrade");
        let (mut looked, mut slow) = (Instant::now(), Vec::new());
        terminal::step(
            "Installing, and waiting until everything is ready",
            |step| {
                let status =
                    processes::run_watched(&mut command, &values.to_string(), &log, || {
                        // A cluster that is too busy to answer this once is asked again.
                        if looked.elapsed() > LOOK
                            && let Ok(pods) = self.list::<Pod>("")
                        {
                            slow = diagnosis::slow(&pods, self.name);
                            looked = Instant::now();
                        }
                        step.tick(|| slow.join(", "));
                        Ok(())
                    })?;
                ensure!(status.success(), self.failure(&log));
                Ok(())
            },
        )
    }

    fn failure(&self, log: &Path) -> String {
        // Before its error Helm may have other things to tell.
        let output = format!("\n{}", last_lines(log, 30));
        let error = output
            .split_once("\nError: ")
            .map_or(&*output, |(_, error)| error);
        let found = match report::describe(self) {
            found if found.is_empty() => format!("Helm's whole output is in {}", log.display()),
            found => found,
        };
        let (name, status) = (self.name, self.again("status"));
        format!(
            "cannot install {name}: {error}\n\n{found}\n\nThen run the same command again; `{status}` shows the state at any time."
        )
    }
}

/// The major version of a Helm.
pub fn major(program: &str) -> anyhow::Result<u32> {
    let mut command = Command::new(program);
    let version = processes::answer(command.args(["version", "--template", "{{.Version}}"]))?;
    let major = version.trim().trim_start_matches('v').split('.').next();
    let major = major.and_then(|major| major.parse().ok());
    major
        .filter(|major| *major >= 3)
        .with_context(|| format!("Helm 3 or 4 is needed, {program} is {version}"))
}

/// The number of the newest revision that came to its end: it is in force, or was until the next one was. Without a
/// number, `helm rollback` goes to the revision before the last one, also when that failed too.
fn last_good(revisions: &[Revision]) -> Option<i64> {
    let good = |revision: &&Revision| ["deployed", "superseded"].contains(&&*revision.status);
    revisions.iter().filter(good).map(|it| it.number).max()
}

#[cfg(test)]
mod tests;
