//! What the application takes on Minikube, and what the way into it costs.

mod place;
mod traffic;

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use serde_json::json;
use xtask::{
    interruption,
    processes::Running,
    terminal::{self, Step},
    workspace::Workspace,
};

use crate::{
    args::MeasuredCluster, bench::report::Report, images, minikube::Minikube, settings::merge,
    tools,
};

use place::{Place, RELEASE};
use traffic::Traffic;

const INSTALL_GOAL: Duration = Duration::from_secs(20);
const WINDOW: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(500);

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
    let begun = Instant::now();
    place.install("Installing, and waiting until everything is ready")?;
    let took = begun.elapsed();
    report.judged(
        "helm install to everything ready",
        terminal::duration(took),
        "≤ 20 s",
        took <= INSTALL_GOAL,
    );
    usage(place, "idle", None, report)?;

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
    let mut load = traffic.load(place)?;
    usage(place, "under load", Some(&mut load), report)?;
    drop(load);
    report.note(
        "CPU and memory: as `kubectl top pods` tells them after two minutes of quiet or load; each pod's limits keep it within its goal of 500m and 512 MiB. The load is 16 clients through the Ingress that send one request after the other: 8 list tasks, 4 create one, 2 chat, 2 open the page to sign in.",
    );
    traffic.show_load(report)?;

    if !cfg!(target_os = "linux") {
        report.note(
            "Not compared with this machine: the program out of the image runs on Linux only.",
        );
        return Ok(());
    }
    traffic.compare(place, options, "limits of the chart")?;
    let no_limit = json!({"backend": {"resources": {"limits": {"cpu": null}}}});
    merge(&mut place.values, no_limit);
    place.install("Taking the backend's CPU limit away")?;
    usage(place, "idle, no CPU limit", None, report)?;
    traffic.compare(place, options, "no CPU limit")?;
    report.note(
        "Requests: through TLS, the Ingress controller, the Service and the pod; here: the same program out of the same image, asked directly and in clear. Both use the same PostgreSQL in the cluster, with 16 connections each, and are asked the same, for 1000 people at random on connections that are kept. Taken in turns, ratios are medians of the rounds; where this machine is the node too, all that takes part shares its processors. The chart allows the backend half a CPU: the first rows say what an installation gives, those without the limit what the way costs.",
    );
    Ok(())
}

/// What the pods take, once those that were replaced have ended, and metrics-server has seen nothing but the quiet or the
/// load.
fn usage(
    place: &Place<'_>,
    when: &str,
    mut busy: Option<&mut Running>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut step = Step::start(format!("Measuring the pods, {when}"));
    let begun = Instant::now();
    while begun.elapsed() < WINDOW {
        interruption::check()?;
        busy.as_mut().map_or(Ok(()), |running| running.must_run())?;
        step.tick(|| "metrics-server looks once a minute".to_owned());
        thread::sleep(POLL);
    }
    let pods = place
        .release
        .kubectl
        .run(&["top", "pods", "--no-headers"])?;
    step.done("");
    for line in pods.lines() {
        let mut words = line.split_whitespace();
        if let (Some(pod), Some(cpu), Some(memory)) = (words.next(), words.next(), words.next()) {
            report.told(&format!("{pod}, {when}"), format!("{cpu}, {memory}"));
        }
    }
    Ok(())
}

/// How busy this machine is with other things; Linux only.
fn load_average() -> Option<String> {
    let average = fs::read_to_string("/proc/loadavg").ok()?;
    let average = average.split_whitespace().next()?;
    let processors = std::thread::available_parallelism().ok()?;
    Some(format!("{average}, {processors}"))
}
