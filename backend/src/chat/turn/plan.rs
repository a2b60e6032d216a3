//! Which calls of a step are made at once, and which are asked about first.
//!
//! The model proposes, this code disposes: what the person did not designate, more than one deletion and more than five
//! changes for one message are never made on the model's word alone.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};
use store::{
    task::{Status, Task},
    tasks::{self, ListQuery, PAGE_MAX},
    tools::ChangeTool,
};

use super::state::Turn;
use crate::chat::{
    built_in_tools::{self, ASK_PERSON},
    calls::Call,
    consent::{Consent, OpenTasks},
    failure::Failure,
    text::{one_line, whole_number},
    tools::ToolList,
};

const LONGEST_NAME: usize = 80;
const LONGEST_TEXT: usize = 200;
/// So many changes are made for one message without asking.
const MOST_WRITES: usize = 5;
/// So many open tasks are looked through.
const MOST_OPEN: usize = 10_000;
const TASK_ID: &str = "task_id";
const CLEAR: &str = "clear";

/// What is done about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is made, or refused by whoever it is for.
    Make,
    /// It waits for the person's yes. Says what it would do, and to which task.
    Confirm(String, Option<String>),
    /// It is a question to the person.
    Question(String, Vec<String>),
}

/// The verdicts on the calls of a step, one for each.
pub(super) async fn verdicts(
    turn: &Turn<'_>,
    tools: &ToolList,
    consent: &Consent,
    calls: &[Call],
) -> Result<Vec<Verdict>, Failure> {
    let known = |call: &&Call| call.writes && tools.knows(&call.tool) && call.args.is_object();
    let ids: Vec<i64> = calls.iter().filter(known).filter_map(about).collect();
    let (db, owner) = (&turn.chat.db, &turn.request.owner);
    let found = match ids.as_slice() {
        [] => Vec::new(),
        ids => tasks::by_ids(db, owner, ids).await?,
    };
    let tasks: HashMap<i64, &Task> = found.iter().map(|task| (task.id, task)).collect();
    let writes: Vec<&Call> = calls
        .iter()
        .filter(known)
        .filter(|call| exists(call, &tasks))
        .collect();
    let doomed = writes.iter().filter(|call| tools.destroys(&call.tool));
    let doomed: HashSet<_> = doomed.map(|call| about(call).ok_or(&call.id)).collect();
    let too_many_deletions = consent.deletions + doomed.len() > 1;
    let too_many_writes = consent.writes + writes.len() > MOST_WRITES;
    let open = if found.iter().all(|task| consent.names(task, None)) {
        None
    } else {
        open_tasks(turn).await?
    };
    let designated = |call: &Call, args: &Map<String, Value>| {
        match ChangeTool::named(&call.tool) {
            None => return false,
            Some(ChangeTool::Undo) => return consent.undoes(args),
            Some(_) => {}
        }
        let task = about(call).and_then(|id| tasks.get(&id).copied());
        let present = task
            .map(|task| [&task.title, task.description.as_deref().unwrap_or_default()].join("\n"));
        let present = present.unwrap_or_default();
        let mut written = args.iter().filter(|(name, _)| *name != TASK_ID);
        task.is_none_or(|task| consent.names(task, open.as_ref()))
            && written.all(|(name, value)| match value {
                Value::String(text) => consent.said(text, &present),
                // It names fields, and writes no text.
                Value::Array(_) => name == CLEAR,
                value => !value.is_object(),
            })
    };
    let question = calls.iter().find_map(question);
    let mut asked = false;
    let verdict = |call: &Call| {
        if call.tool == ASK_PERSON {
            let first = !std::mem::replace(&mut asked, true);
            let question = question.clone().filter(|_| first);
            return question.map_or(Verdict::Make, |(question, options)| {
                Verdict::Question(question, options)
            });
        }
        let Some(args) = call
            .args
            .as_object()
            .filter(|_| known(&call) && exists(call, &tasks))
        else {
            return Verdict::Make;
        };
        let too_many = too_many_writes || too_many_deletions && tools.destroys(&call.tool);
        if !too_many && designated(call, args) {
            return Verdict::Make;
        }
        let title = about(call).and_then(|id| Some(&tasks.get(&id)?.title));
        Verdict::Confirm(shall(&call.tool, args, title), title.cloned())
    };
    Ok(calls.iter().map(verdict).collect())
}

/// What the person's open tasks are called; `None` when there are too many of them to look through.
async fn open_tasks(turn: &Turn<'_>) -> Result<Option<OpenTasks>, Failure> {
    let mut query = ListQuery {
        status: Status::Pending,
        limit: PAGE_MAX,
        ..ListQuery::default()
    };
    let mut open = Vec::new();
    while open.len() < MOST_OPEN {
        let page = tasks::list(&turn.chat.db, &turn.request.owner, &query).await?;
        open.extend(page.tasks);
        query.cursor = page.next;
        if query.cursor.is_none() {
            return Ok(Some(OpenTasks::new(&open)));
        }
    }
    Ok(None)
}

