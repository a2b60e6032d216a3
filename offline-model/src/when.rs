//! Dates and times as people say them, read against the clock in the prompt.
//!
//! The rules, where people differ:
//!
//! * "Friday" and "on Friday" are the next one to come, never today; "next Friday" is the one of the
//!   next week, which begins on Monday.
//! * "next week" is its Monday, "next month" its first day, "next year" the first of January.
//! * An hour that says nothing else is in the afternoon from one to seven, and as it stands from
//!   eight on: "at 5" is 17:00, "at 9" is 09:00. Without a day it is the next such time.
//! * A part of the day without an hour is 09:00, 15:00, 19:00 or 20:00.
//! * A day of a month without a year, or without a month, is the next one there is.
//! * What repeats ("every Monday") is no date.

mod clock;
mod grammar;
mod resolve;
mod span;
mod words;

pub(crate) use clock::Clock;
pub(crate) use span::Span;

use crate::answer::Due;

/// A text whose words about time were taken out.
pub(crate) struct Dated {
    pub rest: String,
    pub due: Due,
}

/// Takes the first date or time out of a text; `None` when there is none.
pub(crate) fn take(text: &str, clock: &Clock) -> Option<Dated> {
    let words = words::split(text);
    let phrase = grammar::find(&words, clock)?;
    let due = resolve::due(&phrase.pieces, clock)?;
    let (first, last) = (
        words.get(phrase.from)?,
        words.get(phrase.to.checked_sub(1)?)?,
    );
    Some(Dated {
        rest: joined(text.get(..first.start)?, text.get(last.end..)?),
        due,
    })
}

/// When a text speaks of nothing but a time: "tomorrow at 5".
pub(crate) fn only(text: &str, clock: &Clock) -> Option<Due> {
    take(text, clock)
        .filter(|dated| dated.rest.is_empty())
        .map(|dated| dated.due)
}

const MARKS: [char; 5] = [',', '،', ';', '.', ' '];

fn joined(before: &str, after: &str) -> String {
    let new_part = after.starts_with([',', '،', ';']);
    let before = before.trim_end_matches(MARKS);
    let after = after.trim_start_matches(MARKS).trim_end();
    if before.is_empty() {
        // "tomorrow to call mom"
        return after.strip_prefix("to ").unwrap_or(after).trim().to_owned();
    }
    match after {
        "" => before.to_owned(),
        _ if new_part => format!("{before}, {after}"),
        _ => format!("{before} {after}"),
    }
}
