//! Installing and building the frontend.

use std::process::Command;

use crate::{node, processes, workspace::Workspace};

/// Installs the frontend's packages when its lock file changed.
///
/// # Errors
/// When npm fails.
pub fn install(workspace: &Workspace) -> anyhow::Result<()> {
    node::install(workspace, &workspace.frontend(), "the frontend's packages")
}

/// Installs the frontend's packages, and builds it when one of its sources changed.
///
/// # Errors
/// When npm or the build fails, with the end of its output.
pub fn build(workspace: &Workspace) -> anyhow::Result<()> {
    install(workspace)?;
    let folder = workspace.frontend();
    node::make(&folder.join(".next/xtask-stamp"), &[folder], || {
        let mut command = script(workspace, &["build"]);
        let log = workspace.log("next-build");
        processes::step("Building the frontend", &mut command, &log)
    })
}

/// One of the scripts in the frontend's `package.json`, with its arguments.
#[must_use]
pub fn script(workspace: &Workspace, script: &[&str]) -> Command {
    let mut command = node::npm(&workspace.frontend(), &["run", "--silent"]);
    command.args(script).env("NEXT_TELEMETRY_DISABLED", "1");
    command
}
