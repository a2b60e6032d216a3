//! Counting tests by what their runners print.

use std::process::Command;

use anyhow::ensure;

use crate::processes;

/// How many tests there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that passed.
    pub passed: u64,
    /// Those that did not.
    pub failed: u64,
}

impl Count {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Runs a test runner and counts what it says.
    ///
    /// # Errors
    /// When it fails or runs no test; what it said is counted all the same.
    pub fn run(&mut self, command: &mut Command) -> anyhow::Result<()> {
        let status = processes::run_shown(command, |line| self.add(summed_up(line)))?;
        ensure!(status.success(), "failed ({status})");
        ensure!(self.passed > 0, "no test ran");
        Ok(())
    }
}

/// The tests that passed and failed by a line in which a runner sums up: cargo's `test result: ok. 3 passed; 0 failed`,
/// Vitest's `Tests  1 failed | 2 passed (3)`, Playwright's `3 passed (1.2s)`.
#[must_use]
pub fn summed_up(line: &str) -> Count {
    let uncoloured = |part| match str::split_once(part, 'm') {
        Some((code, rest)) if code.starts_with('[') => rest,
        _ => part,
    };
    let line: String = line.split('\u{1b}').map(uncoloured).collect();
    let line = line.trim_start();
    let mut count = Count::default();
    if line.starts_with("test result: ")
        || line.starts_with("Tests ")
        || line.starts_with(|first: char| first.is_ascii_digit())
    {
        let words = line.split([' ', ';', '|']).filter(|it| !it.is_empty());
        for (number, what) in words.clone().zip(words.skip(1)) {
            match (number.parse::<u64>(), what) {
                (Ok(number), "passed" | "flaky") => count.passed += number,
                (Ok(number), "failed") => count.failed += number,
                _ => {}
            }
        }
    }
    count
}
