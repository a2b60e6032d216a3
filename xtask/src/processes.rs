//! Child processes: each in its own process group, so that Ctrl-C reaches this program alone and it ends its children,
//! with everything they started, and nothing else.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

use crate::{
    groups::{guard, own_group, signal},
    interruption,
    terminal::{self, Reported, Step},
};

const POLL: Duration = Duration::from_millis(50);

const READY_LIMIT: Duration = Duration::from_secs(90);

/// How long a short command may take.
const ANSWER_LIMIT: Duration = Duration::from_mins(5);

/// How long a child may take to end after it was asked to; then it is killed.
const END_LIMIT: Duration = Duration::from_secs(12);

/// A child that runs until it is told to end. Dropping it ends it, and so does the end of this program, whatever its
/// cause.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    guard: Option<Child>,
    log: PathBuf,
    asked: Option<Instant>,
}

impl Running {
    /// Starts the child with its output going to `log`, which begins anew.
    ///
    /// # Errors
    /// When the log cannot be written or the program not be started.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let child = spawn_logged(command, "", log);
        let child = child.with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            name: name.to_owned(),
            guard: guard(&child),
            child,
            log: log.to_owned(),
            asked: None,
        })
    }

    /// An error that tells how it ended, if it did, with the last lines of its log.
    ///
    /// # Errors
    /// When the child is no longer running.
    pub fn must_run(&mut self) -> anyhow::Result<()> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(());
        };
        let end = end_of_log(&self.log);
        anyhow::bail!("{} ended by itself ({status}): {end}", self.name)
    }

    /// Waits until it is ready; `ask` tells what is missing otherwise.
    ///
    /// # Errors
    /// When it ends or the time is up before it is ready, or the user interrupts.
    pub fn wait_until_ready(
        &mut self,
        step: &mut Step,
        ask: impl Fn() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let started = Instant::now();
        while let Err(missing) = ask() {
            interruption::check()?;
            self.must_run()?;
            ensure!(
                started.elapsed() < READY_LIMIT,
                "{} was not ready after {} s ({missing}); its log is {}",
                self.name,
                READY_LIMIT.as_secs(),
                self.log.display()
            );
            step.tick(|| format!("waiting for {}", self.name));
            thread::sleep(POLL);
        }
        Ok(())
    }

    /// Asks it to end, without waiting for it; returns when it was first asked.
    pub fn ask_to_end(&mut self) -> Instant {
        let ask = || {
            signal(&self.child, "TERM");
            Instant::now()
        };
        *self.asked.get_or_insert_with(ask)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let asked = self.ask_to_end();
        wait_for_end(&mut self.child, asked);
        if let Some(guard) = &mut self.guard {
            drop(guard.kill().and_then(|()| guard.wait()));
        }
    }
}

/// Runs a command to its end, its output in `log`, with progress on `step`.
///
/// # Errors
/// When it cannot be started or the user interrupts. A failing command is no error here.
pub fn run_logged(
    step: &mut Step,
    command: &mut Command,
    log: &Path,
) -> anyhow::Result<ExitStatus> {
    run_watched(command, "", log, || {
        step.tick(|| last_lines(log, 1));
        Ok(())
    })
}

/// Runs a command to its end, `input` on its standard input and its output in `log`, and calls `watch` all the while.
///
/// # Errors
/// When it cannot be started, `watch` fails or the user interrupts: then it was asked to end. A failing command is no
/// error here.
pub fn run_watched(
    command: &mut Command,
    input: &str,
    log: &Path,
    watch: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    wait(&mut spawn_logged(command, input, log)?, watch)
}

/// As [`run_logged`], for a command that must succeed.
///
/// # Errors
/// When it cannot be started, fails (with the end of its log), or the user interrupts.
pub fn run(step: &mut Step, command: &mut Command, log: &Path) -> anyhow::Result<()> {
    let status = run_logged(step, command, log)?;
    let (name, end) = (name(command), || end_of_log(log));
    ensure!(status.success(), "{name} failed ({status}); {}", end());
    Ok(())
}

/// As [`run`], as a step of its own.
///
/// # Errors
/// Those of [`run`].
pub fn step(what: &str, command: &mut Command, log: &Path) -> anyhow::Result<()> {
    terminal::step(what, |step| run(step, command, log))
}

/// Runs a command to its end with its output shown; each line of its standard output goes to `on_line` as well.
///
/// # Errors
/// When it cannot be started or the user interrupts. A failing command is no error here.
pub fn run_shown(
    command: &mut Command,
    mut on_line: impl FnMut(&str) + Send,
) -> anyhow::Result<ExitStatus> {
    if terminal::is_terminal() {
        // Its output goes through a pipe, which it would take for a file.
        command.env("FORCE_COLOR", "1").env_remove("NO_COLOR");
    } else {
        plain(command);
    }
    let mut child = spawn(command, "", Stdio::piped(), Stdio::inherit())?;
    let output = child.stdout.take().context("no output to read")?;
    thread::scope(|scope| {
        scope.spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                println!("{line}");
                on_line(&line);
            }
        });
        wait(&mut child, || Ok(()))
    })
}