/// Whether there is something to change. Where there is not, the tool says so.
fn exists(call: &Call, tasks: &HashMap<i64, &Task>) -> bool {
    match call.args.get(TASK_ID) {
        Some(_) => about(call).is_some_and(|id| tasks.contains_key(&id)),
        None => true,
    }
}

fn question(call: &Call) -> Option<(String, Vec<String>)> {
    let args = call.args.as_object().filter(|_| call.tool == ASK_PERSON)?;
    built_in_tools::question_to_ask(args).ok()
}

/// The task that a call is about.
fn about(call: &Call) -> Option<i64> {
    whole_number(call.args.get(TASK_ID)?)
}

/// What a call would do, to go on after "Shall I".
fn shall(tool: &str, args: &Map<String, Value>, title: Option<&String>) -> String {
    let quoted = |text: &str, longest| format!("“{}”", one_line(text, longest));
    let new = |name: &str, longest| {
        let text = args.get(name).and_then(Value::as_str);
        text.map(|text| quoted(text, longest))
    };
    let number = args.get(TASK_ID).map(Value::to_string).unwrap_or_default();
    let task = title.map_or(format!("task {number}"), |title| {
        quoted(title, LONGEST_NAME)
    });
    match ChangeTool::named(tool) {
        Some(ChangeTool::Delete) => format!("delete {task}"),
        Some(ChangeTool::Complete) => format!("mark {task} as done"),
        Some(ChangeTool::Reopen) => format!("mark {task} as not done"),
        Some(ChangeTool::Add) => {
            let title = new("title", LONGEST_NAME).unwrap_or_else(|| "a task".to_owned());
            let note = new("description", LONGEST_TEXT);
            let note = note.map_or_else(String::new, |note| format!(" with the note {note}"));
            format!("add {title}{note}")
        }
        Some(ChangeTool::Update) => {
            let title = new("title", LONGEST_NAME).map(|title| format!("its title to {title}"));
            let note = new("description", LONGEST_TEXT).map(|note| format!("its note to {note}"));
            let cleared = args.get(CLEAR).and_then(Value::as_array);
            let cleared = cleared.filter(|fields| !fields.is_empty());
            let cleared = cleared.map(|_| "its note to nothing".to_owned());
            let changes: Vec<String> = title.into_iter().chain(note).chain(cleared).collect();
            if changes.is_empty() {
                format!("change {task}")
            } else {
                format!("change {task}: {}", changes.join(" and "))
            }
        }
        Some(ChangeTool::Undo) => "undo the last change".to_owned(),
        Some(ChangeTool::AddSeveral | ChangeTool::ChangeSeveral) | None => {
            format!("use {} on {task}", one_line(tool, LONGEST_NAME))
        }
    }
}

/// The question whether to do what was proposed: exactly that, and all of it.
pub(super) fn confirmation(shall: &[&str]) -> String {
    let doomed: Option<Vec<&str>> = shall
        .iter()
        .map(|what| what.strip_prefix("delete "))
        .collect();
    match (doomed, shall) {
        (_, [what]) => format!("Shall I {what}?"),
        (Some(doomed), _) => {
            format!(
                "Shall I delete these {} tasks: {}?",
                doomed.len(),
                doomed.join(", ")
            )
        }
        (None, shall) => format!("Shall I do all of this: {}?", shall.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_question_says_exactly_what_would_be_done() {
        let args = |value: Value| value.as_object().unwrap().clone();
        let milk = "Buy\nmilk".to_owned();
        let delete = shall("delete_task", &args(json!({"task_id": 1})), Some(&milk));
        assert_eq!(confirmation(&[&delete]), "Shall I delete “Buy milk”?");
        assert_eq!(
            confirmation(&[&delete, "delete “Bread”"]),
            "Shall I delete these 2 tasks: “Buy milk”, “Bread”?"
        );
        let change = args(json!({"task_id": 1, "title": "Buy oat milk", "description": "two"}));
        let change = shall("update_task", &change, Some(&milk));
        assert_eq!(
            confirmation(&[&delete, &change]),
            "Shall I do all of this: delete “Buy milk”; \
             change “Buy milk”: its title to “Buy oat milk” and its note to “two”?"
        );
        let clear = args(json!({"task_id": 1, "clear": ["description"]}));
        assert_eq!(
            shall("update_task", &clear, Some(&milk)),
            "change “Buy milk”: its note to nothing"
        );
        let add = args(json!({"title": "Bread"}));
        assert_eq!(shall("add_task", &add, None), "add “Bread”");
    }
}
