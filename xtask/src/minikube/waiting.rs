//! Waiting for a release with an eye on its pods.

use std::{
    fmt,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::anyhow;
use serde_json::Value;

use super::Place;
use crate::{
    interruption::Interrupted,
    kubernetes::{
        kubectl::Kubectl,
        trouble::{self, Report},
    },
    processes::{self, last_lines},
    terminal::Step,
};

const LOOK: Duration = Duration::from_secs(2);
/// Kubernetes may say for a moment that a Secret is missing which is just being made.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waiting on would not help.
#[derive(Debug)]
struct Hopeless;

impl fmt::Display for Hopeless {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("waiting longer would not help")
    }
}

impl std::error::Error for Hopeless {}

/// Runs Helm, which waits for the release, and says meanwhile what it waits for. It is ended early when a pod has a
/// trouble that no waiting cures.
pub fn upgrade(
    place: &Place<'_>,
    command: &mut Command,
    values: &str,
    step: &mut Step,
) -> anyhow::Result<()> {
    let log = place.minikube.logs().join("helm-upgrade.log");
    let helm = place.helm()?;
    let before = helm.last(place.release)?;
    let mut watch = Watch::new(place);
    let ended = processes::run_watched(command, values, &log, || watch.look(step));
    let reason = match ended {
        Ok(status) if status.success() => return Ok(()),
        Ok(_) => error_in(&last_lines(&log, 30).unwrap_or_default()).to_owned(),
        Err(error) if error.is::<Hopeless>() => error.to_string(),
        Err(error) if error.is::<Interrupted>() => return Err(error),
        Err(error) => return Err(error.context("helm")),
    };
    let mut error = format!("cannot install {}: {reason}", place.release);
    // Values that make no sense are refused before anything is touched; what the pods say is not about them then.
    if helm.last(place.release)? != before {
        let found = describe(&place.kubectl, place.release);
        if found.is_empty() {
            error = format!("{error}\nHelm's whole output is in {}", log.display());
        } else {
            error = format!(
                "{error}\n\n{found}\n\nThen run the same command again; `{}` shows the state at any time.",
                place.again("status")
            );
        }
    }
    Err(anyhow!(error))
}

/// Helm's error in its output, which may begin with what it has to tell besides.
fn error_in(output: &str) -> &str {
    let start = output
        .find("\nError: ")
        .map_or(output, |at| output.get(at + 1..).unwrap_or(output));
    start.trim_start_matches("Error: ")
}

/// Everything that is wrong, as text.
pub fn describe(kubectl: &Kubectl, release: &str) -> String {
    match trouble::report(kubectl, release) {
        Ok(reports) => {
            let texts: Vec<String> = reports.iter().map(Report::text).collect();
            texts.join("\n\n")
        }
        Err(error) => format!("and the pods cannot be looked at: {error:#}"),
    }
}

struct Watch<'a> {
    place: &'a Place<'a>,
    looked: Instant,
    slow: String,
    /// What was wrong before: it goes when the new pods are there.
    before: Vec<String>,
    hopeless_since: Option<Instant>,
}

impl<'a> Watch<'a> {
    fn new(place: &'a Place<'a>) -> Self {
        let mut watch = Self {
            place,
            looked: Instant::now(),
            slow: String::new(),
            before: Vec::new(),
            hopeless_since: None,
        };
        if let Ok(objects) = place.kubectl.get(&[trouble::KINDS]) {
            watch.before = watch.hopeless(&objects);
        }
        watch
    }

    fn hopeless(&self, objects: &Value) -> Vec<String> {
        trouble::find(objects, self.place.release)
            .into_iter()
            .filter(|trouble| trouble.hopeless && !self.before.contains(&trouble.object))
            .map(|trouble| trouble.object)
            .collect()
    }

    fn look(&mut self, step: &mut Step) -> anyhow::Result<()> {
        if self.looked.elapsed() > LOOK {
            // A cluster that is too busy to answer this once is asked again.
            if let Ok(objects) = self.place.kubectl.get(&[trouble::KINDS]) {
                let slow = trouble::slow(&objects, self.place.release);
                let hopeless = self.hopeless(&objects);
                self.hopeless_since = (!hopeless.is_empty())
                    .then(|| self.hopeless_since.unwrap_or_else(Instant::now));
                self.slow = if slow.is_empty() { hopeless } else { slow }.join(", ");
            }
            self.looked = Instant::now();
        }
        step.tick(|| self.slow.clone());
        match self.hopeless_since {
            Some(since) if since.elapsed() > PATIENCE => Err(Hopeless.into()),
            _ => Ok(()),
        }
    }
}
