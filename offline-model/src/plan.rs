//! From commands to the next message: which tools to call now, or what to say.
//!
//! A turn is up to four steps: look the list up if a task was named by words, make the changes,
//! make those that depend on a task just added, ask for what is to be shown. Each request repeats
//! the reasoning from the start and goes one step further than the steps it finds done.

mod followup;
mod matching;
mod resolve;

use serde_json::{Value, json};

use crate::answer;
use crate::api::{Request, Tool};
use crate::command::{Command, Status, Target};
use crate::faults::{self, Fault};
use crate::history::{Done, Turn};
use crate::tasks::{self, Task};
use crate::{Reply, api};

pub(crate) use resolve::{Call, Note, Outcome};

/// Calls in one step; more than a caller's limit would only be refused.
const CALLS_LIMIT: usize = 12;

/// What the assistant says next, wrong in the way of the faults.
pub(crate) fn reply(request: &Request, faults: &[Fault]) -> Reply {
    let mut turn = Turn::of(request);
    let step = turn.steps.len();
    let mistake_due = faults::forget_mistake(&mut turn, faults);
    let reply = decide(&turn, &Offered(request.offered()));
    faults::mislead(reply, faults, step, mistake_due)
}

/// The tools of a request.
pub(crate) struct Offered<'r>(&'r [Tool]);

impl Offered<'_> {
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|tool| tool.function.name == name)
    }

    /// Whether the tool `name` takes an argument `argument`.
    pub fn takes(&self, name: &str, argument: &str) -> bool {
        let find = |tool: &&api::Tool| tool.function.name == name;
        let schema = self
            .0
            .iter()
            .find(find)
            .and_then(|tool| tool.function.parameters.as_ref());
        schema.is_some_and(|schema| schema.pointer(&format!("/properties/{argument}")).is_some())
    }
}

fn decide(turn: &Turn, offered: &Offered<'_>) -> Reply {
    let commands = followup::commands(turn);
    if let Some(missing) = commands
        .iter()
        .find_map(|command| lacks_tool(command, offered))
    {
        return Reply::text(missing);
    }
    let mut steps = turn.steps.as_slice();
    let mut listed = None;
    if commands.iter().any(needs_list) {
        let Some((first, rest)) = steps.split_first() else {
            return Reply::call("list_tasks", json!({ "status": "all" }));
        };
        if first.iter().all(|done| done.name != "list_tasks") {
            // Asked to answer again, the caller kept what was changed and left out the look before it.
            let done: Vec<&Done> = turn.steps.iter().flatten().collect();
            return Reply::text(answer::compose(&done, &[], &[]));
        }
        steps = rest;
        let result = first.first().map_or(&Value::Null, |done| &done.result);
        let Some(tasks) = tasks::read_list(result) else {
            return Reply::text(answer::list_failed(result));
        };
        listed = Some(tasks);
    }
    let listed: &[Task] = listed.as_deref().unwrap_or_default();
    let mut outcomes: Vec<Outcome> = commands
        .iter()
        .map(|command| resolve::resolve(command, listed, offered))
        .collect();
    let changes: Vec<&Call> = calls(&outcomes);
    let mut done: Vec<&Done> = Vec::new();
    if !changes.is_empty() {
        let Some((first, rest)) = steps.split_first() else {
            return call(&changes);
        };
        done.extend(first);
        steps = rest;
    }
    if let Some(added) = done.iter().rev().find_map(|done| answer::added_id(done)) {
        let dependent = commands.iter().filter(|command| waits_for_add(command));
        let late: Vec<Outcome> = dependent
            .map(|command| resolve::resolve(&command.on(Target::Ids(vec![added])), &[], offered))
            .collect();
        let calls = calls(&late);
        if !calls.is_empty() {
            let Some((first, rest)) = steps.split_first() else {
                return call(&calls);
            };
            done.extend(first);
            steps = rest;
        }
        outcomes.extend(late);
    }
    let queries: Vec<Call> = commands
        .iter()
        .filter_map(|command| query(command, offered))
        .collect();
    let queries: Vec<&Call> = queries.iter().collect();
    let mut shown: Vec<&Done> = Vec::new();
    if !queries.is_empty() {
        let Some((first, _)) = steps.split_first() else {
            return call(&queries);
        };
        shown.extend(first);
    }
    Reply::text(answer::compose(&done, &outcomes, &shown))
}

fn calls(outcomes: &[Outcome]) -> Vec<&Call> {
    outcomes
        .iter()
        .flat_map(|outcome| &outcome.calls)
        .take(CALLS_LIMIT)
        .collect()
}

fn call(calls: &[&Call]) -> Reply {
    Reply {
        text: String::new(),
        calls: calls.iter().map(|call| (**call).clone()).collect(),
    }
}

fn needs_list(command: &Command) -> bool {
    match command {
        Command::Find(target) => !matches!(target, Target::Missing),
        _ => command.target().is_some_and(|target| {
            matches!(target, Target::Words(_) | Target::Every(_) | Target::All(_))
        }),
    }
}

fn waits_for_add(command: &Command) -> bool {
    matches!(command.target(), Some(Target::JustAdded))
}

fn query(command: &Command, offered: &Offered<'_>) -> Option<Call> {
    match command {
        Command::List(status) => {
            let status = match status {
                Status::All => "all",
                Status::Pending => "pending",
                Status::Completed => "completed",
            };
            Some(("list_tasks".to_owned(), json!({ "status": status })))
        }
        Command::Summary if offered.has("task_summary") => {
            Some(("task_summary".to_owned(), json!({})))
        }
        Command::Summary => Some(("list_tasks".to_owned(), json!({ "status": "all" }))),
        _ => None,
    }
}

/// The sentence for a command whose tool was not offered.
fn lacks_tool(command: &Command, offered: &Offered<'_>) -> Option<String> {
    let tool = match command {
        Command::Add(_) => "add_task",
        Command::Complete(_) => "complete_task",
        Command::Delete(_) | Command::DeleteSure(_) => "delete_task",
        Command::Update(..) => "update_task",
        Command::List(_) | Command::Find(_) => "list_tasks",
        Command::Summary if !offered.has("task_summary") => "list_tasks",
        _ if needs_list(command) => "list_tasks",
        _ => return None,
    };
    let names = [
        tool,
        if needs_list(command) {
            "list_tasks"
        } else {
            tool
        },
    ];
    names
        .iter()
        .any(|name| !offered.has(name))
        .then(|| answer::no_tool(command))
}
