//! `helm`, of either major version.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::objects::{number, text};
use crate::processes::{self, Captured};

const LIMIT: Duration = Duration::from_mins(1);

/// Where a release goes.
#[derive(Debug, Clone)]
pub struct Helm {
    program: PathBuf,
    major: u32,
    context: String,
    namespace: String,
}

/// One revision of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Counted from one.
    pub number: i64,
    /// `deployed`, `failed`, `pending-install` and so on.
    pub status: String,
    /// Name and version of the chart.
    pub chart: String,
    /// When it was made.
    pub updated: String,
    /// What Helm has to say about it.
    pub description: String,
}

impl Revision {
    /// Whether Helm is at work on it, or was when it was killed.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.status.starts_with("pending") || self.status == "uninstalling"
    }
}

impl Helm {
    /// Asks `helm` which version it is.
    ///
    /// # Errors
    /// When it does not run, or is older than 3.
    pub fn find(context: &str, namespace: &str) -> anyhow::Result<Self> {
        let mut command = Command::new("helm");
        command.args(["version", "--template", "{{.Version}}"]);
        let version = processes::captured(&mut command, None, LIMIT)?.success("helm")?;
        let major = major(&version)
            .filter(|major| *major >= 3)
            .with_context(|| format!("Helm 3 or 4 is needed, this one is {}", version.trim()))?;
        Ok(Self {
            program: "helm".into(),
            major,
            context: context.to_owned(),
            namespace: namespace.to_owned(),
        })
    }

    /// The command, for those who run it themselves.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args([
            "--kube-context",
            &self.context,
            "--namespace",
            &self.namespace,
        ]);
        command
    }

    /// `helm upgrade --install` that waits until all is ready; its last values come from its standard input.
    #[must_use]
    pub fn upgrade(
        &self,
        release: &str,
        chart: &Path,
        values: &Path,
        limit: Duration,
        more: &[String],
    ) -> Command {
        let mut command = self.command();
        command
            .args(upgrade_flags(self.major))
            .arg(format!("--timeout={}s", limit.as_secs()))
            .arg(release)
            .arg(chart)
            .arg("--values")
            .arg(values)
            .args(["--values", "-"])
            .args(more);
        command
    }

    /// The release's last revision, if there is a release.
    ///
    /// # Errors
    /// What Helm says when it fails.
    pub fn last(&self, release: &str) -> anyhow::Result<Option<Revision>> {
        let answer = self.run(&["history", release, "--max=1", "--output=json"], LIMIT)?;
        if !answer.status.success() && answer.complaint().contains("not found") {
            return Ok(None);
        }
        last_revision(&answer.success("helm")?)
    }

    /// The number of the newest revision that came to its end, if any ever did. Without a number, `helm rollback` goes
    /// to the revision before the last one, also when that failed too.
    ///
    /// # Errors
    /// What Helm says when it fails.
    pub fn last_good(&self, release: &str) -> anyhow::Result<Option<i64>> {
        let history = self.run(&["history", release, "--output=json"], LIMIT)?;
        Ok(last_good(&revisions(&history.success("helm")?)?))
    }

    /// The names of all releases in the namespace.
    ///
    /// # Errors
    /// What Helm says when it fails.
    pub fn releases(&self) -> anyhow::Result<Vec<String>> {
        let names = self.run(&["list", "--short"], LIMIT)?.success("helm")?;
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// Removes the release; none there is fine.
    ///
    /// # Errors
    /// What Helm says when it fails.
    pub fn uninstall(&self, release: &str, limit: Duration) -> anyhow::Result<()> {
        let timeout = format!("--timeout={}s", limit.as_secs());
        let arguments = [
            "uninstall",
            release,
            "--ignore-not-found",
            "--wait",
            &timeout,
        ];
        self.run(&arguments, limit + LIMIT)?
            .success("helm")
            .map(drop)
    }

    fn run(&self, arguments: &[&str], limit: Duration) -> anyhow::Result<Captured> {
        processes::captured(self.command().args(arguments), None, limit)
    }
}

/// The major number of a version such as `v4.3.1`.
#[must_use]
pub fn major(version: &str) -> Option<u32> {
    let (major, _) = version.trim().trim_start_matches('v').split_once('.')?;
    major.parse().ok()
}

/// What `upgrade` is told, per major version.
#[must_use]
pub fn upgrade_flags(major: u32) -> Vec<&'static str> {
    let mut flags = vec!["upgrade", "--install", "--wait"];
    if major >= 4 {
        // Helm 4 refuses to change what somebody else has changed, such as `kubectl scale` a number of replicas. Here
        // the chart decides, as it does with Helm 3.
        flags.extend(["--server-side=true", "--force-conflicts"]);
    }
    flags
}

/// The last of the revisions that `helm history --output=json` prints.
///
/// # Errors
/// When it is not that.
pub fn last_revision(json: &str) -> anyhow::Result<Option<Revision>> {
    Ok(revisions(json)?.pop())
}

/// The number of the newest revision that came to its end: it is in force, or was until the next one was.
#[must_use]
pub fn last_good(revisions: &[Revision]) -> Option<i64> {
    revisions
        .iter()
        .filter(|revision| matches!(revision.status.as_str(), "deployed" | "superseded"))
        .map(|revision| revision.number)
        .max()
}

/// Reads what `helm history --output=json` prints.
///
/// # Errors
/// When it is not that.
pub fn revisions(json: &str) -> anyhow::Result<Vec<Revision>> {
    let history: Value = serde_json::from_str(json).context("helm's answer is not JSON")?;
    let Some(revisions) = history.as_array() else {
        bail!("helm's answer is no list of revisions");
    };
    Ok(revisions
        .iter()
        .map(|revision| Revision {
            number: number(revision, "/revision").unwrap_or_default(),
            status: text(revision, "/status").to_owned(),
            chart: text(revision, "/chart").to_owned(),
            updated: text(revision, "/updated").to_owned(),
            description: text(revision, "/description").to_owned(),
        })
        .collect())
}
