//! What the user sees: one line for each step, with the time it takes, and colour only on a terminal.

use std::{
    fmt,
    io::{IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

const REDRAW: Duration = Duration::from_millis(500);
const PLAIN_REPORT: Duration = Duration::from_secs(15);
const DETAIL_WIDTH: usize = 60;

/// A failure whose reasons were printed already.
#[derive(Debug)]
pub struct Reported;

impl fmt::Display for Reported {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("something failed, see above")
    }
}

impl std::error::Error for Reported {}

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

/// Green on a terminal.
#[must_use]
pub fn green(text: &str) -> String {
    coloured(text, "32")
}

/// Bold on a terminal.
#[must_use]
pub fn bold(text: &str) -> String {
    coloured(text, "1")
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

/// Does a step, which ends as its work does.
///
/// # Errors
/// Those of the work.
pub fn step<T>(
    what: impl Into<String>,
    work: impl FnOnce(&mut Step) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut step = Step::start(what);
    let result = work(&mut step);
    match result {
        Ok(_) => step.done(""),
        Err(_) => step.failed(),
    }
    result
}

/// A step that is under way. Whoever waits in it calls [`Step::tick`], so that a long one shows that it lives.
#[derive(Debug)]
pub struct Step {
    what: String,
    started: Instant,
    reported: Instant,
}

impl Step {
    /// Announces the step.
    #[must_use]
    pub fn start(what: impl Into<String>) -> Self {
        let now = Instant::now();
        let step = Self {
            what: what.into(),
            started: now,
            reported: now,
        };
        if is_terminal() {
            step.draw("");
        }
        step
    }

    /// Shows the elapsed time and `detail`, as often as suits the place it is shown in.
    pub fn tick(&mut self, detail: impl FnOnce() -> String) {
        let pause = if is_terminal() { REDRAW } else { PLAIN_REPORT };
        if self.reported.elapsed() < pause {
            return;
        }
        self.reported = Instant::now();
        let detail: String = detail()
            .chars()
            .filter(|c| !c.is_control())
            .take(DETAIL_WIDTH)
            .collect();
        if is_terminal() {
            self.draw(&detail);
        } else {
            println!(
                "  {} … {} {detail}",
                self.what,
                duration(self.started.elapsed())
            );
        }
    }

    /// Ends the step well; `note` says what is worth knowing about it, or is empty.
    pub fn done(self, note: &str) {
        let separator = if note.is_empty() { "" } else { ": " };
        self.close(&green("✓"), &format!("{separator}{note}"));
    }

    /// Ends the step badly; the reason is in the error that follows.
    pub fn failed(self) {
        self.close(&red("✗"), "");
    }

    fn close(&self, mark: &str, note: &str) {
        let clear = if is_terminal() { "\r\x1b[2K" } else { "" };
        let time = duration(self.started.elapsed());
        println!("{clear}{mark} {}{note} ({time})", self.what);
    }

    fn draw(&self, detail: &str) {
        print!(
            "\r\x1b[2K… {} {} {detail}",
            self.what,
            duration(self.started.elapsed())
        );
        // A terminal that went away is no reason to stop the work.
        drop(std::io::stdout().flush());
    }
}
