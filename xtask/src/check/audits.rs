//! What is known about the crates and packages that this project uses.

use std::{path::PathBuf, process::Command};

use anyhow::Context as _;

use super::{Verdict, passes};
use crate::{
    binaries::{self, cargo},
    config, node, processes,
    terminal::Step,
    workspace::Workspace,
};

const CARGO_DENY: &str = "0.20.2";

/// cargo-deny: licences, sources, banned and doubled crates; and advisories, when their database can be fetched.
pub fn crates(workspace: &Workspace, step: &mut Step) -> Verdict {
    let program = cargo_deny(workspace, step)?;
    let deny = |what: &[&str]| {
        let mut command = Command::new(&program);
        command
            .arg("check")
            .args(what)
            .current_dir(workspace.root());
        command
    };
    passes(
        workspace,
        step,
        &mut deny(&["bans", "licenses", "sources"]),
        "deny",
    )?;
    match passes(
        workspace,
        step,
        &mut deny(&["advisories"]),
        "deny-advisories",
    ) {
        Err(error) if error.to_string().contains("failed to fetch") => Ok(Some(
            "advisories skipped, their database cannot be fetched from here".into(),
        )),
        verdict => verdict,
    }
}

fn cargo_deny(workspace: &Workspace, step: &mut Step) -> anyhow::Result<PathBuf> {
    if let Some(program) = config::program("cargo-deny") {
        return Ok(program);
    }
    let tools = workspace.target().join("tools");
    let program = binaries::program(&tools.join("bin"), "cargo-deny");
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
    processes::run(step, &mut command, &workspace.log("cargo-deny-install"))
        .context("cargo-deny cannot be installed")?;
    Ok(program)
}

/// `npm audit`, when the registry answers it.
pub fn packages(workspace: &Workspace, step: &mut Step) -> Verdict {
    let mut command = node::npm(&workspace.frontend(), &["audit", "--audit-level=high"]);
    match passes(workspace, step, &mut command, "npm-audit") {
        Err(error)
            if error
                .to_string()
                .contains("audit endpoint returned an error") =>
        {
            Ok(Some(
                "skipped, the package registry answers no audits".into(),
            ))
        }
        verdict => verdict,
    }
}
