//! The clock in the prompt: `Now: 2026-11-21T16:04:05+05:00[Asia/Karachi], Saturday.`

use std::sync::LazyLock;

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime};
use regex_lite::Regex;

#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant, compiled by tests"
)]
static NOW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"Now: (\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:[+-]\d\d:\d\d|Z))")
        .expect("a rule is a regular expression")
});

/// A coming change: the moment from which another offset holds, with both.
#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant, compiled by tests"
)]
static CHANGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)clocks?\b.*?(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:[+-]\d\d:\d\d|Z))")
        .expect("a rule is a regular expression")
});

/// The person's clock.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    now: DateTime<FixedOffset>,
    /// Moments from which the offset they are written in holds.
    changes: Vec<DateTime<FixedOffset>>,
}

impl Clock {
    /// The clock of a prompt that has one.
    pub fn of(prompt: &str) -> Option<Self> {
        let now = read(NOW.captures(prompt)?.get(1)?.as_str())?;
        let changes = prompt
            .lines()
            .filter_map(|line| read(CHANGE.captures(line)?.get(1)?.as_str()))
            .filter(|change| *change > now)
            .collect();
        Some(Self { now, changes })
    }

    pub fn now(&self) -> NaiveDateTime {
        self.now.naive_local()
    }

    pub fn today(&self) -> NaiveDate {
        self.now().date()
    }

    /// What the clock will show after so much time, clocks having been changed or not.
    pub fn after(&self, time: Duration) -> Option<NaiveDateTime> {
        let moment = self.now.checked_add_signed(time)?;
        let passed = self
            .changes
            .iter()
            .filter(|change| **change <= moment)
            .max();
        let offset = passed.map_or(*self.now.offset(), |change| *change.offset());
        Some(moment.with_timezone(&offset).naive_local())
    }
}

fn read(text: &str) -> Option<DateTime<FixedOffset>> {
    let with_seconds = DateTime::parse_from_rfc3339(text);
    let without = || DateTime::parse_from_str(&text.replace('Z', "+00:00"), "%Y-%m-%dT%H:%M%:z");
    with_seconds.or_else(|_| without()).ok()
}
