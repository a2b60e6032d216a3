//! `cargo xtask bench images`: how large the images are, and how long they take to build.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Context as _;

use super::report::Report;
use crate::{
    args::MeasuredImages,
    kubernetes::images::Image,
    processes,
    terminal::{self, Step},
    workspace::Workspace,
};

const BUILD_GOAL: Duration = Duration::from_mins(5);
const INSPECT_LIMIT: Duration = Duration::from_secs(30);
const MEGABYTE: u64 = 1_000_000;

/// Measures, and prints a table.
///
/// # Errors
/// When an image does not build, or is not there.
pub fn run(workspace: &Workspace, options: &MeasuredImages) -> anyhow::Result<()> {
    let mut report = Report::default();
    if options.sizes_only {
        measure_sizes(&mut report, Image::released)?;
    } else {
        let copy = tempfile::tempdir()?;
        copy_tree(workspace, copy.path())?;
        let built = measure_builds(workspace, copy.path(), &mut report)
            .and_then(|()| measure_sizes(&mut report, bench_name));
        remove_built();
        built?;
    }
    println!("\n{report}");
    Ok(())
}

/// All builds happen in a copy, which they may change: what is measured is not what the user is working on meanwhile.
fn measure_builds(workspace: &Workspace, copy: &Path, report: &mut Report) -> anyhow::Result<()> {
    forget_earlier_builds(copy)?;
    let mut cold = Duration::ZERO;
    for image in Image::APPLICATION {
        let took = build(workspace, copy, *image, "from nothing")?;
        report.told(
            &format!("build of {} from nothing", image.repository()),
            terminal::duration(took),
        );
        cold += took;
    }
    report.judged(
        "build of all from nothing",
        terminal::duration(cold),
        "≤ 5 min on a laptop",
        cold <= BUILD_GOAL,
    );
    report.note(
        "Built one after the other, as the documents do it. What they share counts for the first. The base images were there, the database of the demonstrations is left out.",
    );

    append(&copy.join("backend/src/lib.rs"), "\nconst _: () = ();\n")?;
    let took = build(
        workspace,
        copy,
        Image::Backend,
        "after a change of one line",
    )?;
    report.told(
        "build of todo-backend after a change of one line in backend/",
        terminal::duration(took),
    );
    Ok(())
}

fn measure_sizes(report: &mut Report, name: impl Fn(Image) -> String) -> anyhow::Result<()> {
    for image in Image::APPLICATION {
        let bytes = size(&name(*image))?;
        let goal = goal(*image);
        report.judged(
            &format!("size of {}", image.repository()),
            megabytes(bytes),
            &format!("≤ {goal} MB"),
            bytes <= goal * MEGABYTE,
        );
    }
    report.note(
        "Size: all layers unpacked, as `docker image inspect` says, the base image included.",
    );
    Ok(())
}

/// In megabytes.
fn goal(image: Image) -> u64 {
    match image {
        Image::Backend => 15,
        Image::Mcp | Image::OfflineModel => 10,
        Image::Frontend => 200,
        Image::Database => 300,
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / MEGABYTE, bytes % MEGABYTE / 100_000)
}

fn bench_name(image: Image) -> String {
    format!("{}:bench", image.repository())
}

fn build(workspace: &Workspace, copy: &Path, image: Image, how: &str) -> anyhow::Result<Duration> {
    let name = bench_name(image);
    let arguments = image.build_arguments().into_iter().map(|argument| {
        if argument.starts_with("--tag=") {
            format!("--tag={name}")
        } else {
            argument
        }
    });
    let mut command = Command::new("docker");
    command
        .args(arguments)
        .current_dir(copy)
        .env("DOCKER_BUILDKIT", "1")
        .env("BUILDKIT_PROGRESS", "plain");
    let log = workspace
        .target()
        .join("xtask")
        .join(format!("bench-{}.log", image.repository()));
    let mut step = Step::start(format!("Building {} {how}", image.repository()));
    let started = Instant::now();
    let built = processes::run(&mut step, &mut command, &log);
    let took = started.elapsed();
    match built {
        Ok(()) => step.done(""),
        Err(error) => {
            step.failed();
            return Err(error);
        }
    }
    Ok(took)
}

/// A line that no build had before, in the first files that each build looks at. `--no-cache` would also take away,
/// from the second image on, what the images share.
fn forget_earlier_builds(copy: &Path) -> anyhow::Result<()> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let line = format!("\n# {}\n", now.as_nanos());
    append(&copy.join("Cargo.toml"), &line)?;
    append(&copy.join("frontend/.npmrc"), &line)
}

fn append(file: &Path, text: &str) -> anyhow::Result<()> {
    let name = || format!("cannot append to {}", file.display());
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(file)
        .with_context(name)?;
    file.write_all(text.as_bytes()).with_context(name)
}

/// What git tracks or would track, as it is now.
fn copy_tree(workspace: &Workspace, to: &Path) -> anyhow::Result<()> {
    let mut list = Command::new("git");
    list.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .current_dir(workspace.root());
    let files = processes::captured(&mut list, None, INSPECT_LIMIT)?.success("git")?;
    for file in files.split_terminator('\0') {
        let from = workspace.root().join(file);
        // Git still lists what was deleted.
        if !from.is_file() {
            continue;
        }
        let to = to.join(file);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}

fn size(name: &str) -> anyhow::Result<u64> {
    let answer = docker(&["image", "inspect", "--format={{.Size}}", name])?;
    answer
        .trim()
        .parse()
        .with_context(|| format!("docker says no size of {name}"))
}

/// Only the names that were given here; what is built stays in docker's cache.
fn remove_built() {
    for image in Image::APPLICATION {
        // One that did not get built is not there to be removed.
        drop(docker(&["image", "rm", &bench_name(*image)]));
    }
}

fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new("docker");
    command.args(arguments);
    processes::captured(&mut command, None, INSPECT_LIMIT)?.success("docker")
}
