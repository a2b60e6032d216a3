//! `cargo xtask bench cluster`: what the application takes on Minikube, and what the way into it costs.

use std::{fs, time::SystemTime};

use serde_json::{Value, json};

use self::{
    place::{Place, RELEASE},
    traffic::Traffic,
    watch::Watch,
};
use super::report::Report;
use crate::{
    args::MeasuredCluster,
    kubernetes::{
        images::{self, Built, Image},
        minikube::Minikube,
        tools,
    },
    workspace::Workspace,
};

mod database;
mod place;
mod resources;
mod stamps;
mod starts;
mod traffic;
mod watch;

/// As many as the load generator gives the backend on this machine.
const DATABASE_POOL: u8 = 16;

/// Measures in a namespace of its own, and prints a table.
///
/// # Errors
/// When something does not build, start or answer.
pub fn run(workspace: &Workspace, options: &MeasuredCluster) -> anyhow::Result<()> {
    tools::require(&[tools::DOCKER, tools::MINIKUBE, tools::KUBECTL, tools::HELM])?;
    tools::require_docker_engine()?;
    let minikube = Minikube::of_user(workspace);
    minikube.start()?;
    let images = images(workspace)?;
    images::load(&minikube, &images)?;
    minikube.enable_ingress()?;
    minikube.enable_metrics()?;
    let traffic = Traffic::prepare(workspace, &images)?;

    let mut report = Report::default();
    if let Some(load) = load_average() {
        report.told("load average and processors of this machine, before", load);
    }
    let mut place = Place::make(workspace, &minikube, &images)?;
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
    let mut watch = Watch::begin(&place.kubectl)?;
    starts::install(place, &mut watch, report)?;
    starts::restarts(place, &mut watch, report)?;
    drop(watch);
    place.settle()?;
    let idle = resources::measure(place, "Measuring the quiet", SystemTime::now(), None)?;

    merge(&mut place.values, open_to_the_bench());
    place.install("Giving the backend the bench's way to sign people in")?;
    place.settle()?;
    let mut load = traffic.load(place)?;
    let begun = SystemTime::now();
    let busy = resources::measure(place, "Measuring under load", begun, Some(&mut load));
    drop(load);
    resources::show(&idle, &busy?, report);
    traffic.show_load(report)?;

    if !cfg!(target_os = "linux") {
        report.note(
            "Not compared with this machine: the program out of the image runs on Linux only.",
        );
        return Ok(());
    }
    traffic.compare(place, options, "limits of the chart", report)?;
    let no_limit = json!({ "backend": { "resources": { "limits": { "cpu": null } } } });
    merge(&mut place.values, no_limit);
    place.install("Taking the backend's CPU limit away")?;
    place.settle()?;
    traffic.compare(place, options, "no CPU limit", report)?;
    report.note(
        "Requests: through TLS, the Ingress controller, the Service and the pod; here: the same program out of the same image, asked directly and in clear. Both use the same PostgreSQL in the cluster, with 16 connections each, and are asked the same, for 1000 people at random on connections that are kept. Taken in turns, ratios are medians of the rounds; where this machine is the node too, all that takes part shares its processors. The chart allows the backend half a CPU: the first rows say what an installation gives, those without the limit what the way costs.",
    );
    Ok(())
}

/// What docker has, or else built.
fn images(workspace: &Workspace) -> anyhow::Result<Vec<Built>> {
    match images::existing(Image::ALL) {
        Ok(images) => Ok(images),
        Err(_) => images::build(workspace, Image::ALL),
    }
}

/// Signing up a thousand people would take longer than everything else.
fn open_to_the_bench() -> Value {
    let secret = json!({ "secretKeyRef": {
        "name": format!("{RELEASE}-secrets"),
        "key": "BETTER_AUTH_SECRET",
    } });
    json!({ "backend": {
        "databasePoolSize": DATABASE_POOL,
        "env": { "BETTER_AUTH_SECRET": { "valueFrom": secret } },
    } })
}

/// Puts `more` over `values`, as Helm does with several files.
fn merge(values: &mut Value, more: Value) {
    match (values, more) {
        (Value::Object(values), Value::Object(more)) => {
            for (key, value) in more {
                merge(values.entry(key).or_insert(Value::Null), value);
            }
        }
        (values, more) => *values = more,
    }
}

/// How busy this machine is with other things; Linux only.
fn load_average() -> Option<String> {
    let average = fs::read_to_string("/proc/loadavg").ok()?;
    let average = average.split_whitespace().next()?;
    let processors = std::thread::available_parallelism().ok()?;
    Some(format!("{average}, {processors}"))
}
