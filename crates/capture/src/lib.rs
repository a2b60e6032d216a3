//! One line of everyday words to a draft task: "call mom tomorrow at 5" is "call mom", due tomorrow at 17:00.
//!
//! No IO and no clock: the moment, in the person's zone, is a parameter. The rules, where people differ:
//!
//! * "Friday" and "on Friday" are the next one to come, never today; "next Friday" is the one of the next week, which
//!   begins on Monday.
//! * "next week" is its Monday, "next month" its first day, "next year" the first of January.
//! * An hour that says nothing else is in the afternoon from one to seven, and as it stands from eight on: "at 5" is
//!   17:00, "at 9" is 09:00. Without a day it is the next such time.
//! * A part of the day without an hour is 09:00, 15:00, 19:00 or 20:00.
//! * A day of a month without a year, or without a month, is the next one there is.
//! * What repeats ("every Monday") and what names several times ("at 8am and 8pm") is no date, and stays in the title.

mod due;
mod grammar;
pub mod zone;

use std::ops::Range;

use jiff::{Span, Zoned};

pub use due::Due;

/// What a line says, taken apart. The title and the spans cover the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is left without the spans; the whole line where nothing else would be left.
    pub title: String,
    /// When it is due, if the line says so.
    pub due: Option<Due>,
    /// What was taken out of the title, in the order of the line.
    pub spans: Vec<Taken>,
}

/// A part of the line that became a field of the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// Which field it became.
    pub field: Field,
}

/// A field of a draft beside the title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// [`Draft::due`]
    Due,
}

/// Takes the first date or time out of a line.
#[must_use]
pub fn capture(line: &str, now: &Zoned) -> Draft {
    let found = read(line, now).and_then(|(range, due)| {
        let title = without(line, &range);
        (!title.is_empty()).then_some((title, range, due))
    });
    match found {
        Some((title, range, due)) => Draft {
            title,
            due: Some(due),
            spans: vec![Taken {
                range,
                field: Field::Due,
            }],
        },
        None => Draft {
            title: line.trim().to_owned(),
            due: None,
            spans: Vec::new(),
        },
    }
}

/// When a text speaks of nothing but a time: "tomorrow at 5".
#[must_use]
pub fn only_when(text: &str, now: &Zoned) -> Option<Due> {
    let (range, due) = read(text, now)?;
    without(text, &range).is_empty().then_some(due)
}

/// An amount of time, as in "two days", "a week", "half an hour".
#[must_use]
pub fn duration(text: &str) -> Option<Span> {
    grammar::duration(text)
}

fn read(line: &str, now: &Zoned) -> Option<(Range<usize>, Due)> {
    let phrase = grammar::find(line, now)?;
    let due = due::resolve(&phrase.pieces, now)?;
    Some((phrase.range, due))
}

/// The line without a range, with one mark where it was and none at its ends.
fn without(line: &str, range: &Range<usize>) -> String {
    const MARKS: [char; 4] = [',', ';', '.', ' '];
    let before = line.get(..range.start).unwrap_or_default();
    let after = line.get(range.end..).unwrap_or_default();
    let separator = if after.starts_with([',', ';']) {
        ", "
    } else {
        " "
    };
    let before = before.trim_end_matches(MARKS).trim_start();
    let after = after.trim_start_matches(MARKS).trim_end();
    match (before, after) {
        // "tomorrow to call mom"
        ("", after) => after.strip_prefix("to ").unwrap_or(after).trim().to_owned(),
        (before, "") => before.to_owned(),
        _ => format!("{before}{separator}{after}"),
    }
}
