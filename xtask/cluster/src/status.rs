//! `status`: what runs, where, and what is wrong.

use anyhow::ensure;
use cluster::pods::COMPONENT;
use xtask::terminal::{self, Reported};

use crate::{helm::Revision, release::Release, report};

/// Prints it; an error when something is wrong, after it was printed.
pub fn run(release: &Release<'_>) -> anyhow::Result<()> {
    release.require_running()?;
    let history = release.history()?;
    let Some(last) = history.last() else {
        println!(
            "{} {} is not installed in the namespace {}: run `{}`, or `{}`, which needs no account anywhere",
            terminal::mark(false),
            release.name,
            release.namespace,
            release.again("up"),
            release.again("demo")
        );
        return Err(Reported.into());
    };
    println!(
        "  release        {} in {}, revision {}, {}",
        release.name, release.namespace, last.number, last.status
    );
    let notes = release.notes()?;
    let address = notes.lines().nth(1).unwrap_or_default().trim();
    println!("  address        {address}");
    println!("\n{}", release.ask(&["get", "pods"])?);
    let mut wrong = Vec::from_iter(of_revision(release, last, &history));
    wrong.extend(report::report(release)?);
    wrong.extend(of_model(release)?);
    if wrong.is_empty() {
        println!("{} nothing is wrong", terminal::mark(true));
    }
    for finding in &wrong {
        println!("{} {finding}", terminal::mark(false));
    }
    ensure!(wrong.is_empty(), Reported);
    Ok(())
}

fn of_revision(release: &Release<'_>, last: &Revision, history: &[Revision]) -> Option<String> {
    if last.status == "deployed" {
        return None;
    }
    release.pending(history).or_else(|| {
        let back = release.rollback(history);
        let back = back.map(|it| format!("; `{it}` brings the last good revision back"));
        Some(format!(
            "revision {} is {}: {}\n  what to do: correct what is named below and install again{}",
            last.number,
            last.status,
            last.description,
            back.unwrap_or_default()
        ))
    })
}

/// Only a conversation shows whether the model can be used; the backend logs it.
fn of_model(release: &Release<'_>) -> anyhow::Result<Option<String>> {
    let labels = format!("{},{COMPONENT}=backend", release.labels());
    let log = release.ask(&[
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
