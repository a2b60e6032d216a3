//! Building the Rust programs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use crate::{
    processes,
    terminal::{self, Step},
    workspace::Workspace,
};

/// `cargo`, in the root of the checkout, checking SQL against the committed query data: never against the database
/// that the user's `.env` may name.
#[must_use]
pub fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .args(arguments)
        .current_dir(workspace.root())
        .env("SQLX_OFFLINE", "true");
    // Variables that cargo set for this program would look like changes to the ones that it builds.
    for name in [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
        "CARGO",
    ] {
        command.env_remove(name);
    }
    command
}

/// How the programs are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Development,
    /// Optimised.
    Release,
}

/// The programs: package and binary.
const PROGRAMS: [(&str, &str); 3] = [
    ("backend", "todo-backend"),
    ("mcp-server", "todo-mcp"),
    ("offline-model", "todo-offline-model"),
];

/// Builds backend, MCP server and offline model; returns the folder that they are in.
///
/// # Errors
/// When the build fails, with the end of its output.
pub fn build(workspace: &Workspace, profile: Profile) -> anyhow::Result<PathBuf> {
    terminal::step(
        "Building the Rust programs (minutes the first time)",
        |step| build_in(workspace, profile, step),
    )
}

/// As [`build`], as a part of a step that is under way.
///
/// # Errors
/// When the build fails, with the end of its output.
pub fn build_in(
    workspace: &Workspace,
    profile: Profile,
    step: &mut Step,
) -> anyhow::Result<PathBuf> {
    let mut command = cargo(workspace, &["build", "--locked"]);
    if profile == Profile::Release {
        command.arg("--release");
        command.args(PROGRAMS.map(|(package, _)| format!("--package={package}")));
    } else {
        // With the features that `cargo test --workspace` has, so that most crates are compiled only once.
        command.arg("--workspace");
    }
    command.args(PROGRAMS.map(|(_, binary)| format!("--bin={binary}")));
    processes::run(step, &mut command, &workspace.log("cargo-build"))
        .context("the build failed")?;
    Ok(workspace.target().join(match profile {
        Profile::Development => "debug",
        Profile::Release => "release",
    }))
}

/// The path of a program in the folder that [`build`] returned.
#[must_use]
pub fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Calls the program for what runs in containers and clusters, which prints what it does. It is a program of its own so
/// that only who needs it waits for its crates to be built.
///
/// # Errors
/// When it cannot be built, or fails.
pub fn cluster(workspace: &Workspace, task: &str, arguments: &[String]) -> anyhow::Result<()> {
    if !program(&workspace.target().join("debug"), "cluster").is_file() {
        eprintln!("Building the program for clusters (minutes the first time)");
    }
    processes::run_attached(&mut cluster_command(workspace, task, arguments))
}

/// The command that [`cluster`] runs.
#[must_use]
pub fn cluster_command(workspace: &Workspace, task: &str, arguments: &[String]) -> Command {
    let mut command = cargo(
        workspace,
        &["run", "--quiet", "--locked", "-p", "cluster", "--", task],
    );
    command.args(arguments);
    command
}
