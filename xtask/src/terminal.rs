//! What the user sees: one line for each step, with the time it takes, and colour only on a terminal.

use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::interruption::Interrupted;

const REDRAW: Duration = Duration::from_millis(500);
const PLAIN_REPORT: Duration = Duration::from_secs(15);
const DETAIL_WIDTH: usize = 60;
const CLEAR_LINE: &str = "\r\x1b[2K";

/// A failure whose reasons were printed already.
#[derive(Debug, thiserror::Error)]
#[error("something failed, see above")]
pub struct Reported;

/// Says why a program's work failed, and how the program ends because of it.
#[must_use]
pub fn end(done: anyhow::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Interrupted>() => ExitCode::from(130),
        Err(error) if error.is::<Reported>() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{} {error:#}", red("error:"));
            ExitCode::FAILURE
        }
    }
}

/// Whether a person looks at the output.
#[must_use]
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

fn coloured(text: &str, code: &str) -> String {
    if is_terminal() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// Red on a terminal.
#[must_use]
pub fn red(text: &str) -> String {
    coloured(text, "31")
}

/// Bold on a terminal.
#[must_use]
pub fn bold(text: &str) -> String {
    coloured(text, "1")
}

/// The mark in front of what went well, or did not.
#[must_use]
pub fn mark(well: bool) -> String {
    if well {
        coloured("✓", "32")
    } else {
        red("✗")
    }
}

/// `3.2 s` or `2 min 05 s`.
#[must_use]
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

/// Does a step, which ends as its work does; the reason of a bad end is in the error.
///
/// # Errors
/// Those of the work.
pub fn step<T>(
    what: impl Into<String>,
    work: impl FnOnce(&mut Step) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let now = Instant::now();
    let mut step = Step {
        what: what.into(),
        note: String::new(),
        started: now,
        reported: now,
    };
    if is_terminal() {
        step.draw("");
    }
    let result = work(&mut step);
    let clear = if is_terminal() { CLEAR_LINE } else { "" };
    let (mark, time) = (mark(result.is_ok()), duration(step.started.elapsed()));
    println!("{clear}{mark} {}{} ({time})", step.what, step.note);
    result
}

/// A step that is under way. Whoever waits in it calls [`Step::tick`], so that a long one shows that it lives.
#[derive(Debug)]
pub struct Step {
    what: String,
    note: String,
    started: Instant,
    reported: Instant,
}

impl Step {
    /// What is worth knowing about the step, to be shown at its end; nothing is an empty text.
    pub fn note(&mut self, note: &str) {
        let separator = if note.is_empty() { "" } else { ": " };
        self.note = format!("{separator}{note}");
    }

    /// Shows the elapsed time and `detail`, as often as suits the place it is shown in.
    pub fn tick(&mut self, detail: impl FnOnce() -> String) {
        let pause = if is_terminal() { REDRAW } else { PLAIN_REPORT };
        if self.reported.elapsed() >= pause {
            self.reported = Instant::now();
            let detail = detail();
            let printable = detail.chars().filter(|c| !c.is_control());
            self.draw(&printable.take(DETAIL_WIDTH).collect::<String>());
        }
    }

    fn draw(&self, detail: &str) {
        let time = duration(self.started.elapsed());
        if is_terminal() {
            print!("{CLEAR_LINE}… {} {time} {detail}", self.what);
            // A terminal that went away is no reason to stop the work.
            drop(std::io::stdout().flush());
        } else {
            println!("… {} {time} {detail}", self.what);
        }
    }
}
