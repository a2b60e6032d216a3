//! Sentences from what the tools answered.

use serde_json::Value;

use super::{count, line, mention};
use crate::history::Done;
use crate::plan::{Note, Outcome};
use crate::tasks::{self, Task};

const LINES_LIMIT: usize = 50;

/// The id of the task an `add_task` call made.
pub(crate) fn added_id(done: &Done) -> Option<i64> {
    if done.name != "add_task" {
        return None;
    }
    done.result.get("task_id")?.as_i64()
}

/// The answer of a turn: what was done, what could not be, what was asked for; a question last,
/// because the next turn looks for it there.
pub(crate) fn compose(done: &[&Done], outcomes: &[Outcome], shown: &[&Done]) -> String {
    let mut parts = changes(done);
    let notes = || outcomes.iter().flat_map(|outcome| &outcome.notes);
    parts.extend(notes().filter_map(|note| match note {
        Note::Say(text) => Some(text.clone()),
        Note::Ask(_) => None,
    }));
    let wanted: usize = outcomes.iter().map(|outcome| outcome.calls.len()).sum();
    if wanted > done.len() {
        let left = wanted - done.len();
        parts.push(format!(
            "I stopped after {}; {left} more are left. Ask me again to go on.",
            done.len()
        ));
    }
    parts.extend(shown.iter().map(|done| show(done)));
    let mut questions = notes().filter_map(|note| match note {
        Note::Ask(text) => Some(text.clone()),
        Note::Say(_) => None,
    });
    if let Some(first) = questions.next() {
        if questions.next().is_some() {
            parts.push("I have more than one question; this one first.".to_owned());
        }
        parts.push(first);
    }
    if parts.is_empty() {
        parts.push("There was nothing to do.".to_owned());
    }
    parts.join("\n\n")
}

pub(crate) fn list_failed(result: &Value) -> String {
    let (_, message) = tasks::read_error(result).unwrap_or(("unknown", "the list made no sense."));
    format!("I could not look at your tasks: {message}")
}

/// The tasks with these ids, as the list has them.
pub(crate) fn describe(ids: &[i64], listed: &[Task]) -> String {
    let found: Vec<&Task> = listed
        .iter()
        .filter(|task| ids.contains(&task.id))
        .collect();
    match (found.as_slice(), ids) {
        ([], [id]) => no_such(*id),
        ([], _) => "There are no such tasks.".to_owned(),
        ([task], _) => {
            let state = if task.completed { "done" } else { "open" };
            let sentence = format!("{} is {state}.", mention(task.id, &task.title));
            match task.description.as_deref().filter(|text| !text.is_empty()) {
                Some(text) => format!("{sentence} Its description: {text}"),
                None => format!("{sentence} It has no description."),
            }
        }
        (several, _) => {
            let lines: Vec<String> = several.iter().map(|task| list_line(task)).collect();
            format!(
                "I found {}:\n\n{}",
                count(several.len(), ""),
                lines.join("\n")
            )
        }
    }
}

