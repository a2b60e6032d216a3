//! How much code there is, and whether its modules depend on each other: the working tree beside the release that the
//! aims were set for. Reads sources only, and builds nothing.

mod lines;
mod modules;
mod report;
mod tree;

use anyhow::Context as _;
use clap::Parser;

use crate::{report::Measured, tree::Tree};

/// Prints code lines and module cycles, without tests, comments and blank lines.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench code")]
struct Options {
    /// Looks at this commit in place of the working tree
    #[arg(long, value_name = "REVISION")]
    of: Option<String>,
    /// Also says which names tie the modules of a cycle together
    #[arg(long)]
    names: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let here = std::env::current_dir()?;
    let mut folders = here.ancestors();
    let root = folders.find(|folder| folder.join("Cargo.lock").is_file());
    let root = root.context("not in a checkout")?;
    let before = if Tree::has(root, report::BASE) {
        Some(Measured::of(&Tree::read(root, Some(report::BASE))?)?)
    } else {
        None
    };
    let now = Measured::of(&Tree::read(root, options.of.as_deref())?)?;
    report::print(before.as_ref(), &now, options.names);
    Ok(())
}
