//! Building the Rust programs.

use std::{path::PathBuf, process::Command};

use anyhow::Context as _;

use crate::{processes, terminal::Step, workspace::Workspace};

/// How the programs are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Quick to build.
    Development,
    /// Optimised.
    Release,
    /// Optimised and, on Linux with glibc, linked statically: what the images carry.
    Static,
}

const STATIC_TARGET: Option<&str> = if cfg!(all(
    target_os = "linux",
    target_env = "gnu",
    target_arch = "x86_64"
)) {
    Some("x86_64-unknown-linux-gnu")
} else if cfg!(all(
    target_os = "linux",
    target_env = "gnu",
    target_arch = "aarch64"
)) {
    Some("aarch64-unknown-linux-gnu")
} else {
    None
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

/// Builds backend, MCP server and offline model; returns the folder that they are in.
///
/// # Errors
/// When the build fails, with the end of its output.
pub fn build(workspace: &Workspace, profile: Profile) -> anyhow::Result<PathBuf> {
    let mut command = cargo(
        workspace,
        &[
            "build",
            "--locked",
            "--bins",
            "-p",
            "backend",
            "-p",
            "mcp-server",
            "-p",
            "offline-model",
        ],
    );
    let mut folder = workspace.target().to_path_buf();
    if profile == Profile::Static
        && let Some(target) = STATIC_TARGET
    {
        command
            .args(["--target", target])
            .env("RUSTFLAGS", "-C target-feature=+crt-static");
        folder.push(target);
    }
    if profile == Profile::Development {
        folder.push("debug");
    } else {
        command.arg("--release");
        folder.push("release");
    }
    let mut step = Step::start("Building the Rust programs (minutes the first time)");
    let log = workspace.target().join("xtask").join("cargo-build.log");
    match processes::run(&mut step, &mut command, &log).context("the build failed") {
        Ok(()) => step.done(""),
        Err(error) => {
            step.failed();
            return Err(error);
        }
    }
    Ok(folder)
}
