//! Building the frontend, and calling its scripts.

use std::process::Command;

use crate::{node, processes, workspace::Workspace};

/// Installs the frontend's packages, and builds it when one of its sources changed.
///
/// # Errors
/// When npm or the build fails, with the end of its output.
pub fn build(workspace: &Workspace) -> anyhow::Result<()> {
    node::install(workspace, "frontend")?;
    let folder = workspace.root().join("frontend");
    node::make(&folder.join(".next/xtask-stamp"), &[folder], || {
        let mut command = script(workspace, &["build"]);
        let log = workspace.log("next-build");
        processes::step("Building the frontend", &mut command, &log)
    })
}

/// One of the scripts in the frontend's `package.json`, with its arguments.
#[must_use]
pub fn script(workspace: &Workspace, script: &[&str]) -> Command {
    let folder = workspace.root().join("frontend");
    let mut command = node::npm(&folder, &["run", "--silent"]);
    command.args(script).env("NEXT_TELEMETRY_DISABLED", "1");
    command
}
