//! Short commands whose output is read by this program.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use anyhow::{anyhow, ensure};

use super::{name, plain, spawn, wait};

/// What a command answered.
#[derive(Debug)]
pub struct Captured {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Captured {
    /// Its standard output, if it succeeded.
    ///
    /// # Errors
    /// What it wrote to its standard error, if it did not.
    pub fn success(self, program: &str) -> anyhow::Result<String> {
        if self.status.success() {
            return Ok(self.stdout);
        }
        Err(anyhow!("{program}: {}", self.complaint()))
    }

    /// What it wrote about its failure.
    #[must_use]
    pub fn complaint(&self) -> String {
        let said = [self.stderr.trim(), self.stdout.trim()];
        match said.iter().find(|said| !said.is_empty()) {
            Some(said) => (*said).to_owned(),
            None => format!("failed without a word ({})", self.status),
        }
    }
}

/// Runs a command to its end, with `input` on its standard input.
///
/// # Errors
/// When it cannot be started, takes longer than `limit`, or the user interrupts. A failing command is no error here.
pub fn captured(
    command: &mut Command,
    input: Option<&str>,
    limit: Duration,
) -> anyhow::Result<Captured> {
    // Files in place of pipes: a daemon that the command leaves behind would keep a pipe open for ever.
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    plain(command);
    let mut child = spawn(command, input, stdout.try_clone()?, stderr.try_clone()?)?;
    let started = Instant::now();
    let status = wait(&mut child, || {
        let seconds = limit.as_secs();
        ensure!(
            started.elapsed() <= limit,
            "{} gave no answer in {seconds} s",
            name(command)
        );
        Ok(())
    })?;
    Ok(Captured {
        status,
        stdout: read(&mut stdout)?,
        stderr: read(&mut stderr)?,
    })
}

fn read(file: &mut File) -> anyhow::Result<String> {
    file.rewind()?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
