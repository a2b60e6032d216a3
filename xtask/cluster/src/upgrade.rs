//! `helm upgrade`, which waits for the release, with an eye on its pods.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{anyhow, bail};
use serde_json::Value;
use xtask::{
    processes::{self, last_lines},
    terminal::{self, Step},
};

use crate::{
    diagnosis::{self, Objects},
    release::Release,
    report,
};

const LOOK: Duration = Duration::from_secs(2);

/// Runs it, says meanwhile what it waits for, and what is wrong when it fails.
pub fn upgrade(
    release: &Release<'_>,
    what: &str,
    command: Command,
    values: &Value,
) -> anyhow::Result<()> {
    terminal::step(what, |step| run(release, command, values, step))
}

fn run(
    release: &Release<'_>,
    mut command: Command,
    values: &Value,
    step: &mut Step,
) -> anyhow::Result<()> {
    let log = release.minikube.log("helm-upgrade");
    let before = release.history()?.pop();
    let (mut looked, mut slow) = (Instant::now(), Vec::new());
    let status = processes::run_watched(&mut command, &values.to_string(), &log, || {
        // A cluster that is too busy to answer this once is asked again.
        if looked.elapsed() > LOOK
            && let Ok(objects) = Objects::of(&release.kubectl)
        {
            slow = diagnosis::slow(&objects, release.name);
            looked = Instant::now();
        }
        step.tick(|| slow.join(", "));
        Ok(())
    })?;
    if status.success() {
        return Ok(());
    }
    let output = last_lines(&log, 30).unwrap_or_default();
    let error = format!("cannot install {}: {}", release.name, error_in(&output));
    // Values that make no sense are refused before anything is touched; what the pods say is not about them then.
    if release.history()?.pop() == before {
        return Err(anyhow!(error));
    }
    let found = report::describe(&release.kubectl, release.name);
    if found.is_empty() {
        bail!("{error}\nHelm's whole output is in {}", log.display());
    }
    bail!(
        "{error}\n\n{found}\n\nThen run the same command again; `{}` shows the state at any time.",
        release.again("status")
    )
}

/// Helm's error in its output, which may begin with what it has to tell besides.
fn error_in(output: &str) -> &str {
    let start = output
        .find("\nError: ")
        .and_then(|at| output.get(at + 1..))
        .unwrap_or(output);
    start.trim_start_matches("Error: ")
}
