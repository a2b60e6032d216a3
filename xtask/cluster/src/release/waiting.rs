//! Waiting for a release with an eye on its pods.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{anyhow, ensure};
use serde_json::Value;
use xtask::{
    interruption::Interrupted,
    processes::{self, last_lines},
    terminal::Step,
};

use super::Release;
use crate::{
    diagnosis::{self, Objects},
    minikube::ended,
};

const LOOK: Duration = Duration::from_secs(2);
/// Kubernetes may say for a moment that a Secret is missing which is just being made.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `helm upgrade`, which waits for the release, and says meanwhile what it waits for. It is ended early when
/// something is found that no waiting cures.
pub fn upgrade(
    release: &Release<'_>,
    what: &str,
    mut command: Command,
    values: &Value,
) -> anyhow::Result<()> {
    let mut step = Step::start(what);
    let done = run(release, &mut command, &values.to_string(), &mut step);
    ended(step, done)
}

fn run(
    release: &Release<'_>,
    command: &mut Command,
    values: &str,
    step: &mut Step,
) -> anyhow::Result<()> {
    let log = release.minikube.log("helm-upgrade");
    let before = release.history()?.pop();
    let mut watch = Watch::new(release);
    let ended = processes::run_watched(command, values, &log, || watch.look(step));
    let reason = match ended {
        Ok(status) if status.success() => return Ok(()),
        Ok(_) => error_in(&last_lines(&log, 30).unwrap_or_default()).to_owned(),
        Err(error) if error.is::<Interrupted>() => return Err(error),
        Err(_) if watch.is_hopeless() => "waiting longer would not help".to_owned(),
        Err(error) => return Err(error.context("helm")),
    };
    let error = format!("cannot install {}: {reason}", release.name);
    // Values that make no sense are refused before anything is touched; what the pods say is not about them then.
    if release.history()?.pop() == before {
        return Err(anyhow!(error));
    }
    let found = diagnosis::describe(&release.cluster, release.name);
    if found.is_empty() {
        let log = log.display();
        return Err(anyhow!("{error}\nHelm's whole output is in {log}"));
    }
    Err(anyhow!(
        "{error}\n\n{found}\n\nThen run the same command again; `{}` shows the state at any time.",
        release.again("status")
    ))
}

/// Helm's error in its output, which may begin with what it has to tell besides.
fn error_in(output: &str) -> &str {
    let start = output
        .find("\nError: ")
        .and_then(|at| output.get(at + 1..))
        .unwrap_or(output);
    start.trim_start_matches("Error: ")
}

struct Watch<'a> {
    release: &'a Release<'a>,
    looked: Instant,
    slow: String,
    /// What was wrong before: it goes when the new pods are there.
    before: Vec<String>,
    hopeless_since: Option<Instant>,
}

impl<'a> Watch<'a> {
    fn new(release: &'a Release<'a>) -> Self {
        let mut watch = Self {
            release,
            looked: Instant::now(),
            slow: String::new(),
            before: Vec::new(),
            hopeless_since: None,
        };
        if let Ok(objects) = Objects::of(&release.cluster) {
            watch.before = watch.hopeless(&objects);
        }
        watch
    }

    fn hopeless(&self, objects: &Objects) -> Vec<String> {
        let found = diagnosis::find(objects, self.release.name).into_iter();
        found
            .filter(|finding| finding.hopeless && !self.before.contains(&finding.object))
            .map(|finding| finding.object)
            .collect()
    }

    fn look(&mut self, step: &mut Step) -> anyhow::Result<()> {
        if self.looked.elapsed() > LOOK {
            // A cluster that is too busy to answer this once is asked again.
            if let Ok(objects) = Objects::of(&self.release.cluster) {
                let slow = diagnosis::slow(&objects, self.release.name);
                let hopeless = self.hopeless(&objects);
                self.hopeless_since = (!hopeless.is_empty())
                    .then(|| self.hopeless_since.unwrap_or_else(Instant::now));
                self.slow = if slow.is_empty() { hopeless } else { slow }.join(", ");
            }
            self.looked = Instant::now();
        }
        step.tick(|| self.slow.clone());
        ensure!(!self.is_hopeless(), "nothing will come of it");
        Ok(())
    }

    fn is_hopeless(&self) -> bool {
        self.hopeless_since
            .is_some_and(|since| since.elapsed() > PATIENCE)
    }
}
