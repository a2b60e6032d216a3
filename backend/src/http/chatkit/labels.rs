//! Tool calls in words for people.

use serde_json::Value;

use crate::chat::{Call, CallStatus, one_line};

const LONGEST_NAME: usize = 80;

/// A tool's verb: while it runs, when it went well, and to go on after "Could not"; and its picture, by one of the
/// protocol's names.
fn verb(tool: &str) -> [&'static str; 4] {
    match tool {
        "add_task" => ["Adding", "Added", "add", "plus"],
        "complete_task" => ["Completing", "Completed", "complete", "check-circle"],
        "update_task" => ["Changing", "Changed", "change", "write"],
        "delete_task" => ["Deleting", "Deleted", "delete", "lucide:trash-2"],
        "undo" => ["Undoing", "Undid", "undo", "bolt"],
        "list_tasks" => ["Looking at", "Looked at", "look at", "search"],
        "task_summary" => ["Counting", "Counted", "count", "analytics"],
        "show_tasks" => ["Showing", "Showed", "show", "notebook"],
        "ask_person" => ["Asking", "Asked", "ask", "circle-question"],
        _ => ["Using", "Used", "use", "bolt"],
    }
}

/// What the verb is about.
fn object(call: &Call) -> String {
    match call.tool.as_str() {
        "list_tasks" | "task_summary" | "show_tasks" => "your tasks".to_owned(),
        "ask_person" => "you".to_owned(),
        "undo" => "a change".to_owned(),
        tool if verb(tool)[0] == "Using" => one_line(tool, LONGEST_NAME),
        _ => subject(call),
    }
}

/// Its picture.
pub(super) fn icon(call: &Call) -> &'static str {
    let [.., icon] = verb(&call.tool);
    icon
}

/// While it runs.
pub(super) fn doing(call: &Call) -> String {
    let [doing, ..] = verb(&call.tool);
    format!("{doing} {}", object(call))
}

/// When it went well.
pub(super) fn done(call: &Call) -> String {
    let [_, done, ..] = verb(&call.tool);
    format!("{done} {}", object(call))
}

/// When it did not.
pub(super) fn not_done(call: &Call) -> String {
    let act = act(call);
    match call.status {
        CallStatus::Running | CallStatus::Unknown => {
            format!("Tried to {act}; the outcome is not known")
        }
        CallStatus::Waiting | CallStatus::Skipped => format!("Did not {act}"),
        CallStatus::Done | CallStatus::Failed | CallStatus::Asked => format!("Could not {act}"),
    }
}

/// When it waits for the person's word.
pub(super) fn asked(call: &Call) -> String {
    match call.tool.as_str() {
        "ask_person" => "Asked you".to_owned(),
        _ => format!("Asked whether to {}", act(call)),
    }
}

fn act(call: &Call) -> String {
    let [_, _, act, _] = verb(&call.tool);
    // What the person was asked about has its words already.
    let shall = call.result.get("shall").and_then(Value::as_str);
    shall.map_or_else(|| format!("{act} {}", object(call)), str::to_owned)
}

/// The calls of a step in a few words, with a picture.
pub(super) fn summary(calls: &[Call]) -> (String, &'static str) {
    let total = calls.len();
    let waits = |call: &&Call| call.status == CallStatus::Asked;
    if let Some(call) = calls.iter().find(waits) {
        let one = total == 1 || call.tool == "ask_person";
        let title = if one {
            asked(call)
        } else {
            "Asked before going on".to_owned()
        };
        return (title, "circle-question");
    }
    let well: Vec<&Call> = calls
        .iter()
        .filter(|call| call.status == CallStatus::Done)
        .collect();
    if well.len() < total {
        let title = match (well.len(), calls) {
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
            let same = rest.iter().all(|call| call.tool == first.tool);
            let done = match verb(&first.tool) {
                [_, done, ..] if same && done != "Used" => done,
                _ => "Changed",
            };
            format!("{done} {} tasks", writes.len())
        }
    };
    (title, "check")
}

/// The task's title where it is known, else its number.
fn subject(call: &Call) -> String {
    let title = [&call.result, &call.args]
        .into_iter()
        .find_map(|source| source.get("title")?.as_str())
        .map(|title| one_line(title, LONGEST_NAME))
        .filter(|title| !title.is_empty());
    let number = call.args.get("task_id").or_else(|| call.args.get("id"));
    match (title, number.and_then(Value::as_i64)) {
        (Some(title), _) => format!("“{title}”"),
        (None, Some(number)) => format!("task {number}"),
        (None, None) => "a task".to_owned(),
    }
}
