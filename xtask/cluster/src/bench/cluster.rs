//! What the application takes on Minikube, and what the way into it costs.

mod place;
mod resources;
mod starts;
mod traffic;

use std::fs;

use serde_json::json;
use xtask::workspace::Workspace;

use crate::{
    args::MeasuredCluster, bench::report::Report, images, minikube::Minikube, settings::merge,
    tools,
};

use place::{Place, RELEASE};
use resources::Metrics;
use starts::Watch;
use traffic::Traffic;

/// As many as the load generator gives the backend on this machine.
const DATABASE_POOL: u8 = 16;

/// Measures in a namespace of its own, and prints a table.
pub fn run(workspace: &Workspace, options: &MeasuredCluster) -> anyhow::Result<()> {
    tools::require_with_docker()?;
    let minikube = Minikube::of_user(workspace);
    minikube.start()?;
    // What docker has, or else built.
    let images = images::provide(workspace, &images::ALL, true)
        .or_else(|_| images::provide(workspace, &images::ALL, false))?;
    images::load(&minikube, &images)?;
    let mut place = Place::make(workspace, &minikube, &images)?;
    let traffic = Traffic::prepare(workspace, &images)?;

    let mut report = Report::default();
    if let Some(load) = load_average() {
        report.told("load average and processors of this machine, before", load);
    }
    measure(&mut place, &traffic, options, &mut report)?;
    place.remove()?;
    println!("\n{report}");
    Ok(())
}

fn measure(
    place: &mut Place<'_>,
    traffic: &Traffic,
    options: &MeasuredCluster,
    report: &mut Report,
) -> anyhow::Result<()> {
    let watch = Watch::begin(&place.release.cluster);
    starts::install(place, &watch, report)?;
    starts::restarts(place, &watch, report)?;
    place.settle()?;
    let idle = Metrics::measure(place, "Measuring the quiet", None)?;

    // Signing up a thousand people would take longer than everything else: the bench signs people's tokens itself.
    let secret = json!({"name": format!("{RELEASE}-secrets"), "key": "BETTER_AUTH_SECRET"});
    merge(
        &mut place.values,
        json!({"backend": {
            "databasePoolSize": DATABASE_POOL,
            "env": {"BETTER_AUTH_SECRET": {"valueFrom": {"secretKeyRef": secret}}},
        }}),
    );
    place.install("Giving the backend the bench's way to sign people in")?;
    place.settle()?;
    let mut load = traffic.load(place)?;
    let busy = Metrics::measure(place, "Measuring under load", Some(&mut load));
    drop(load);
    Metrics::show(&idle, &busy?, report);
    traffic.show_load(report)?;

    if !cfg!(target_os = "linux") {
        report.note(
            "Not compared with this machine: the program out of the image runs on Linux only.",
        );
        return Ok(());
    }
    traffic.compare(place, options, "limits of the chart", report)?;
    let no_limit = json!({"backend": {"resources": {"limits": {"cpu": null}}}});
    merge(&mut place.values, no_limit);
    place.install("Taking the backend's CPU limit away")?;
    place.settle()?;
    traffic.compare(place, options, "no CPU limit", report)?;
    report.note(
        "Requests: through TLS, the Ingress controller, the Service and the pod; here: the same program out of the same image, asked directly and in clear. Both use the same PostgreSQL in the cluster, with 16 connections each, and are asked the same, for 1000 people at random on connections that are kept. Taken in turns, ratios are medians of the rounds; where this machine is the node too, all that takes part shares its processors. The chart allows the backend half a CPU: the first rows say what an installation gives, those without the limit what the way costs.",
    );
    Ok(())
}

/// How busy this machine is with other things; Linux only.
fn load_average() -> Option<String> {
    let average = fs::read_to_string("/proc/loadavg").ok()?;
    let average = average.split_whitespace().next()?;
    let processors = std::thread::available_parallelism().ok()?;
    Some(format!("{average}, {processors}"))
}
