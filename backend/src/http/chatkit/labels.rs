//! Tool calls in words for people.

use serde_json::Value;

use crate::chat::{Call, CallStatus, one_line};

const LONGEST_NAME: usize = 80;

/// How a tool is told.
struct Tool {
    /// While it runs, when it went well, and to go on after "Could not".
    doing: &'static str,
    done: &'static str,
    act: &'static str,
    /// Whether the task follows.
    of_task: bool,
    /// One of the protocol's names for pictures.
    icon: &'static str,
}

impl Tool {
    const fn new(
        doing: &'static str,
        done: &'static str,
        act: &'static str,
        of_task: bool,
        icon: &'static str,
    ) -> Self {
        Self {
            doing,
            done,
            act,
            of_task,
            icon,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "add_task" => Self::new("Adding", "Added", "add", true, "plus"),
            "complete_task" => {
                Self::new("Completing", "Completed", "complete", true, "check-circle")
            }
            "update_task" => Self::new("Changing", "Changed", "change", true, "write"),
            "delete_task" => Self::new("Deleting", "Deleted", "delete", true, "lucide:trash-2"),
            "list_tasks" => Self::new(
                "Looking at your tasks",
                "Looked at your tasks",
                "look at your tasks",
                false,
                "search",
            ),
            "task_summary" => Self::new(
                "Counting your tasks",
                "Counted your tasks",
                "count your tasks",
                false,
                "analytics",
            ),
            "show_tasks" => Self::new(
                "Showing your tasks",
                "Showed your tasks",
                "show your tasks",
                false,
                "notebook",
            ),
            "ask_person" => Self::new(
                "Asking you",
                "Asked you",
                "ask you",
                false,
                "circle-question",
            ),
            _ => return None,
        })
    }
}

/// One form of a tool's words, with the task where it is about one.
fn told(call: &Call, form: impl Fn(&Tool) -> &'static str, use_it: &str) -> String {
    match Tool::named(&call.tool) {
        Some(tool) if tool.of_task => format!("{} {}", form(&tool), subject(call)),
        Some(tool) => form(&tool).to_owned(),
        None => format!("{use_it} {}", one_line(&call.tool, LONGEST_NAME)),
    }
}

/// While it runs.
pub(super) fn doing(call: &Call) -> String {
    told(call, |tool| tool.doing, "Using")
}

/// When it went well.
pub(super) fn done(call: &Call) -> String {
    told(call, |tool| tool.done, "Used")
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
    // What the person was asked about has its words already.
    match call.result.get("shall").and_then(Value::as_str) {
        Some(shall) => shall.to_owned(),
        None => told(call, |tool| tool.act, "use"),
    }
}

pub(super) fn icon(call: &Call) -> &'static str {
    Tool::named(&call.tool).map_or("bolt", |tool| tool.icon)
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
            let tool = Tool::named(&first.tool).filter(|tool| same && tool.of_task);
            let done = tool.map_or("Changed", |tool| tool.done);
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
