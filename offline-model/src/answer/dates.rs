//! When a task is due, as a line of its description: "Due Sunday, 22 November 2026, 17:00".

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};

use super::{fill, phrases, unfill};
use crate::language::Language;
use crate::when::Span;

/// A day, perhaps with a time on it, by the person's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub day: NaiveDate,
    pub time: Option<NaiveTime>,
}

impl Due {
    /// Whether the moment has passed; a day without a time passes when it ends.
    pub fn is_over(self, now: NaiveDateTime) -> bool {
        match self.time {
            Some(time) => self.day.and_time(time) < now,
            None => self.day < now.date(),
        }
    }
}

/// "Sunday, 22 November 2026, 17:00"
pub(crate) fn due_label(language: Language, due: Due) -> String {
    let phrases = phrases(language);
    let name = |names: &[&'static str], at: u32| {
        let at = usize::try_from(at).ok();
        at.and_then(|at| names.get(at).copied()).unwrap_or_default()
    };
    let weekday = name(&phrases.weekdays, due.day.weekday().num_days_from_monday());
    let month = name(&phrases.months, due.day.month0());
    let (day, year, comma) = (due.day.day(), due.day.year(), phrases.comma);
    let date = format!("{weekday}{comma}{day} {month} {year}");
    match due.time {
        Some(time) => format!("{date}{comma}{:02}:{:02}", time.hour(), time.minute()),
        None => date,
    }
}

/// The line for a label, or for a date in the person's own words.
pub(crate) fn due_line(language: Language, label: &str) -> String {
    fill(phrases(language).due, &[label])
}

/// What a line of a description says about when the task is due.
fn label_in(line: &str) -> Option<(Language, &str)> {
    [Language::English, Language::Urdu]
        .into_iter()
        .find_map(|language| Some((language, unfill(phrases(language).due, line.trim())?)))
}

/// When the task with this description is due, if a line of it says so.
pub(crate) fn read_due(description: &str) -> Option<Due> {
    let labels = description.lines().filter_map(label_in);
    labels
        .filter_map(|(language, label)| read_label(language, label))
        .next_back()
}

/// The label in the description that a new task got, in whatever words.
pub(super) fn label_of(description: &str) -> Option<&str> {
    description
        .lines()
        .rev()
        .find_map(label_in)
        .map(|(_, label)| label)
}

fn read_label(language: Language, label: &str) -> Option<Due> {
    let phrases = phrases(language);
    let mut parts = label.split(phrases.comma.trim()).map(str::trim).skip(1);
    let mut date = parts.next()?.split(' ');
    let day: u32 = date.next()?.parse().ok()?;
    let named = date.next()?;
    let month = phrases.months.iter().position(|month| *month == named)?;
    let year: i32 = date.next()?.parse().ok()?;
    let time = match parts.next() {
        Some(time) => Some(NaiveTime::parse_from_str(time, "%H:%M").ok()?),
        None => None,
    };
    let day = NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()? + 1, day)?;
    Some(Due { day, time })
}

/// A description with `line` in place of what it said about the time before.
pub(crate) fn with_due(description: Option<&str>, line: &str) -> String {
    let kept = description.unwrap_or_default().lines();
    let mut lines: Vec<&str> = kept.filter(|line| label_in(line).is_none()).collect();
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    lines.push(line);
    lines.join("\n")
}

/// "tomorrow", "this week".
pub(crate) fn span_label(language: Language, span: &Span) -> String {
    let phrases = phrases(language);
    match span {
        Span::Overdue => phrases.heading_overdue,
        Span::Today => phrases.today,
        Span::Tomorrow => phrases.tomorrow,
        Span::ThisWeek => phrases.this_week,
        Span::NextWeek => phrases.next_week,
        Span::On(words) => words,
    }
    .to_owned()
}
