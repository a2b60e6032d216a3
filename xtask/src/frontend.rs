//! Installing and building the frontend.

use std::process::Command;

use crate::{node, processes, terminal, workspace::Workspace};

/// How the frontend is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The production build.
    Built,
    /// The development server.
    Development,
}

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
    let note = folder.join(".next").join("xtask-stamp");
    node::make(&note, &[folder], || {
        terminal::step("Building the frontend", |step| {
            let mut command = script(workspace, "build");
            processes::run(step, &mut command, &workspace.log("next-build"))
        })
    })
}

/// One of the scripts in the frontend's `package.json`.
#[must_use]
pub fn script(workspace: &Workspace, name: &str) -> Command {
    let mut command = node::npm(&workspace.frontend(), &["run", "--silent", name]);
    command.env("NEXT_TELEMETRY_DISABLED", "1");
    command
}
