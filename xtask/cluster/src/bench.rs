//! How large the images are, and how long they take to build.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context as _;
use xtask::{
    processes,
    terminal::{duration, mark},
    workspace::Workspace,
};

use crate::images::{ALL, BACKEND, DATABASE, Image, docker};

const BUILD_GOAL: Duration = Duration::from_mins(5);
const MEGABYTE: u64 = 1_000_000;

/// Measures, and prints what was found as it comes.
pub fn run(workspace: &Workspace, sizes_only: bool) -> anyhow::Result<()> {
    let mut images = ALL.into_iter().filter(|image| *image != DATABASE);
    if sizes_only {
        return images.try_for_each(|image| size(image, &image.released()));
    }
    let built = builds(workspace, images.clone());
    for image in images {
        // Only the name that was given here; one that did not get built is not there to be removed.
        drop(docker(&["image", "rm", &bench_name(image)]));
    }
    built
}

/// All builds happen in a copy of what is committed, which they may change: what is measured is not what the user is working
/// on meanwhile.
fn builds(
    workspace: &Workspace,
    mut images: impl Iterator<Item = Image> + Clone,
) -> anyhow::Result<()> {
    let copy = tempfile::tempdir()?;
    let copy = copy.path();
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet", "--local"]);
    processes::answer(clone.arg(workspace.root()).arg(copy))?;
    // A line that no build had before, in the first files that each build looks at. `--no-cache` would also take away,
    // from the second image on, what the images share.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let line = format!("\n# {}\n", now.as_nanos());
    append(&copy.join("Cargo.toml"), &line)?;
    append(&copy.join("frontend/.npmrc"), &line)?;
    let begun = Instant::now();
    for image in images.clone() {
        build(workspace, copy, image, "from nothing")?;
    }
    let all = begun.elapsed();
    println!(
        "{} all from nothing: {} (goal: ≤ 5 min on a laptop). One after the other, as the documents do it; what they share counts for the first, and the base images were there.",
        mark(all <= BUILD_GOAL),
        duration(all)
    );
    append(&copy.join("backend/src/lib.rs"), "\nconst _: () = ();\n")?;
    build(
        workspace,
        copy,
        BACKEND,
        "after a change of one line in backend/",
    )?;
    images.try_for_each(|image| size(image, &bench_name(image)))
}

/// All layers unpacked, the base image included.
fn size(image: Image, name: &str) -> anyhow::Result<()> {
    let bytes = docker(&["image", "inspect", "--format={{.Size}}", name])?;
    let bytes: u64 = bytes
        .trim()
        .parse()
        .with_context(|| format!("docker says no size of {name}"))?;
    println!(
        "{} size of {}: {}.{} MB (goal: ≤ {} MB)",
        mark(bytes <= image.goal * MEGABYTE),
        image.repository,
        bytes / MEGABYTE,
        bytes % MEGABYTE / 100_000,
        image.goal
    );
    Ok(())
}

fn bench_name(image: Image) -> String {
    format!("{}:bench", image.repository)
}

/// A step, which tells how long it takes.
fn build(workspace: &Workspace, copy: &Path, image: Image, how: &str) -> anyhow::Result<()> {
    let repository = image.repository;
    let log = workspace.log(&format!("bench-{repository}"));
    let mut build = image.build(&bench_name(image));
    let what = format!("Building {repository} {how}");
    processes::step(&what, build.current_dir(copy), &log)
}

fn append(file: &Path, text: &str) -> anyhow::Result<()> {
    let before = fs::read_to_string(file)?;
    Ok(fs::write(file, before + text)?)
}