/// A sentence for each kind of change, a list where there are several of a kind.
fn changes(done: &[&Done]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = done;
    while let Some((first, _)) = rest.split_first() {
        if let Some((code, message)) = tasks::read_error(&first.result) {
            parts.push(failure(first, code, message));
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let alike = rest.iter().take_while(|other| {
            other.name == first.name
                && other.name != "update_task"
                && tasks::read_error(&other.result).is_none()
        });
        let number = alike.count().max(1);
        let (group, others) = rest.split_at(number);
        parts.push(if number == 1 {
            change(first)
        } else {
            changes_alike(group)
        });
        rest = others;
    }
    parts
}

fn change(done: &Done) -> String {
    let task = match id_of(done) {
        Some(id) => mention(id, title_of(done)),
        None => "the task".to_owned(),
    };
    let argument = |name: &str| done.arguments.get(name).filter(|value| !value.is_null());
    let reopened = done.arguments.get("completed") == Some(&Value::Bool(false));
    match done.name.as_str() {
        "add_task" => format!("Added {task}."),
        "complete_task" | "update_task" | "reopen_task"
            if reopened || done.name == "reopen_task" =>
        {
            format!("Reopened {task}.")
        }
        "complete_task" => format!("Marked {task} as done."),
        "delete_task" => format!("Deleted {task}."),
        "update_task" => match (id_of(done), argument("title"), argument("description")) {
            (Some(id), Some(_), None) => format!("Renamed #{id} to “{}”.", title_of(done)),
            (_, None, Some(_)) => format!("Updated the description of {task}."),
            _ => format!("Updated {task}."),
        },
        other => format!("{other} is done."),
    }
}

fn changes_alike(group: &[&Done]) -> String {
    let lines: Vec<String> = group
        .iter()
        .map(|done| line(id_of(done).unwrap_or_default(), title_of(done)))
        .collect();
    let tasks = count(group.len(), "");
    let head = match group.first().map(|done| done.name.as_str()) {
        Some("add_task") => format!("Added {tasks}"),
        Some("complete_task") => format!("Marked {tasks} as done"),
        Some("delete_task") => format!("Deleted {tasks}"),
        _ => format!("Changed {tasks}"),
    };
    format!("{head}:\n\n{}", lines.join("\n"))
}

fn failure(done: &Done, code: &str, message: &str) -> String {
    if let ("not_found", Some(id)) = (code, id_of(done)) {
        return no_such(id);
    }
    match done.name.as_str() {
        "add_task" => format!("I could not add “{}”: {message}", title_of(done)),
        "list_tasks" | "task_summary" => list_failed(&done.result),
        _ => match id_of(done) {
            Some(id) => format!("I could not change #{id}: {message}"),
            None => format!("That did not work: {message}"),
        },
    }
}

fn no_such(id: i64) -> String {
    format!("There is no task #{id}. Say “show my tasks” to see the numbers.")
}

fn id_of(done: &Done) -> Option<i64> {
    let id = |value: &Value| value.get("task_id").or_else(|| value.get("id"))?.as_i64();
    id(&done.result).or_else(|| id(&done.arguments))
}

fn title_of(done: &Done) -> &str {
    let title = |value: &'_ Value| value.get("title").and_then(Value::as_str).is_some();
    let source = if title(&done.result) {
        &done.result
    } else {
        &done.arguments
    };
    source
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn show(done: &Done) -> String {
    if done.name == "task_summary" {
        return summary(&done.result);
    }
    let Some(tasks) = tasks::read_list(&done.result) else {
        return list_failed(&done.result);
    };
    match done.arguments.get("status").and_then(Value::as_str) {
        Some("pending") if tasks.is_empty() => "Nothing is open. You are all caught up!".to_owned(),
        Some("completed") if tasks.is_empty() => "Nothing is done yet.".to_owned(),
        _ if tasks.is_empty() => {
            "Your list is empty. Say “add buy milk” to put something on it.".to_owned()
        }
        Some("pending") => list(
            &format!("You have {}", count(tasks.len(), "open")),
            &tasks,
            false,
        ),
        Some("completed") => list(
            &format!("You have completed {}", count(tasks.len(), "")),
            &tasks,
            false,
        ),
        _ => {
            let open = tasks.iter().filter(|task| !task.completed).count();
            let head = format!("You have {}, {open} of them open", count(tasks.len(), ""));
            let head = if tasks.len() == 1 {
                "You have one task".to_owned()
            } else {
                head
            };
            list(&head, &tasks, true)
        }
    }
}

fn list(head: &str, tasks: &[Task], mark_done: bool) -> String {
    let (done, open): (Vec<&Task>, Vec<&Task>) =
        tasks.iter().partition(|task| mark_done && task.completed);
    let ordered = open.into_iter().chain(done).take(LINES_LIMIT);
    let mut lines: Vec<String> = ordered
        .map(|task| {
            if mark_done {
                list_line(task)
            } else {
                line(task.id, &task.title)
            }
        })
        .collect();
    if tasks.len() > LINES_LIMIT {
        lines.push(format!("- … and {} more", tasks.len() - LINES_LIMIT));
    }
    format!("{head}:\n\n{}", lines.join("\n"))
}

fn list_line(task: &Task) -> String {
    line(task.id, &task.title) + if task.completed { " (done)" } else { "" }
}

fn summary(result: &Value) -> String {
    let number = |name: &str| result.get(name).and_then(Value::as_u64);
    let (Some(total), Some(open), Some(done)) =
        (number("total"), number("pending"), number("completed"))
    else {
        return list_failed(result);
    };
    match (total, open) {
        (0, _) => "Your list is empty. Say “add buy milk” to put something on it.".to_owned(),
        (1, 0) => "You have one task, and it is done. Well done!".to_owned(),
        (_, 0) => format!("All your {total} tasks are done. Well done!"),
        (1, _) => "You have one task, and it is open.".to_owned(),
        _ => format!("You have {total} tasks: {open} open and {done} done."),
    }
}
