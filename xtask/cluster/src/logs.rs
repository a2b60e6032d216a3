//! `logs`: what the parts of the release log, each line with the pod that it is from.

use anyhow::ensure;
use clap::ValueEnum as _;
use cluster::pods::COMPONENT;
use k8s_openapi::api::core::v1::Pod;
use xtask::processes;

use crate::{args::Logs, release::Release};

/// Prints them.
pub fn run(release: &Release<'_>, options: &Logs) -> anyhow::Result<()> {
    let mut labels = release.labels();
    let component = options.component.and_then(|it| it.to_possible_value());
    if let Some(component) = component {
        labels = format!("{labels},{COMPONENT}={}", component.get_name());
    }
    ensure!(
        !release.kubectl.list::<Pod>(&labels)?.is_empty(),
        "no such pods in the namespace {}: see `{}`",
        release.kubectl.namespace,
        release.again("status")
    );
    // kubectl's own limit of requests is five, and counts containers.
    let mut logs = release.kubectl.command(&[
        "logs",
        "--selector",
        &labels,
        "--all-containers",
        "--prefix",
        "--ignore-errors",
        "--max-log-requests=100",
    ]);
    logs.arg(format!("--tail={}", options.tail));
    logs.args(options.follow.then_some("--follow"));
    processes::run_attached(&mut logs)
}
