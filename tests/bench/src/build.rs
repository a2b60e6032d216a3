//! Building what is measured: static release programs, of the working tree or of a revision.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use crate::programs::NAMES;

/// The packages that the programs are of.
const PACKAGES: [&str; 3] = ["backend", "mcp-server", "offline-model"];

/// The root of the checkout around the current folder: where this program was built may have moved since.
pub(crate) fn root() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let mut folders = here.ancestors();
    let root = folders.find(|folder| folder.join("Cargo.lock").is_file());
    root.unwrap_or(&here).to_path_buf()
}

/// Cargo's target folder, in which this program is.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2);
    Ok(target.context("not in a target folder")?.to_path_buf())
}

/// Builds the programs of a checkout as the images carry them; returns their folder.
pub(crate) fn programs(source: &Path) -> anyhow::Result<PathBuf> {
    let mut folder = target()?;
    let mut command = cargo(source);
    command
        .args(["build", "--locked", "--release", "--bins"])
        .args(PACKAGES.map(|package| format!("--package={package}")))
        .env("CARGO_TARGET_DIR", &folder);
    // A target that is named, though it is this machine's own, keeps the flags away from build scripts and macros.
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        command
            .args(["--target", &host])
            .env("RUSTFLAGS", "-C target-feature=+crt-static");
        folder.push(host);
    }
    succeeds(&mut command)?;
    Ok(folder.join("release"))
}

/// A revision of this repository. Its files and its programs are kept below the target folder.
pub(crate) struct Revision {
    id: String,
    folder: PathBuf,
}

impl Revision {
    pub(crate) fn find(revision: &str) -> anyhow::Result<Self> {
        let output = Command::new("git")
            .current_dir(root())
            .args(["rev-parse", "--short=12", "--verify", "--quiet"])
            .arg(format!("{revision}^{{commit}}"))
            .output()
            .context("git does not start")?;
        ensure!(output.status.success(), "{revision} is not in this clone");
        let id = String::from_utf8(output.stdout)?.trim().to_owned();
        let folder = target()?.join("against").join(&id);
        Ok(Self { id, folder })
    }

    /// The folder with its files.
    pub(crate) fn source(&self) -> anyhow::Result<PathBuf> {
        let source = self.folder.join("source");
        if !source.exists() {
            // Unpacked under another name first: what was interrupted is not taken for the whole.
            let unpacked = self.folder.join("unpacked");
            std::fs::create_dir_all(&unpacked)?;
            let archive = self.folder.join("source.tar");
            let mut git = Command::new("git");
            git.current_dir(root()).args(["archive", "--output"]);
            succeeds(git.arg(&archive).arg(&self.id))?;
            let mut tar = Command::new("tar");
            succeeds(tar.arg("-xf").arg(&archive).arg("-C").arg(&unpacked))?;
            std::fs::rename(unpacked, &source)?;
        }
        Ok(source)
    }

    /// The folder with its programs, which are built once.
    pub(crate) fn programs(&self) -> anyhow::Result<PathBuf> {
        let files = NAMES.map(|name| format!("{name}{}", std::env::consts::EXE_SUFFIX));
        if files.iter().any(|file| !self.folder.join(file).exists()) {
            let built = programs(&self.source()?)?;
            for file in files {
                std::fs::copy(built.join(&file), self.folder.join(&file))?;
            }
        }
        Ok(self.folder.clone())
    }
}

/// Cargo in a checkout. What another cargo set for this program would look like a change to what is built.
pub(crate) fn cargo(source: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(source).env("SQLX_OFFLINE", "true");
    for name in [
        "CARGO",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
        "RUSTUP_TOOLCHAIN",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end, its output shown.
pub(crate) fn succeeds(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status();
    let status = status.with_context(|| format!("{program} does not start"))?;
    ensure!(status.success(), "{program} failed ({status})");
    Ok(())
}
