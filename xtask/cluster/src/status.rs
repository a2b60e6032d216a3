//! `status`: what runs, where, and what is wrong.

use anyhow::ensure;
use cluster::pods::COMPONENT;
use k8s_openapi::api::core::v1::Secret;
use xtask::terminal::{self, Reported};

use crate::{address::Exposure, helm::Revision, release::Release, report};

/// Prints it; an error when something is wrong, after it was printed.
pub fn run(release: &Release<'_>) -> anyhow::Result<()> {
    let history = release.history()?;
    let namespace = &release.kubectl.namespace;
    let Some(revision) = history.last() else {
        println!(
            "{} {} is not installed in the namespace {namespace}: run `{}`, or `{}`, which needs no account anywhere",
            terminal::red("✗"),
            release.name,
            release.again("up"),
            release.again("demo")
        );
        return Err(Reported.into());
    };
    println!(
        "  release        {} in {namespace}, revision {}, {} ({})",
        release.name, revision.number, revision.status, revision.chart
    );
    let mut wrong = Vec::new();
    if let Some(exposure) = Exposure::find(release)? {
        println!("  address        {}", exposure.url(&release.minikube.ip()?));
        wrong.extend(of_certificate(release, &exposure)?);
    }
    println!("\n{}", release.kubectl.run(&["get", "pods"])?);
    wrong.extend(of_revision(release, revision, &history));
    wrong.extend(report::report(&release.kubectl, release.name)?);
    wrong.extend(of_model(release)?);
    if wrong.is_empty() {
        println!("{} nothing is wrong", terminal::green("✓"));
    }
    for finding in &wrong {
        println!("{} {finding}", terminal::red("✗"));
    }
    ensure!(wrong.is_empty(), Reported);
    Ok(())
}

fn of_certificate(release: &Release<'_>, exposure: &Exposure) -> anyhow::Result<Option<String>> {
    let Exposure::Ingress {
        certificate: Some(secret),
        ..
    } = exposure
    else {
        return Ok(None);
    };
    let found = release.kubectl.find::<Secret>(secret)?;
    Ok(found.is_none().then(|| format!(
        "the certificate is not there: the Secret {secret} is missing\n  what to do: make it (`kubectl create secret tls {secret} --cert=… --key=…`), or wait for cert-manager (`kubectl describe certificate`)"
    )))
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
    let labels = format!("{},{COMPONENT}=backend", release.labels());
    let log = release.kubectl.run(&[
        "logs",
        "--selector",
        &labels,
        "--container=backend",
        "--ignore-errors",
        "--max-log-requests=100",
        "--since=24h",
        "--tail=2000",
    ])?;
    Ok(report::model(&log).map(|reason| {
        format!(
            "the last conversation that failed: {reason}\n  what to do: correct it, then `{}`",
            release.again("up")
        )
    }))
}