/// Runs a command to its end on this program's own terminal, with nothing to read.
///
/// # Errors
/// When it cannot be started or the user interrupts; [`Reported`] when it fails, as it has told why.
pub fn run_attached(command: &mut Command) -> anyhow::Result<()> {
    let mut child = spawn(command, "", Stdio::inherit(), Stdio::inherit())?;
    ensure!(wait(&mut child, || Ok(()))?.success(), Reported);
    Ok(())
}

/// What a short command answered.
#[derive(Debug)]
pub struct Captured {
    /// Whether it succeeded.
    pub ok: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error, and behind it its standard output; of one that failed without a word, how it ended.
    pub said: String,
}

/// Runs a short command to its end, with `input` on its standard input.
///
/// # Errors
/// When it cannot be started, takes longer than `limit`, or the user interrupts. A failing command is no error here.
pub fn captured(command: &mut Command, input: &str, limit: Duration) -> anyhow::Result<Captured> {
    // Files in place of pipes: a daemon that the command leaves behind would keep a pipe open for ever.
    let (stdout, stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    plain(command);
    let mut child = spawn(command, input, stdout.try_clone()?, stderr.try_clone()?)?;
    let started = Instant::now();
    let status = wait(&mut child, || {
        let (name, seconds) = (name(command), limit.as_secs());
        ensure!(
            started.elapsed() <= limit,
            "{name} gave no answer in {seconds} s"
        );
        Ok(())
    })?;
    let (stdout, stderr) = (text_of(stdout)?, text_of(stderr)?);
    let said = match (stderr.trim(), stdout.trim()) {
        ("", "") if !status.success() => status.to_string(),
        (error, output) => format!("{error}\n{output}").trim().to_owned(),
    };
    Ok(Captured {
        ok: status.success(),
        stdout,
        said,
    })
}

/// What a short command prints, if it succeeds.
///
/// # Errors
/// What it said, when it fails; and those of [`captured`].
pub fn answer(command: &mut Command) -> anyhow::Result<String> {
    answer_to(command, "")
}

/// As [`answer`], with `input` on its standard input.
///
/// # Errors
/// Those of [`answer`].
pub fn answer_to(command: &mut Command, input: &str) -> anyhow::Result<String> {
    let answer = captured(command, input, ANSWER_LIMIT)?;
    ensure!(answer.ok, "{} failed: {}", name(command), answer.said);
    Ok(answer.stdout)
}

fn spawn_logged(command: &mut Command, input: &str, log: &Path) -> anyhow::Result<Child> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder)?;
    }
    let output = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    plain(command);
    spawn(command, input, output.try_clone()?, output)
}

/// Starts a command in a group of its own. Its input stands in a file that has no name, so that what is secret is found
/// nowhere.
fn spawn(
    command: &mut Command,
    input: &str,
    stdout: impl Into<Stdio>,
    stderr: impl Into<Stdio>,
) -> anyhow::Result<Child> {
    let mut stdin = tempfile::tempfile()?;
    stdin.write_all(input.as_bytes())?;
    stdin.rewind()?;
    own_group(command)
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .spawn()
        .with_context(|| format!("cannot run {}", name(command)))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// No colours: whatever the environment says, the output is not read on a terminal.
fn plain(command: &mut Command) {
    command
        .env("NO_COLOR", "1")
        .env("CARGO_TERM_COLOR", "never")
        .env_remove("FORCE_COLOR");
}

/// Waits for the child; if the user interrupts or `tick` fails, ends it and its group.
fn wait(
    child: &mut Child,
    mut tick: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Err(reason) = interruption::check().and_then(|()| tick()) {
            signal(child, "TERM");
            wait_for_end(child, Instant::now());
            return Err(reason);
        }
        thread::sleep(POLL);
    }
}

/// Waits for a child that was asked to end; at the limit, or when the user insists, it is killed with whatever it
/// started.
fn wait_for_end(child: &mut Child, asked: Instant) {
    while matches!(child.try_wait(), Ok(None))
        && asked.elapsed() <= END_LIMIT
        && interruption::signals() < 2
    {
        thread::sleep(POLL);
    }
    // It, if it still runs, and what it had started and left behind.
    signal(child, "KILL");
    // Nothing can be done about a child that survives being killed.
    drop(child.wait());
}

fn end_of_log(log: &Path) -> String {
    let (shown, lines) = (log.display(), last_lines(log, 15));
    if lines.is_empty() {
        return format!("it wrote nothing to {shown}");
    }
    format!("the end of {shown}:\n  | {}", lines.replace('\n', "\n  | "))
}

/// The last lines of a file that have anything in them.
#[must_use]
pub fn last_lines(file: &Path, count: usize) -> String {
    let text = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let has_text = |line: &&str| !line.trim().is_empty();
    let lines: Vec<&str> = text.lines().filter(has_text).collect();
    let before = lines.len().saturating_sub(count);
    lines
        .into_iter()
        .skip(before)
        .collect::<Vec<_>>()
        .join("\n")
}

fn text_of(mut file: File) -> std::io::Result<String> {
    file.rewind()?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
