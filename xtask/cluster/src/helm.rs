//! `helm`, of either major version.

use std::{path::Path, process::Command, time::Duration};

use anyhow::Context as _;
use serde::Deserialize;
use xtask::processes::{self, Captured};

const LIMIT: Duration = Duration::from_mins(1);

/// Where a release goes.
#[derive(Debug, Clone)]
pub struct Helm {
    major: u32,
    context: String,
    namespace: String,
}

/// One revision of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Revision {
    #[serde(rename = "revision")]
    pub number: i64,
    /// `deployed`, `failed`, `pending-install` and so on.
    pub status: String,
    /// Name and version of the chart.
    pub chart: String,
    pub description: String,
}

impl Revision {
    /// Whether Helm is at work on it, or was when it was killed.
    pub fn is_pending(&self) -> bool {
        self.status.starts_with("pending") || self.status == "uninstalling"
    }
}

impl Helm {
    /// Asks `helm` which version it is.
    pub fn find(context: &str, namespace: &str) -> anyhow::Result<Self> {
        let mut command = Command::new("helm");
        command.args(["version", "--template", "{{.Version}}"]);
        let version = processes::captured(&mut command, None, LIMIT)?.success("helm")?;
        Ok(Self {
            major: major(&version)
                .filter(|major| *major >= 3)
                .with_context(|| {
                    format!("Helm 3 or 4 is needed, this one is {}", version.trim())
                })?,
            context: context.to_owned(),
            namespace: namespace.to_owned(),
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("helm");
        command
            .args(["--kube-context", &self.context])
            .args(["--namespace", &self.namespace])
            .args(arguments);
        command
    }

    /// `helm upgrade --install` that waits until all is ready; its last values come from its standard input.
    pub fn upgrade(&self, release: &str, chart: &Path, limit: Duration) -> Command {
        let mut command = self.command(&upgrade_flags(self.major));
        command
            .arg(format!("--timeout={}s", limit.as_secs()))
            .arg(release)
            .arg(chart)
            .arg("--values")
            .arg(chart.join("values-minikube.yaml"))
            .args(["--values", "-"]);
        command
    }

    /// The revisions of a release, the newest last; none where there is no release.
    pub fn history(&self, release: &str) -> anyhow::Result<Vec<Revision>> {
        let answer = self.run(&["history", release, "--output=json"], LIMIT)?;
        if !answer.status.success() && answer.complaint().contains("not found") {
            return Ok(Vec::new());
        }
        serde_json::from_str(&answer.success("helm")?).context("helm's history is not understood")
    }

    /// The names of all releases in the namespace.
    pub fn releases(&self) -> anyhow::Result<Vec<String>> {
        let names = self.run(&["list", "--short"], LIMIT)?.success("helm")?;
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// Removes the release; none there is fine.
    pub fn uninstall(&self, release: &str, limit: Duration) -> anyhow::Result<()> {
        let timeout = format!("--timeout={}s", limit.as_secs());
        let flags = ["--ignore-not-found", "--wait", &timeout];
        let arguments = ["uninstall", release].into_iter().chain(flags);
        let arguments: Vec<&str> = arguments.collect();
        self.run(&arguments, limit + LIMIT)?.success("helm")?;
        Ok(())
    }

    fn run(&self, arguments: &[&str], limit: Duration) -> anyhow::Result<Captured> {
        processes::captured(&mut self.command(arguments), None, limit)
    }
}

/// The major number of a version such as `v4.3.1`.
pub fn major(version: &str) -> Option<u32> {
    let (major, _) = version.trim().trim_start_matches('v').split_once('.')?;
    major.parse().ok()
}

/// What `upgrade` is told, per major version.
fn upgrade_flags(major: u32) -> Vec<&'static str> {
    let mut flags = vec!["upgrade", "--install", "--wait"];
    if major >= 4 {
        // Helm 4 refuses to change what somebody else has changed, such as `kubectl scale` a number of replicas. Here
        // the chart decides, as it does with Helm 3.
        flags.extend(["--server-side=true", "--force-conflicts"]);
    }
    flags
}

/// The number of the newest revision that came to its end: it is in force, or was until the next one was. Without a
/// number, `helm rollback` goes to the revision before the last one, also when that failed too.
pub fn last_good(revisions: &[Revision]) -> Option<i64> {
    let good = |revision: &&Revision| ["deployed", "superseded"].contains(&&*revision.status);
    revisions.iter().filter(good).map(|it| it.number).max()
}

#[cfg(test)]
mod tests;
