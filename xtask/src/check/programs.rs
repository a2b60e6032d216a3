//! Running many short programs.

use std::{
    process::{Command, Output, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context as _, anyhow};

use crate::interruption;

/// Runs commands that end by themselves within seconds, as many at once as there are processors. The outputs come in
/// the order of the commands.
///
/// # Errors
/// When one cannot be started or the user interrupts. A failing command is no error here.
pub fn outputs(commands: Vec<Command>) -> anyhow::Result<Vec<Output>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let commands: Vec<Mutex<Option<Command>>> = commands
        .into_iter()
        .map(|command| Mutex::new(Some(command)))
        .collect();
    let outputs: Vec<Mutex<Option<anyhow::Result<Output>>>> =
        commands.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((command, output)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    commands.get(index).zip(outputs.get(index))
                } {
                    let ran = take(command).and_then(run);
                    if let Ok(mut slot) = output.lock() {
                        *slot = Some(ran);
                    }
                }
            });
        }
    });
    outputs
        .into_iter()
        .map(|output| {
            let output = output.into_inner().ok().flatten();
            output.context("a command was not run")?
        })
        .collect()
}

fn take(command: &Mutex<Option<Command>>) -> anyhow::Result<Command> {
    interruption::check()?;
    let taken = command.lock().ok().and_then(|mut slot| slot.take());
    taken.context("a command was run twice")
}

fn run(mut command: Command) -> anyhow::Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    command
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| anyhow!("cannot run {program}: {error}"))
}

/// What a program wrote: its errors first, since they say what went wrong.
#[must_use]
pub fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    format!("{}\n{}", errors.trim(), text.trim())
        .trim()
        .to_owned()
}
