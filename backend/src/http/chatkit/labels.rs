//! Tool calls in words for people.

use serde_json::Value;

use crate::chat::{Call, CallStatus, Round};

const LONGEST_NAME: usize = 80;

/// While it runs.
pub(super) fn doing(call: &Call) -> String {
    match call.tool.as_str() {
        "add_task" => format!("Adding {}", subject(call)),
        "list_tasks" => "Looking at your tasks".to_owned(),
        "complete_task" => format!("Completing {}", subject(call)),
        "update_task" => format!("Changing {}", subject(call)),
        "delete_task" => format!("Deleting {}", subject(call)),
        "task_summary" => "Counting your tasks".to_owned(),
        "show_tasks" => "Showing your tasks".to_owned(),
        "ask_person" => "Asking you".to_owned(),
        tool => format!("Using {}", plain(tool)),
    }
}

/// When it went well.
pub(super) fn done(call: &Call) -> String {
    match call.tool.as_str() {
        "add_task" => format!("Added {}", subject(call)),
        "list_tasks" => "Looked at your tasks".to_owned(),
        "complete_task" if call.args.get("completed") == Some(&Value::Bool(false)) => {
            format!("Reopened {}", subject(call))
        }
        "complete_task" => format!("Completed {}", subject(call)),
        "update_task" => format!("Changed {}", subject(call)),
        "delete_task" => format!("Deleted {}", subject(call)),
        "task_summary" => "Counted your tasks".to_owned(),
        "show_tasks" => "Showed your tasks".to_owned(),
        "ask_person" => "Asked you".to_owned(),
        tool => format!("Used {}", plain(tool)),
    }
}

/// When it did not.
pub(super) fn not_done(call: &Call) -> String {
    let what = what(call);
    match call.status {
        CallStatus::Running | CallStatus::Unknown => {
            format!("Tried to {what}; the outcome is not known")
        }
        CallStatus::Waiting | CallStatus::Skipped => format!("Did not {what}"),
        CallStatus::Done | CallStatus::Failed | CallStatus::Asked => format!("Could not {what}"),
    }
}

/// When it waits for the person's word.
pub(super) fn asked(call: &Call) -> String {
    match call.tool.as_str() {
        "ask_person" => "Asked you".to_owned(),
        _ => format!("Asked whether to {}", what(call)),
    }
}

fn what(call: &Call) -> String {
    // What the person was asked about has its words already.
    if let Some(deed) = call.result.get("shall").and_then(Value::as_str) {
        return deed.to_owned();
    }
    match call.tool.as_str() {
        "add_task" => format!("add {}", subject(call)),
        "list_tasks" => "look at your tasks".to_owned(),
        "complete_task" => format!("complete {}", subject(call)),
        "update_task" => format!("change {}", subject(call)),
        "delete_task" => format!("delete {}", subject(call)),
        "task_summary" => "count your tasks".to_owned(),
        "show_tasks" => "show your tasks".to_owned(),
        "ask_person" => "ask you".to_owned(),
        tool => format!("use {}", plain(tool)),
    }
}

/// One of the protocol's names for pictures.
pub(super) fn icon(call: &Call) -> &'static str {
    match call.tool.as_str() {
        "add_task" => "plus",
        "list_tasks" => "search",
        "complete_task" => "check-circle",
        "update_task" => "write",
        "delete_task" => "lucide:trash-2",
        "task_summary" => "analytics",
        "show_tasks" => "notebook",
        "ask_person" => "circle-question",
        _ => "bolt",
    }
}

/// The round in a few words, with a picture.
pub(super) fn summary(round: &Round) -> (String, &'static str) {
    let total = round.calls.len();
    let waits = |call: &&Call| call.status == CallStatus::Asked;
    if let Some(call) = round.calls.iter().find(waits) {
        let one = total == 1 || call.tool == "ask_person";
        let title = if one {
            asked(call)
        } else {
            "Asked before going on".to_owned()
        };
        return (title, "circle-question");
    }
    let well: Vec<&Call> = round
        .calls
        .iter()
        .filter(|call| call.status == CallStatus::Done)
        .collect();
    if well.len() < total {
        let title = match (well.len(), round.calls.as_slice()) {
            (_, [call]) => not_done(call),
            (0, calls) if calls.iter().all(|call| call.status == CallStatus::Skipped) => {
                "Changed nothing".to_owned()
            }
            (well, _) => format!("{well} of {total} steps done"),
        };
        return (title, "info");
    }
    if let [call] = well.as_slice() {
        return (done(call), "check");
    }
    let writes: Vec<&&Call> = well.iter().filter(|call| call.writes).collect();
    let title = match writes.as_slice() {
        [] => "Looked at your tasks".to_owned(),
        [call] => done(call),
        [first, rest @ ..] => {
            let verb = match first.tool.as_str() {
                tool if rest.iter().any(|call| call.tool != tool) => "Changed",
                "add_task" => "Added",
                "complete_task" => "Completed",
                "delete_task" => "Deleted",
                _ => "Changed",
            };
            format!("{verb} {} tasks", writes.len())
        }
    };
    (title, "check")
}

/// The task's title where it is known, else its number.
fn subject(call: &Call) -> String {
    let title = [&call.result, &call.args]
        .into_iter()
        .find_map(|source| source.get("title")?.as_str())
        .map(plain)
        .filter(|title| !title.is_empty());
    let number = call
        .args
        .get("task_id")
        .or_else(|| call.args.get("id"))
        .and_then(Value::as_i64);
    match (title, number) {
        (Some(title), _) => format!("“{title}”"),
        (None, Some(number)) => format!("task {number}"),
        (None, None) => "a task".to_owned(),
    }
}

/// Short and on one line: what a model writes is not trusted to be either.
fn plain(text: &str) -> String {
    let line: String = text.chars().filter(|c| !c.is_control()).collect();
    let line = line.trim();
    if line.chars().count() <= LONGEST_NAME {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LONGEST_NAME - 1).collect();
    format!("{}…", cut.trim_end())
}
