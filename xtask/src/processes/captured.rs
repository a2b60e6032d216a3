//! Short commands whose output is read by this program.

use std::{
    fs::File,
    io::{Read as _, Seek as _, Write as _},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow, bail};

use super::{POLL, plain, signals};
use crate::interruption;

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
        let said = match self.stderr.trim() {
            "" => self.stdout.trim(),
            said => said,
        };
        if said.is_empty() {
            return format!("failed without a word ({})", self.status);
        }
        said.to_owned()
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
    let program = command.get_program().to_string_lossy().into_owned();
    // Files in place of pipes: a daemon that the command leaves behind would keep a pipe open for ever.
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    signals::own_group(command);
    plain(command);
    let mut child = command
        .stdin(standard_input(input)?)
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()
        .with_context(|| format!("cannot run {program}"))?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        let interrupted = interruption::check();
        if interrupted.is_err() || started.elapsed() > limit {
            signals::kill_group(&child);
            child.wait()?;
            interrupted?;
            bail!("{program} gave no answer in {} s", limit.as_secs());
        }
        thread::sleep(POLL);
    };
    Ok(Captured {
        status,
        stdout: read(&mut stdout)?,
        stderr: read(&mut stderr)?,
    })
}

/// The text as a standard input. It stands in a file that has no name, so that what is secret is found nowhere.
pub(super) fn standard_input(input: Option<&str>) -> anyhow::Result<Stdio> {
    let Some(input) = input else {
        return Ok(Stdio::null());
    };
    let mut file = tempfile::tempfile()?;
    file.write_all(input.as_bytes())?;
    file.rewind()?;
    Ok(file.into())
}

fn read(file: &mut File) -> anyhow::Result<String> {
    file.rewind()?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
