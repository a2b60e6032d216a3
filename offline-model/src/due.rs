//! When a task is due: the clock in the prompt, and a line of the description, since tasks have no date of their own.

use std::ops::RangeInclusive;

use capture::Due;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::{ToSpan as _, Zoned};

use crate::command::Change;
use crate::results::Task;

const LINE: &str = "Due ";
const DAY: &str = "%A, %-d %B %Y";
const MOMENT: &str = "%A, %-d %B %Y, %H:%M";

/// The clock of a conversation that has one: `Now: 2026-11-21T16:04:05+05:00[Asia/Karachi], Saturday.` in the prompt, or
/// `time zone is Asia/Karachi.` there and `[Saturday, 21 November 2026, 16:04.` before the message.
pub(crate) fn clock(prompt: &str, message: &str) -> Option<Zoned> {
    if let Some((_, now)) = prompt.split_once("Now: ") {
        return now.split_inclusive(']').next()?.parse().ok();
    }
    let (line, _) = message.strip_prefix('[')?.split_once(['.', ']'])?;
    let sent = DateTime::strptime(MOMENT, line).ok()?;
    let zone = prompt.split_once("time zone is ").map(|(_, zone)| zone);
    let zone = zone
        .and_then(|zone| zone.split_once('.'))
        .map_or("UTC", |(zone, _)| zone);
    sent.in_tz(zone).or_else(|_| sent.in_tz("UTC")).ok()
}

/// "Sunday, 22 November 2026, 17:00"
fn label(due: Due) -> String {
    match due.time {
        Some(time) => due.day.to_datetime(time).strftime(MOMENT).to_string(),
        None => due.day.strftime(DAY).to_string(),
    }
}

/// What a description says about when the task is due, in whatever words.
pub(crate) fn label_of(description: &str) -> Option<&str> {
    let mut lines = description.lines().rev();
    lines.find_map(|line| line.trim().strip_prefix(LINE))
}

/// When the task with this description is due, if a line of it says so.
pub(crate) fn of(task: &Task) -> Option<Due> {
    let label = label_of(task.description.as_deref()?)?;
    let moment = DateTime::strptime(MOMENT, label).map(Due::from);
    let day = || Date::strptime(DAY, label).map(|day| Due { day, time: None });
    moment.or_else(|_| day()).ok()
}

/// A description with a label, where there is one, in its last line and in place of what it said before.
fn with_label(description: &str, label: Option<&str>) -> String {
    let lines = description.lines();
    let lines = lines.filter(|line| label.is_none() || label_of(line).is_none());
    let mut kept: Vec<&str> = lines.collect();
    let due = label.map(|label| format!("{LINE}{label}"));
    kept.extend(due.as_deref());
    kept.join("\n").trim().to_owned()
}

/// The same with when a new task is due.
pub(crate) fn with(description: &str, due: Due) -> String {
    with_label(description, Some(&label(due)))
}

/// The description that a change leads to, of the task as it is.
pub(crate) fn described(by: &Change, task: Option<&Task>, now: Option<&Zoned>) -> Option<String> {
    let present = task.and_then(|task| task.description.as_deref());
    let present = present.unwrap_or_default();
    let old = task.and_then(of);
    let due = match by {
        Change::Description(text) => return Some(with_label(text, label_of(present))),
        Change::Note(text) => {
            let text = format!("{present}\n{text}");
            return Some(with_label(&text, label_of(present)));
        }
        Change::Due(words) => match now.and_then(|now| capture::only_when(words, now)) {
            Some(due) => Due {
                time: due.time.or(old.and_then(|old| old.time)),
                ..due
            },
            None => return Some(with_label(present, Some(words))),
        },
        Change::Later(words) => {
            let today = now.and_then(|now| capture::only_when("today", now));
            old.or(today)?.later(capture::duration(words)?)?
        }
        Change::None | Change::Title(_) => return None,
    };
    Some(with(present, due))
}

/// Keeps the tasks due then, soonest first, and says when that is: "due tomorrow", "overdue". All stay where no time can
/// be told.
pub(crate) fn then(words: Option<&str>, tasks: &mut Vec<Task>, now: &Zoned) -> Option<String> {
    let (label, days) = match words.map(|words| days(words, now)) {
        None => ("overdue".to_owned(), None),
        Some(found) => found.map(|(label, days)| (format!("due {label}"), Some(days)))?,
    };
    tasks.retain(|task| match (of(task), &days) {
        (Some(due), Some(days)) => days.contains(&due.day),
        (Some(due), None) => due.is_over(now.datetime()),
        (None, _) => false,
    });
    tasks.sort_by_key(of);
    Some(label)
}

fn days(words: &str, now: &Zoned) -> Option<(String, RangeInclusive<Date>)> {
    let tomorrow = now.date().tomorrow().ok()?;
    let monday = tomorrow.nth_weekday(-1, Weekday::Monday).ok()?;
    let (label, first, length) = match words {
        "now" | "tonight" | "today" => ("today".to_owned(), now.date(), 1),
        "tomorrow" => (words.to_owned(), tomorrow, 1),
        "this week" => (words.to_owned(), monday, 7),
        "next week" => (words.to_owned(), monday.checked_add(1.week()).ok()?, 7),
        _ => {
            let due = capture::only_when(words, now)?;
            (label(due), due.day, 1)
        }
    };
    let last = first.checked_add((length - 1).days()).ok()?;
    Some((label, first..=last))
}
