//! When a task is due: the clock in the prompt, and a line of the description, since tasks have no date of their own.

use std::ops::RangeInclusive;

use capture::Due;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::{ToSpan as _, Zoned};

use crate::command::{Change, Command, NewTask};
use crate::results::Task;
use crate::text::capitalised;

const LINE: &str = "Due ";
const DAY: &str = "%A, %-d %B %Y";
const MOMENT: &str = "%A, %-d %B %Y, %H:%M";

/// The clock of a prompt that has one: `Now: 2026-11-21T16:04:05+05:00[Asia/Karachi], Saturday.`
pub(crate) fn clock(prompt: &str) -> Option<Zoned> {
    let (_, now) = prompt.split_once("Now: ")?;
    let zoned = now.split_inclusive(']').next()?.parse().ok();
    zoned.or_else(|| {
        // A zone that is not known here, or none: the offset is enough for all but a change of the clocks.
        let stamp = now.split([' ', ',', '\n', '[']).next()?;
        let offset = stamp.get(stamp.rfind(['+', '-', 'Z'])?..)?;
        let zone = if offset == "Z" { "UTC" } else { offset };
        format!("{stamp}[{zone}]").parse().ok()
    })
}

/// "Sunday, 22 November 2026, 17:00"
pub(crate) fn label(due: Due) -> String {
    match due.time {
        Some(time) => due.day.to_datetime(time).strftime(MOMENT).to_string(),
        None => due.day.strftime(DAY).to_string(),
    }
}

/// What a description says about when the task is due, in whatever words.
pub(crate) fn label_of(description: &str) -> Option<&str> {
    description
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix(LINE))
}

/// When the task with this description is due, if a line of it says so.
pub(crate) fn of(task: &Task) -> Option<Due> {
    let label = label_of(task.description.as_deref()?)?;
    let moment = DateTime::strptime(MOMENT, label).map(Due::from);
    let day = || Date::strptime(DAY, label).map(|day| Due { day, time: None });
    moment.or_else(|_| day()).ok()
}

/// A description with `label` in place of what it said about the time before.
fn with_label(description: &str, label: &str) -> String {
    let kept = description
        .lines()
        .filter(|line| !line.trim().starts_with(LINE));
    let mut kept = kept.collect::<Vec<&str>>().join("\n");
    kept.truncate(kept.trim_end().len());
    let separator = if kept.is_empty() { "" } else { "\n" };
    format!("{kept}{separator}{LINE}{label}")
}

/// The commands with what they say about time read. Without a clock, words stay where they are.
pub(crate) fn read(command: Command, now: Option<&Zoned>) -> Command {
    match (command, now) {
        (Command::Add(tasks), Some(now)) => {
            Command::Add(tasks.into_iter().map(|task| dated(task, now)).collect())
        }
        // "to tomorrow at 5" is no new title but a new date.
        (Command::On(act, target, Change::Title(title)), Some(now))
            if capture::only_when(&title, now).is_some() =>
        {
            Command::On(act, target, Change::Due(title))
        }
        (other, _) => other,
    }
}

fn dated(task: NewTask, now: &Zoned) -> NewTask {
    if task.verbatim {
        return task;
    }
    let draft = capture::capture(&task.title, now);
    let Some(due) = draft.due else { return task };
    NewTask {
        title: capitalised(&draft.title),
        description: Some(with_label(
            task.description.as_deref().unwrap_or_default(),
            &label(due),
        )),
        ..task
    }
}

/// The description that a change leads to, of the task as it is.
pub(crate) fn described(
    change: &Change,
    task: Option<&Task>,
    now: Option<&Zoned>,
) -> Option<String> {
    let present = task
        .and_then(|task| task.description.as_deref())
        .unwrap_or_default();
    let old = task.and_then(of);
    let label = match change {
        Change::Description(text) | Change::Note(text) => {
            let noted = matches!(change, Change::Note(_));
            let own = |line: &&str| noted && !line.trim().starts_with(LINE);
            let lines = present.lines().filter(own).chain([text.as_str()]);
            let text = lines.collect::<Vec<&str>>().join("\n");
            let label = label_of(present);
            return Some(label.map_or(text.clone(), |label| with_label(&text, label)));
        }
        Change::Due(words) => match now.and_then(|now| capture::only_when(words, now)) {
            Some(due) => label(Due {
                time: due.time.or(old.and_then(|old| old.time)),
                ..due
            }),
            None => words.clone(),
        },
        Change::Later(words) => {
            let today = now.map(|now| Due {
                day: now.date(),
                time: None,
            });
            label(old.or(today)?.later(capture::duration(words)?)?)
        }
        Change::Unsaid | Change::Title(_) | Change::Back(..) => return None,
    };
    Some(with_label(present, &label))
}

/// The days a question is about, in words: "tomorrow", "Monday, 23 November 2026".
pub(crate) struct Days {
    pub label: String,
    days: RangeInclusive<Date>,
}

impl Days {
    pub fn read(words: &str, now: &Zoned) -> Option<Self> {
        let today = now.date();
        let monday = today
            .tomorrow()
            .ok()?
            .nth_weekday(-1, Weekday::Monday)
            .ok()?;
        let (label, first, length) = match words {
            "now" | "tonight" | "today" => ("today".to_owned(), today, 1),
            "tomorrow" => (words.to_owned(), today.tomorrow().ok()?, 1),
            "this week" => (words.to_owned(), monday, 7),
            "next week" => (words.to_owned(), monday.checked_add(1.week()).ok()?, 7),
            _ => {
                let due = capture::only_when(words, now)?;
                (self::label(due), due.day, 1)
            }
        };
        let last = first.checked_add((length - 1).days()).ok()?;
        let days = first..=last;
        Some(Self { label, days })
    }

    pub fn hold(&self, due: Due) -> bool {
        self.days.contains(&due.day)
    }
}
