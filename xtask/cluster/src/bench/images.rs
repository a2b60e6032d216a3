//! How large the images are, and how long they take to build.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context as _;
use xtask::{processes, terminal, workspace::Workspace};

use crate::{
    bench::report::Report,
    images::{BACKEND, Image, docker, of_application},
    minikube::step,
};

const BUILD_GOAL: Duration = Duration::from_mins(5);
const LIMIT: Duration = Duration::from_mins(1);
const MEGABYTE: u64 = 1_000_000;

/// Measures, and prints a table.
pub fn run(workspace: &Workspace, sizes_only: bool) -> anyhow::Result<()> {
    let mut report = Report::default();
    if sizes_only {
        sizes(&mut report, Image::released)?;
    } else {
        let built = builds(workspace, &mut report).and_then(|()| sizes(&mut report, bench_name));
        for image in of_application() {
            // Only the name that was given here; one that did not get built is not there to be removed.
            drop(docker(&["image", "rm", &bench_name(image)]));
        }
        built?;
    }
    println!("\n{report}");
    Ok(())
}

/// All builds happen in a copy of what is committed, which they may change: what is measured is not what the user is working
/// on meanwhile.
fn builds(workspace: &Workspace, report: &mut Report) -> anyhow::Result<()> {
    let copy = tempfile::tempdir()?;
    let copy = copy.path();
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet", "--local"]);
    clone.arg(workspace.root()).arg(copy);
    processes::captured(&mut clone, None, LIMIT)?.success("git")?;
    // A line that no build had before, in the first files that each build looks at. `--no-cache` would also take away,
    // from the second image on, what the images share.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let line = format!("\n# {}\n", now.as_nanos());
    append(&copy.join("Cargo.toml"), &line)?;
    append(&copy.join("frontend/.npmrc"), &line)?;
    let mut all = Duration::ZERO;
    for image in of_application() {
        let took = build(workspace, copy, image, "from nothing")?;
        let what = format!("build of {} from nothing", image.repository);
        report.told(&what, terminal::duration(took));
        all += took;
    }
    report.judged(
        "build of all from nothing",
        terminal::duration(all),
        "≤ 5 min on a laptop",
        all <= BUILD_GOAL,
    );
    report.note(
        "Built one after the other, as the documents do it. What they share counts for the first. The base images were there, the database of the demonstrations is left out.",
    );
    append(&copy.join("backend/src/lib.rs"), "\nconst _: () = ();\n")?;
    let took = build(workspace, copy, BACKEND, "after a change of one line")?;
    let what = "build of todo-backend after a change of one line in backend/";
    report.told(what, terminal::duration(took));
    Ok(())
}

fn sizes(report: &mut Report, name: impl Fn(Image) -> String) -> anyhow::Result<()> {
    for image in of_application() {
        let name = name(image);
        let bytes = docker(&["image", "inspect", "--format={{.Size}}", &name])?;
        let bytes: u64 = bytes
            .trim()
            .parse()
            .with_context(|| format!("docker says no size of {name}"))?;
        report.judged(
            &format!("size of {}", image.repository),
            format!("{}.{} MB", bytes / MEGABYTE, bytes % MEGABYTE / 100_000),
            &format!("≤ {} MB", image.goal),
            bytes <= image.goal * MEGABYTE,
        );
    }
    report.note(
        "Size: all layers unpacked, as `docker image inspect` says, the base image included.",
    );
    Ok(())
}

fn bench_name(image: Image) -> String {
    format!("{}:bench", image.repository)
}

fn build(workspace: &Workspace, copy: &Path, image: Image, how: &str) -> anyhow::Result<Duration> {
    let repository = image.repository;
    let log = workspace.log(&format!("bench-{repository}"));
    let mut build = image.build(&bench_name(image));
    let started = Instant::now();
    step(
        &format!("Building {repository} {how}"),
        build.current_dir(copy),
        &log,
    )?;
    Ok(started.elapsed())
}

fn append(file: &Path, text: &str) -> anyhow::Result<()> {
    let name = || format!("cannot append to {}", file.display());
    let opened = fs::OpenOptions::new().append(true).open(file);
    opened
        .with_context(name)?
        .write_all(text.as_bytes())
        .with_context(name)
}
