//! What the assistant says. Sentences that a later turn has to understand again, the questions,
//! the dates and the lines of a list, are written and read here side by side. The words themselves
//! are in `answer/phrases`.

mod dates;
mod lists;
mod phrases;
mod questions;
mod results;
mod talk;

pub(crate) use dates::{Due, due_label, due_line, read_due, span_label, with_due};
pub(crate) use lists::{Kind as ListKind, Listing, describe, heading, listing, summary};
pub(crate) use questions::{
    Kind, are_you_sure, ask_new_title, ask_title, asked_for_title, asked_if_sure, asked_new_title,
    asked_to_add, asked_which, did_you_mean, offer, which, which_at_all, which_one,
};
pub(crate) use results::{added_id, compose, list_failed, no_such};
pub(crate) use talk::{
    already, cannot_reopen, no_match, no_tool, not_understood, nothing_to, one_at_a_time, skipped,
    small_talk,
};

use crate::language::Language;
use crate::tasks::Task;
use phrases::{Phrases, counted, fill, phrases, pick, unfill};

/// `#5 “Buy milk”`; at most one on a line, so that [`mentioned`] finds it.
fn mention(id: i64, title: &str) -> String {
    if title.is_empty() {
        format!("#{id}")
    } else {
        format!("#{id} “{title}”")
    }
}

/// The number of the task a line speaks of. What stands in quotation marks is somebody's title and
/// not searched.
pub(crate) fn mentioned(line: &str) -> Option<i64> {
    let before_titles = line.split('“').next()?;
    let after = before_titles.split('#').nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A line of a list.
fn line(id: i64, title: &str) -> String {
    format!("- #{id} {title}")
}

/// A line of a list with a mark where the task is done.
fn marked_line(phrases: &Phrases, task: &Task) -> String {
    let mark = if task.completed {
        phrases.done_mark
    } else {
        ""
    };
    line(task.id, &task.title) + mark
}

/// The task in a line of a list.
pub(crate) fn read_line(line: &str) -> Option<Task> {
    let (id, title) = line.trim().strip_prefix("- #")?.split_once(' ')?;
    let marks = Language::ALL.map(|language| phrases(language).done_mark);
    let bare = marks.iter().find_map(|mark| title.strip_suffix(mark));
    Some(Task {
        id: id.parse().ok()?,
        title: bare.unwrap_or(title).to_owned(),
        description: None,
        completed: bare.is_some(),
    })
}
