//! `logs`: what the parts of the release log, each line with the pod that it is from.

use clap::ValueEnum as _;
use cluster::pods::COMPONENT;
use k8s_openapi::api::core::v1::Pod;
use xtask::{
    processes,
    terminal::{self, Reported},
};

use super::Release;
use crate::args::Logs;

/// Prints them.
pub fn run(release: &Release<'_>, options: &Logs) -> anyhow::Result<()> {
    let mut labels = release.labels();
    let component = options.component.and_then(|it| it.to_possible_value());
    if let Some(component) = component {
        labels = format!("{labels},{COMPONENT}={}", component.get_name());
    }
    let namespace = &release.cluster.namespace;
    if release.cluster.list::<Pod>(&labels)?.is_empty() {
        println!(
            "{} no such pods in the namespace {namespace}: see `{}`",
            terminal::red("✗"),
            release.again("status")
        );
        return Err(Reported.into());
    }
    let tail = format!("--tail={}", options.tail);
    let mut arguments = vec![
        "logs",
        "--selector",
        &labels,
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
    let mut kubectl = release.kubectl(&arguments);
    if processes::run_shown(&mut kubectl, |_| ())?.success() {
        Ok(())
    } else {
        Err(Reported.into())
    }
}
