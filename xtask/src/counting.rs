//! Counting tests by what their runners print.

use std::process::Command;

use anyhow::ensure;

use crate::processes;

/// How many tests there were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    /// Those that passed.
    pub passed: u64,
    /// Those that did not.
    pub failed: u64,
    /// The names of those that did not, as their runner wrote them.
    pub names: Vec<String>,
}

impl Count {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.names.extend(other.names);
    }

    /// Runs a test runner and counts what it says.
    ///
    /// # Errors
    /// When it fails or runs no test; what it said is counted all the same.
    pub fn run(&mut self, command: &mut Command) -> anyhow::Result<()> {
        let status = processes::run_shown(command, |line| {
            self.add(summed_up(line));
            self.names.extend(failed_test(line));
        })?;
        ensure!(status.success(), "failed ({status})");
        ensure!(self.passed > 0, "no test ran");
        Ok(())
    }
}

/// The tests that passed and failed by a line in which a runner sums up: cargo's `test result: ok. 3 passed; 0 failed`,
/// Vitest's `Tests  1 failed | 2 passed (3)`, Playwright's `3 passed (1.2s)`.
#[must_use]
pub fn summed_up(line: &str) -> Count {
    let line = uncoloured(line);
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

/// The test of which a line says that it failed: cargo's `test that_it_works ... FAILED`, Vitest's ` FAIL  file > name`,
/// Playwright's `  ✘  1 file › name (2s)`.
#[must_use]
pub fn failed_test(line: &str) -> Option<String> {
    let line = uncoloured(line);
    let cargo = || line.strip_prefix("test ")?.strip_suffix(" ... FAILED");
    let name = cargo()
        .or_else(|| line.strip_prefix("FAIL "))
        .or_else(|| line.strip_prefix("✘ "))?;
    Some(name.trim().to_owned())
}

/// A line without its margin and its colours.
fn uncoloured(line: &str) -> String {
    let text = |part| match str::split_once(part, 'm') {
        Some((code, rest)) if code.starts_with('[') => rest,
        _ => part,
    };
    let line: String = line.split('\u{1b}').map(text).collect();
    line.trim().to_owned()
}
