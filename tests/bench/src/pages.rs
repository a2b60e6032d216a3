//! The JavaScript that a page begins with: the frontend knows, and is asked.

use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::{build, table::Table};

const GOAL: f64 = 190.0;

/// The frontend must have been built.
pub(crate) fn measure(table: &mut Table) {
    match report() {
        Ok(report) => show(&report, table),
        Err(error) => table.note(format!("Pages: not measured: {error:#}.")),
    }
}

fn report() -> anyhow::Result<String> {
    let output = Command::new("node")
        .arg(build::root().join("frontend/scripts/size.mjs"))
        .output()
        .context("node does not start")?;
    let error = String::from_utf8_lossy(&output.stderr);
    let reason = error.lines().find(|line| line.contains("Error: "));
    let reason = reason.unwrap_or("it does not say why");
    ensure!(output.status.success(), "size.mjs failed: {reason}");
    Ok(String::from_utf8(output.stdout)?)
}

/// Its lines are like `/tasks: 187.2 kB gzip in 19 files`.
fn show(report: &str, table: &mut Table) {
    for line in report.lines() {
        let Some((page, size)) = line.split_once(": ") else {
            continue;
        };
        let name = format!("first JavaScript of {page}");
        let kb = size.split_whitespace().next();
        match kb.and_then(|kb| kb.parse::<f64>().ok()) {
            Some(kb) if page == "/tasks" => {
                table.judged(&name, size.to_owned(), "≤ 190 kB", kb <= GOAL);
            }
            _ => table.told(&name, size.to_owned()),
        }
    }
    table.note("Pages: `npm run size` of the frontend; every script that the HTML names, gzipped one by one.");
}
