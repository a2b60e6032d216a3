//! Building and calling the Rust programs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

use crate::{processes, workspace::Workspace};

/// `cargo`, in the root of the checkout.
#[must_use]
pub fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(workspace.root());
    // Variables that cargo set for this program would look like changes to the ones that it builds.
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let is_set =
        |name: &String| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for name in names.filter(is_set) {
        command.env_remove(name);
    }
    command.env_remove("CARGO");
    command
}

/// Builds backend, MCP server and offline model; returns the folder that they are in.
///
/// # Errors
/// When the build fails, with the end of its output.
pub fn build(workspace: &Workspace, release: bool) -> anyhow::Result<PathBuf> {
    let arguments = ["build", "--locked", "--bins", "--package=backend"];
    let mut command = cargo(workspace, &arguments);
    command.args(["--package=mcp-server", "--package=offline-model"]);
    command.args(release.then_some("--release"));
    let what = "Building the Rust programs (minutes the first time)";
    processes::step(what, &mut command, &workspace.log("cargo-build"))
        .context("the build failed")?;
    let folder = if release { "release" } else { "debug" };
    Ok(workspace.target().join(folder))
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
    processes::run_attached(run(workspace, "cluster", &[task]).args(arguments))
}

/// The command that builds and runs the only program of a package.
#[must_use]
pub fn run(workspace: &Workspace, package: &str, arguments: &[&str]) -> Command {
    let options = ["run", "--quiet", "--locked", "-p", package, "--"];
    let mut command = cargo(workspace, &options);
    command.args(arguments);
    command
}
