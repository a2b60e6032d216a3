//! Checkers from Python's package index, in a virtual environment of their own below the target folder.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, bail};
use xtask::{check::LeftOut, node::make, processes, terminal::Step, workspace::Workspace};

/// The newest Kubernetes whose schemas kubernetes-validate brings.
pub const NEWEST_KUBERNETES: &str = "1.37";

/// Where a checker is.
pub fn tool(workspace: &Workspace, step: &mut Step, name: &str) -> anyhow::Result<PathBuf> {
    let mut has_venv = Command::new("python3");
    if processes::answer(has_venv.args(["-c", "import ensurepip, venv"])).is_err() {
        bail!(LeftOut(format!(
            "{name} needs Python 3 with venv (`apt install python3-venv` on Debian and Ubuntu)"
        )));
    }
    let folder = workspace.target().join("tools/python");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = |name: &str| programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let packages = workspace.root().join("xtask/cluster/python-tools.txt");
    make(
        &folder.join(".xtask-stamp"),
        std::slice::from_ref(&packages),
        || {
            let log = workspace.log("python-tools");
            let mut venv = Command::new("python3");
            venv.args(["-m", "venv", "--clear"]).arg(&folder);
            processes::run(step, &mut venv, &log)?;
            let mut pip = Command::new(program("python"));
            pip.args(["-m", "pip", "install", "--quiet", "--requirement"]);
            processes::run(step, pip.arg(&packages), &log)
        },
    )
    .with_context(|| format!("{} cannot be installed", packages.display()))?;
    Ok(program(name))
}
