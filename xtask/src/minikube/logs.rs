//! `logs`: what the parts of the release log, each line with the pod that it is from.

use clap::ValueEnum as _;

use super::Place;
use crate::{
    args::Logs,
    processes,
    terminal::{self, Reported},
};

/// Prints them.
pub fn run(place: &Place<'_>, options: &Logs) -> anyhow::Result<()> {
    place.minikube.require()?;
    let mut selector = place.selector();
    if let Some(component) = options
        .component
        .and_then(|component| component.to_possible_value())
    {
        selector = format!(
            "{selector},app.kubernetes.io/component={}",
            component.get_name()
        );
    }
    let pods = place
        .kubectl
        .text(&["get", "pods", "--output=name", &selector])?;
    let count = pods.lines().count();
    if count == 0 {
        println!(
            "{} no such pods in the namespace {}: see `{}`",
            terminal::red("✗"),
            place.kubectl.namespace(),
            place.again("status")
        );
        return Err(Reported.into());
    }
    let tail = format!("--tail={}", options.tail);
    let mut arguments = vec![
        "logs",
        &selector,
        "--all-containers",
        "--prefix",
        "--ignore-errors",
        // kubectl's own limit is five, and counts containers.
        "--max-log-requests=100",
        &tail,
    ];
    if options.follow {
        arguments.push("--follow");
    }
    let status = processes::run_shown(&mut place.kubectl.command(&arguments), |_| ())?;
    if status.success() {
        Ok(())
    } else {
        Err(Reported.into())
    }
}
