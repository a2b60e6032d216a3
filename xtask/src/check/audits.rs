//! What is known about the crates and packages that this project uses.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, anyhow, bail};
use serde_json::Value;

use super::{Verdict, passes};
use crate::{binaries::cargo, config, node, processes, terminal::Step, workspace::Workspace};

const CARGO_DENY: &str = "0.20.2";
const OFFLINE_DATABASE: &[&str] = &["failed to fetch advisory database", "failed to fetch"];

/// cargo-deny: licences, sources, banned and doubled crates; and advisories, when their database can be fetched.
pub fn crates(workspace: &Workspace, step: &mut Step) -> Verdict {
    let program = cargo_deny(workspace, step)?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(workspace.root());
        command
    };
    passes(
        workspace,
        step,
        &mut deny(&["check", "bans", "licenses", "sources"]),
        "deny.log",
    )?;
    let Err(error) = passes(
        workspace,
        step,
        &mut deny(&["check", "advisories"]),
        "deny-advisories.log",
    ) else {
        return Ok(None);
    };
    let output = error.to_string();
    if OFFLINE_DATABASE.iter().any(|sign| output.contains(sign)) {
        return Ok(Some(
            "advisories skipped, their database cannot be fetched from here".into(),
        ));
    }
    Err(error)
}

fn cargo_deny(workspace: &Workspace, step: &mut Step) -> anyhow::Result<PathBuf> {
    if let Some(program) = config::program("cargo-deny") {
        return Ok(program);
    }
    let tools = workspace.target().join("tools");
    let program = tools
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    println!(
        "  cargo-deny is not installed: building {CARGO_DENY} into {} (minutes, once)",
        tools.display()
    );
    // Unoptimised: it is quick enough, and built in a third of the time.
    let mut command = cargo(workspace, &["install", "--locked", "--debug", "--root"]);
    command.arg(&tools).arg(format!("cargo-deny@{CARGO_DENY}"));
    let log = workspace
        .target()
        .join("xtask")
        .join("cargo-deny-install.log");
    processes::run(step, &mut command, &log).context("cargo-deny cannot be installed")?;
    Ok(program)
}

/// `npm audit`, when the registry answers it.
pub fn packages(workspace: &Workspace, step: &mut Step) -> Verdict {
    let log = workspace.target().join("xtask").join("npm-audit.log");
    let mut command = node::npm(
        &workspace.frontend(),
        &["audit", "--json", "--audit-level=high"],
    );
    let status = processes::run_logged(step, &mut command, &log)?;
    if status.success() {
        return Ok(None);
    }
    let text = fs::read_to_string(&log)?;
    // Warnings of npm come before the report.
    let report = text.find("{\n").and_then(|start| text.get(start..));
    let report: Value = report
        .and_then(|report| {
            serde_json::Deserializer::from_str(report)
                .into_iter()
                .next()?
                .ok()
        })
        .unwrap_or_default();
    let Some(found) = report.get("vulnerabilities").and_then(Value::as_object) else {
        return Ok(Some(
            "skipped, the package registry answers no audits".into(),
        ));
    };
    let names: Vec<String> = found
        .iter()
        .filter(|(_, finding)| {
            matches!(
                finding.get("severity").and_then(Value::as_str),
                Some("high" | "critical")
            )
        })
        .map(|(name, _)| name.clone())
        .collect();
    if names.is_empty() {
        bail!("npm audit failed; its log is {}", log.display());
    }
    Err(anyhow!(
        "`npm audit` in frontend/ finds: {}",
        names.join(", ")
    ))
}
