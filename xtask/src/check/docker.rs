//! hadolint over the Dockerfiles.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, ensure};

use super::{
    Verdict, passes,
    python::{self, Tool},
};
use crate::{terminal::Step, workspace::Workspace};

/// No finding in any Dockerfile but what `.hadolint.yaml` excuses.
///
/// # Errors
/// With everything that was found.
pub fn files(workspace: &Workspace, step: &mut Step) -> Verdict {
    let folder = workspace.root().join("docker");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let file: PathBuf = entry?.path();
        if file
            .extension()
            .is_some_and(|ending| ending == "Dockerfile")
        {
            files.push(file);
        }
    }
    files.sort();
    ensure!(
        !files.is_empty(),
        "{} has no *.Dockerfile",
        folder.display()
    );
    let hadolint = match python::tool(workspace, step, Tool::Hadolint)? {
        Ok(hadolint) => hadolint,
        Err(reason) => return Ok(Some(reason)),
    };
    let mut command = Command::new(hadolint);
    command
        .arg("--config")
        .arg(workspace.root().join(".hadolint.yaml"))
        .args(&files)
        .current_dir(workspace.root());
    passes(workspace, step, &mut command, "hadolint.log")?;
    Ok(Some(format!("{} files", files.len())))
}
