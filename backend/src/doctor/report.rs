//! What is found, a line each.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Writes findings as they come, and remembers whether one was bad.
pub(super) struct Report<'a> {
    out: &'a mut (dyn Write + Send),
    good: bool,
}

impl<'a> Report<'a> {
    pub fn new(out: &'a mut (dyn Write + Send)) -> Self {
        Self { out, good: true }
    }

    /// Fits.
    pub fn good(&mut self, what: &str, finding: impl Display) -> io::Result<()> {
        self.line('✓', what, finding)
    }

    /// Does not matter, or could not be told.
    pub fn note(&mut self, what: &str, finding: impl Display) -> io::Result<()> {
        self.line('–', what, finding)
    }

    /// Does not fit.
    pub fn bad(&mut self, what: &str, finding: impl Display) -> io::Result<()> {
        self.good = false;
        self.line('✗', what, finding)
    }

    pub fn is_good(&self) -> bool {
        self.good
    }

    fn line(&mut self, mark: char, what: &str, finding: impl Display) -> io::Result<()> {
        writeln!(self.out, "{mark} {what:<12} {finding}")?;
        self.out.flush()
    }
}
