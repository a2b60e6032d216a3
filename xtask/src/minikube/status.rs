//! `status`: what runs, where, and what is wrong.

use std::time::SystemTime;

use super::{
    Place,
    address::{self, Exposure},
};
use crate::{
    kubernetes::{
        certificate::Certificate,
        helm::Revision,
        objects::{containers, name, number},
        trouble,
    },
    terminal::{self, Reported},
};

/// Prints it.
///
/// # Errors
/// When something is wrong, after it was printed.
pub fn run(place: &Place<'_>) -> anyhow::Result<()> {
    place.minikube.require()?;
    let Some(revision) = place.helm()?.last(place.release)? else {
        println!(
            "{} {} is not installed in the namespace {}: run `{}`, or `{}`, which needs no account anywhere",
            terminal::red("✗"),
            place.release,
            place.kubectl.namespace(),
            place.again("up"),
            place.again("demo")
        );
        return Err(Reported.into());
    };
    let mut wrong = Vec::new();
    print_release(place, &revision);
    wrong.extend(print_address(place)?);
    print_pods(place)?;
    wrong.extend(of_release(place, &revision)?);
    for report in trouble::report(&place.kubectl, place.release)? {
        wrong.push(report.text());
    }
    wrong.extend(of_model(place));
    println!();
    if wrong.is_empty() {
        println!("{} nothing is wrong", terminal::green("✓"));
        return Ok(());
    }
    for trouble in wrong {
        println!("{} {trouble}", terminal::red("✗"));
    }
    Err(Reported.into())
}

fn print_release(place: &Place<'_>, revision: &Revision) {
    println!(
        "  release        {} in {}, revision {}, {} ({})",
        place.release,
        place.kubectl.namespace(),
        revision.number,
        revision.status,
        revision.chart
    );
}

/// Prints the address; returns what is wrong with the certificate.
fn print_address(place: &Place<'_>) -> anyhow::Result<Option<String>> {
    let objects = place.kubectl.get(&[address::KINDS, &place.selector()])?;
    let Some(exposure) = Exposure::of(&objects) else {
        return Ok(None);
    };
    println!("  address        {}", exposure.url(&place.minikube.ip()?));
    let Exposure::Ingress {
        certificate: Some(secret),
        ..
    } = exposure
    else {
        return Ok(None);
    };
    let Some(certificate) = place
        .kubectl
        .find("secret", &secret)?
        .and_then(|secret| Certificate::of(&secret))
    else {
        return Ok(Some(format!(
            "the certificate is not there: the Secret {secret} is missing or holds none\n  what to do: make it (`kubectl create secret tls {secret} --cert=… --key=…`), or wait for cert-manager (`kubectl describe certificate`)"
        )));
    };
    println!("  certificate    {}", certificate.describe());
    Ok(certificate.has_expired(SystemTime::now()).then(|| {
        format!("the certificate has expired\n  what to do: delete the Secret {secret} and upgrade, or renew your own")
    }))
}

fn print_pods(place: &Place<'_>) -> anyhow::Result<()> {
    let objects = place.kubectl.get(&["pods"])?;
    let pods: Vec<_> = trouble::pods(&objects, place.release).collect();
    let width = pods.iter().map(|pod| name(pod).len()).max().unwrap_or(0);
    println!();
    println!(
        "  {}",
        terminal::bold(&format!("{:width$}  ready      restarts", "pod"))
    );
    for pod in pods {
        let restarts: i64 = containers(pod)
            .filter_map(|status| number(status, "/restartCount"))
            .sum();
        let ready = if trouble::is_done(pod) {
            "done"
        } else if trouble::is_ready(pod) {
            "yes"
        } else {
            "no"
        };
        println!("  {:width$}  {ready:9}  {restarts}", name(pod));
    }
    Ok(())
}

fn of_release(place: &Place<'_>, revision: &Revision) -> anyhow::Result<Option<String>> {
    if revision.status == "deployed" {
        return Ok(None);
    }
    let remedy = if revision.is_pending() {
        format!(
            "if no other helm is at work on it, {}, and then install again",
            place.way_out()?
        )
    } else if revision.number == 1 {
        "correct what is named below and install again".to_owned()
    } else {
        let back = place.rollback()?.map_or_else(
            || "no revision before it was good, so there is none to go back to".to_owned(),
            |rollback| format!("`{rollback}` brings the last good revision back"),
        );
        format!("correct what is named below and install again; {back}")
    };
    Ok(Some(format!(
        "revision {} is {}: {}\n  what to do: {remedy}",
        revision.number, revision.status, revision.description
    )))
}

/// Only a conversation shows whether the model can be used; the backend logs it.
fn of_model(place: &Place<'_>) -> Option<String> {
    let selector = format!("{},app.kubernetes.io/component=backend", place.selector());
    let log = place
        .kubectl
        .text(&[
            "logs",
            &selector,
            "--all-containers",
            "--ignore-errors",
            "--since=24h",
            "--tail=2000",
        ])
        .ok()?;
    let trouble = trouble::model(&log)?;
    Some(format!(
        "the last conversation that failed: {trouble}\n  what to do: correct it, then `{}`",
        place.again("up")
    ))
}
