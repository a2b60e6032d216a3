//! Which calls of a step are made at once, and which are asked about first.
//!
//! The model proposes, this code disposes: what the person's words do not ask for, and more than one deletion in a
//! turn, is never made on the model's word alone.

use std::collections::HashMap;

use serde_json::{Map, Value};
use store::{tasks, tools::ChangeTool};

use super::{state::Turn, warrant::Warrant};
use crate::chat::{
    built_in_tools::{self, ASK_PERSON},
    calls::Call,
    failure::Failure,
    guard::{Deed, warranted},
    text::{one_line, whole_number},
    tools::ToolList,
};

const LONGEST_NAME: usize = 80;
const LONGEST_TEXT: usize = 200;

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

/// The verdicts on the calls of a step, one for each, when so many tasks are deleted already.
pub(super) async fn verdicts(
    turn: &Turn<'_>,
    tools: &ToolList,
    warrant: &Warrant,
    deleted: usize,
    calls: &[Call],
) -> Result<Vec<Verdict>, Failure> {
    let mut ids: Vec<i64> = calls.iter().filter_map(about).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut titles = HashMap::new();
    if calls.iter().any(|call| call.writes) && !ids.is_empty() {
        for task in tasks::by_ids(&turn.chat.db, &turn.request.owner, &ids).await? {
            titles.insert(task.id, task.title);
        }
    }
    let removes = |call: &&Call| tools.destroys(&call.tool) && exists(call, &titles);
    let mut doomed: Vec<String> = calls
        .iter()
        .filter(removes)
        .map(|call| about(call).map_or_else(|| call.args.to_string(), |id| id.to_string()))
        .collect();
    doomed.sort_unstable();
    doomed.dedup();
    let too_many = deleted + doomed.len() > 1;

    let authority = warrant.authority();
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
        let Some(args) = call.args.as_object().filter(|_| call.writes) else {
            return Verdict::Make;
        };
        if !tools.knows(&call.tool) || !exists(call, &titles) {
            return Verdict::Make;
        }
        let title = about(call).and_then(|id| titles.get(&id));
        let destroys = tools.destroys(&call.tool);
        let wanted = Deed {
            tool: &call.tool,
            args,
            title: title.map(String::as_str),
            destructive: destroys,
        };
        if destroys && too_many || !warranted(&authority, &wanted) {
            Verdict::Confirm(shall(&call.tool, args, title), title.cloned())
        } else {
            Verdict::Make
        }
    };
    Ok(calls.iter().map(verdict).collect())
}

/// Whether there is something to change. Where there is not, the tool says so.
fn exists(call: &Call, titles: &HashMap<i64, String>) -> bool {
    match call.args.get("task_id") {
        Some(_) => about(call).is_some_and(|id| titles.contains_key(&id)),
        None => true,
    }
}

fn question(call: &Call) -> Option<(String, Vec<String>)> {
    let args = call.args.as_object().filter(|_| call.tool == ASK_PERSON)?;
    built_in_tools::question_to_ask(args).ok()
}

/// The task that a call is about.
fn about(call: &Call) -> Option<i64> {
    whole_number(call.args.get("task_id")?)
}

/// What a call would do, to go on after "Shall I".
fn shall(tool: &str, args: &Map<String, Value>, title: Option<&String>) -> String {
    let quoted = |text: &str, longest| format!("“{}”", one_line(text, longest));
    let new = |name: &str, longest| {
        let text = args.get(name).and_then(Value::as_str);
        text.map(|text| quoted(text, longest))
    };
    let number = args
        .get("task_id")
        .map(Value::to_string)
        .unwrap_or_default();
    let task = title.map_or(format!("task {number}"), |title| {
        quoted(title, LONGEST_NAME)
    });
    match ChangeTool::named(tool) {
        Some(ChangeTool::Delete) => format!("delete {task}"),
        Some(ChangeTool::Complete) => format!("mark {task} as done"),
        Some(ChangeTool::Add) => {
            let title = new("title", LONGEST_NAME).unwrap_or_else(|| "a task".to_owned());
            let note = new("description", LONGEST_TEXT);
            let note = note.map_or_else(String::new, |note| format!(" with the note {note}"));
            format!("add {title}{note}")
        }
        Some(ChangeTool::Update) => {
            let title = new("title", LONGEST_NAME).map(|title| format!("its title to {title}"));
            let note = new("description", LONGEST_TEXT).map(|note| format!("its note to {note}"));
            let changes: Vec<String> = title.into_iter().chain(note).collect();
            if changes.is_empty() {
                format!("change {task}")
            } else {
                format!("change {task}: {}", changes.join(" and "))
            }
        }
        Some(ChangeTool::Undo) => "undo the last change".to_owned(),
        None => format!("use {} on {task}", one_line(tool, LONGEST_NAME)),
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
        let add = args(json!({"title": "Bread"}));
        assert_eq!(shall("add_task", &add, None), "add “Bread”");
    }
}
