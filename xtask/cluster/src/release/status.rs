//! `status`: what runs, where, and what is wrong.

use std::time::SystemTime;

use cluster::pods::{COMPONENT, is_done, is_ready, name, statuses};
use k8s_openapi::api::core::v1::Pod;
use kube::api::LogParams;
use xtask::terminal::{self, Reported};

use super::Release;
use crate::{
    address::Exposure,
    diagnosis::{self, Objects},
    helm::Revision,
};

const A_DAY: i64 = 24 * 60 * 60;

/// Prints it; an error when something is wrong, after it was printed.
pub fn run(release: &Release<'_>) -> anyhow::Result<()> {
    let history = release.history()?;
    let Some(revision) = history.last() else {
        println!(
            "{} {} is not installed in the namespace {}: run `{}`, or `{}`, which needs no account anywhere",
            terminal::red("✗"),
            release.name,
            release.cluster.namespace,
            release.again("up"),
            release.again("demo")
        );
        return Err(Reported.into());
    };
    println!(
        "  release        {} in {}, revision {}, {} ({})",
        release.name, release.cluster.namespace, revision.number, revision.status, revision.chart
    );
    let mut wrong = Vec::new();
    wrong.extend(print_address(release)?);
    print_pods(&Objects::of(&release.cluster)?, release.name);
    wrong.extend(of_revision(release, revision, &history));
    wrong.extend(diagnosis::report(&release.cluster, release.name)?);
    wrong.extend(of_model(release)?);
    println!();
    if wrong.is_empty() {
        println!("{} nothing is wrong", terminal::green("✓"));
        return Ok(());
    }
    for finding in wrong {
        println!("{} {finding}", terminal::red("✗"));
    }
    Err(Reported.into())
}

/// Prints the address; returns what is wrong with the certificate.
fn print_address(release: &Release<'_>) -> anyhow::Result<Option<String>> {
    let Some(exposure) = release.exposure()? else {
        return Ok(None);
    };
    println!("  address        {}", exposure.url(&release.minikube.ip()?));
    let Exposure::Ingress {
        certificate: Some(secret),
        ..
    } = exposure
    else {
        return Ok(None);
    };
    let Some(certificate) = release.certificate(&secret)? else {
        return Ok(Some(format!(
            "the certificate is not there: the Secret {secret} is missing or holds none\n  what to do: make it (`kubectl create secret tls {secret} --cert=… --key=…`), or wait for cert-manager (`kubectl describe certificate`)"
        )));
    };
    println!("  certificate    {}", certificate.describe());
    Ok(certificate.has_expired(SystemTime::now()).then(|| {
        format!("the certificate has expired\n  what to do: delete the Secret {secret} and upgrade, or renew your own")
    }))
}

fn print_pods(objects: &Objects, release: &str) {
    let pods: Vec<&Pod> = objects.pods(release).collect();
    let width = pods.iter().map(|pod| name(*pod).len()).max().unwrap_or(0);
    let title = format!("{:width$}  ready      restarts", "pod");
    println!("\n  {}", terminal::bold(&title));
    for pod in pods {
        let restarts: i32 = statuses(pod).map(|status| status.restart_count).sum();
        let ready = match (is_done(pod), is_ready(pod)) {
            (true, _) => "done",
            (false, true) => "yes",
            (false, false) => "no",
        };
        println!("  {:width$}  {ready:9}  {restarts}", name(pod));
    }
}

fn of_revision(release: &Release<'_>, last: &Revision, history: &[Revision]) -> Option<String> {
    if last.status == "deployed" {
        return None;
    }
    let remedy = if last.is_pending() {
        format!(
            "if no other helm is at work on it, {}, and then install again",
            release.way_out(history)
        )
    } else if last.number == 1 {
        "correct what is named below and install again".to_owned()
    } else {
        let back = release.rollback(history).map_or_else(
            || "no revision before it was good, so there is none to go back to".to_owned(),
            |rollback| format!("`{rollback}` brings the last good revision back"),
        );
        format!("correct what is named below and install again; {back}")
    };
    Some(format!(
        "revision {} is {}: {}\n  what to do: {remedy}",
        last.number, last.status, last.description
    ))
}

/// Only a conversation shows whether the model can be used; the backend logs it.
fn of_model(release: &Release<'_>) -> anyhow::Result<Option<String>> {
    let cluster = &release.cluster;
    let labels = format!("{},{COMPONENT}=backend", release.labels());
    let asked = LogParams {
        since_seconds: Some(A_DAY),
        tail_lines: Some(2000),
        container: Some("backend".into()),
        ..LogParams::default()
    };
    let pods = cluster.list::<Pod>(&labels)?;
    // One that has no log has nothing to say.
    let mut logs = pods.iter().filter_map(|pod| {
        cluster
            .wait(cluster.api::<Pod>().logs(name(pod), &asked))
            .ok()
    });
    let found = logs.find_map(|log| diagnosis::model(&log));
    Ok(found.map(|reason| {
        format!(
            "the last conversation that failed: {reason}\n  what to do: correct it, then `{}`",
            release.again("up")
        )
    }))
}
