//! Installing and building the frontend.

use std::process::Command;

use crate::{node, processes, terminal::Step, workspace::Workspace};

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
    let log = workspace.target().join("xtask").join("npm-frontend.log");
    node::install(&workspace.frontend(), "the frontend's packages", &[], &log)
}

/// Builds the frontend when one of its sources changed.
///
/// # Errors
/// When the build fails, with the end of its output.
pub fn build(workspace: &Workspace) -> anyhow::Result<()> {
    let folder = workspace.frontend();
    let built = node::Stamp {
        file: folder.join(".next").join("xtask-stamp"),
        value: node::hash(&[&folder])?,
    };
    if built.is_current() {
        return Ok(());
    }
    let mut step = Step::start("Building the frontend");
    let log = workspace.target().join("xtask").join("next-build.log");
    match processes::run(&mut step, &mut script(workspace, "build"), &log) {
        Ok(()) => step.done(""),
        Err(error) => {
            step.failed();
            return Err(error);
        }
    }
    built.write()
}

/// One of the scripts in the frontend's `package.json`.
#[must_use]
pub fn script(workspace: &Workspace, name: &str) -> Command {
    let mut command = node::npm(&workspace.frontend(), &["run", "--silent", name]);
    command.env("NEXT_TELEMETRY_DISABLED", "1");
    command
}
