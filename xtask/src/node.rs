//! Node.js and npm packages.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use crate::{processes, workspace::Workspace};

const OLDEST: (u32, u32) = (20, 9);
const HOW_TO_GET: &str = "install Node.js 20.9 or newer from https://nodejs.org or with your package manager, then run this again";

/// Makes sure that Node.js is there and new enough.
///
/// # Errors
/// One sentence that says what to do.
pub fn require() -> anyhow::Result<()> {
    let output = Command::new("node").arg("--version").output();
    let output = output.with_context(|| format!("Node.js is not installed: {HOW_TO_GET}"))?;
    let version = String::from_utf8_lossy(&output.stdout);
    let version = version.trim();
    let too_old = format!("Node.js {version} is too old: {HOW_TO_GET}");
    ensure!(is_new_enough(version), too_old);
    Ok(())
}

/// Whether what `node --version` prints is a version that the frontend runs on.
#[must_use]
pub fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.');
    let mut next = || numbers.next()?.parse().ok();
    next().zip(next()).is_some_and(|version| version >= OLDEST)
}

/// `npm` with arguments, in a folder.
#[must_use]
pub fn npm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(folder);
    command
}

/// Installs the packages of a folder of the checkout with `npm ci`, unless what is installed is what its lock file says.
///
/// # Errors
/// When npm fails.
pub fn install(workspace: &Workspace, folder: &str) -> anyhow::Result<()> {
    let log = workspace.log(&format!("npm-{}", folder.replace('/', "-")));
    // Two at once, such as a test beside `up`, would remove each other's files.
    fs::create_dir_all(log.with_file_name(""))?;
    let lock = File::create(log.with_extension("lock"))?;
    lock.lock().context("cannot lock the installed packages")?;
    let what = format!("Installing the packages of {folder}");
    let folder = workspace.root().join(folder);
    let sources = ["package-lock.json", "package.json"].map(|name| folder.join(name));
    make(&folder.join("node_modules/.xtask-stamp"), &sources, || {
        let mut command = npm(&folder, &["ci", "--no-audit", "--no-fund"]);
        processes::step(&what, &mut command, &log)
    })
}

/// Makes something from sources, unless a note inside it says that it was made from the same.
///
/// # Errors
/// When it cannot be made, a source not be read or the note not be written.
pub fn make(
    note: &Path,
    sources: &[PathBuf],
    make: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let now = hash(sources)?.to_string();
    if fs::read_to_string(note).is_ok_and(|made_from| made_from == now) {
        return Ok(());
    }
    make()?;
    fs::write(note, now).with_context(|| format!("cannot write {}", note.display()))
}

/// One number for names and contents of files, and of all that is in folders. Folders of tools and results are left
/// out, and so is what is not there.
///
/// # Errors
/// When something cannot be read.
pub fn hash(paths: &[PathBuf]) -> anyhow::Result<u64> {
    let mut hasher = DefaultHasher::new();
    paths.iter().try_for_each(|path| add(&mut hasher, path))?;
    Ok(hasher.finish())
}

fn add(hasher: &mut DefaultHasher, path: &Path) -> anyhow::Result<()> {
    const LEFT_OUT: &str = "node_modules .next coverage test-results next-env.d.ts";
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_left_out = LEFT_OUT.split(' ').any(|it| it == name) || name.ends_with(".tsbuildinfo");
    if is_left_out || !path.exists() {
        return Ok(());
    }
    name.hash(hasher);
    if path.is_dir() {
        let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
        let mut entries = entries.collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        entries.iter().try_for_each(|entry| add(hasher, entry))?;
        "the end of the folder".hash(hasher);
        return Ok(());
    }
    let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    content.hash(hasher);
    Ok(())
}
