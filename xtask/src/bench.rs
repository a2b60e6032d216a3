//! `cargo xtask bench`: what the programs, the images, the cluster and the chat take.

use clap::Parser as _;

use crate::{
    args::{Bench, Measured},
    binaries,
    workspace::Workspace,
};

mod chat;
mod programs;
pub mod report;

/// Measures what the user names, else the programs.
///
/// # Errors
/// When something does not build or start. A goal that is missed is no error.
pub fn run(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<()> {
    if matches!(
        arguments.first().map(String::as_str),
        Some("images" | "cluster")
    ) {
        return binaries::cluster(workspace, "bench", arguments);
    }
    let options =
        Bench::parse_from(std::iter::once("bench").chain(arguments.iter().map(String::as_str)));
    match &options.measured {
        None => programs::run(workspace, &options.arguments),
        Some(Measured::Chat(chat)) => chat::run(workspace, chat),
    }
}
