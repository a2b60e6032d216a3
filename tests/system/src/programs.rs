//! Running `helm`, `kubectl` and others as a person types them, with a time limit.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::process::Command;

use crate::waiting::seconds;

/// Longer than anything a person would wait for.
const LIMIT: Duration = seconds(300);

/// What a program said.
#[derive(Debug, Clone)]
pub struct Output {
    command: String,
    /// Whether it ended with 0.
    pub ok: bool,
    /// What it said, both streams, errors last.
    pub text: String,
    /// Standard output alone.
    pub stdout: String,
}

impl Output {
    /// Itself, if the program succeeded.
    ///
    /// # Errors
    /// When it did not, with what it said.
    pub fn success(self) -> anyhow::Result<Self> {
        if self.ok {
            return Ok(self);
        }
        bail!("`{}` failed:\n{}", self.command, self.text)
    }

    /// Itself, if the program failed, as it should here.
    ///
    /// # Errors
    /// When it succeeded.
    pub fn failure(self) -> anyhow::Result<Self> {
        if !self.ok {
            return Ok(self);
        }
        bail!("`{}` should have failed:\n{}", self.command, self.text)
    }
}

/// Runs programs in one folder.
#[derive(Debug, Clone)]
pub struct Shell {
    folder: PathBuf,
}

impl Shell {
    /// Programs will run in `folder`.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Runs a command line; words are separated by spaces, nothing is quoted.
    ///
    /// # Errors
    /// When it cannot be started or does not end in time.
    pub async fn typed(&self, line: &str) -> anyhow::Result<Output> {
        let mut words = line.split_whitespace();
        let program = words.next().context("an empty command")?;
        self.run(program, words).await
    }

    /// Runs a program with these arguments.
    ///
    /// # Errors
    /// When it cannot be started or does not end in time.
    pub async fn run<A: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> anyhow::Result<Output> {
        let mut command = Command::new(program);
        command.args(arguments);
        self.command(command, LIMIT).await
    }

    /// Runs a prepared command.
    ///
    /// # Errors
    /// When it cannot be started or does not end in time.
    pub async fn command(&self, mut command: Command, limit: Duration) -> anyhow::Result<Output> {
        let shown = shown(command.as_std());
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let done = tokio::time::timeout(limit, command.output())
            .await
            .with_context(|| format!("`{shown}` did not end within {} s", limit.as_secs()))?
            .with_context(|| format!("`{shown}` cannot be started"))?;
        let stdout = String::from_utf8_lossy(&done.stdout).into_owned();
        let text = format!("{stdout}{}", String::from_utf8_lossy(&done.stderr));
        Ok(Output {
            command: shown,
            ok: done.status.success(),
            text,
            stdout,
        })
    }
}

/// Whether a program is there to be called.
#[must_use]
pub fn exists(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// The command line, without passwords.
fn shown(command: &std::process::Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| {
            let word = word.to_string_lossy();
            match word.split_once("://") {
                Some((before, _)) if before.contains("atabaseUrl") => format!("{before}://…"),
                _ => word.into_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
