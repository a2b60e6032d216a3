//! What the assistant says. Sentences that a later turn has to understand again, the questions and
//! the lines of a list, are written and read here side by side.

mod questions;
mod results;
mod talk;

pub(crate) use questions::{
    Kind, are_you_sure, ask_new_title, ask_title, asked_if_sure, asked_new_title, asked_to_add,
    asked_which, did_you_mean, offer, which, which_at_all,
};
pub(crate) use results::{added_id, compose, describe, list_failed};
pub(crate) use talk::{
    already, cannot_reopen, no_match, no_tool, not_understood, nothing_to, one_at_a_time,
    small_talk,
};

use crate::tasks::Task;

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

/// The task in a line of a list.
pub(crate) fn read_line(line: &str) -> Option<Task> {
    let (id, title) = line.trim().strip_prefix("- #")?.split_once(' ')?;
    Some(Task {
        id: id.parse().ok()?,
        title: title.trim_end_matches(" (done)").to_owned(),
        description: None,
        completed: title.ends_with(" (done)"),
    })
}

/// "one task", "3 tasks", with an adjective: "2 open tasks".
fn count(number: usize, adjective: &str) -> String {
    let space = if adjective.is_empty() { "" } else { " " };
    match number {
        1 => format!("one{space}{adjective} task"),
        _ => format!("{number}{space}{adjective} tasks"),
    }
}
