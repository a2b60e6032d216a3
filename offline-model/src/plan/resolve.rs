//! From a command to tool calls, or to the reason why there are none.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::Offered;
use super::matching::{self, Found};
use crate::answer::{self, Kind};
use crate::command::{Change, Command, NewTask, Status, Target};
use crate::tasks::Task;

/// A tool's name and its arguments.
pub(crate) type Call = (String, Value);

/// What becomes of one command.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub calls: Vec<Call>,
    pub notes: Vec<Note>,
}

/// Something to say that is not the result of a call.
#[derive(Debug)]
pub(crate) enum Note {
    Say(String),
    /// A question; its last line tells the next turn what was asked.
    Ask(String),
}

/// `listed` is the whole list if the command needs it, else empty.
pub(super) fn resolve(command: &Command, listed: &[Task], offered: &Offered<'_>) -> Outcome {
    match command {
        Command::Add(tasks) => Outcome::calls(tasks.iter().map(add)),
        Command::AddWhat => Outcome::ask(answer::ask_title()),
        Command::Complete(target) => act(Kind::Complete, target, listed, |id| {
            ("complete_task".to_owned(), json!({ "task_id": id }))
        }),
        Command::Delete(target) | Command::DeleteSure(target) => {
            if let (Command::Delete(_), Target::All(status)) = (command, target)
                && *status != Status::Completed
            {
                return ask_before_deleting(*status, listed);
            }
            act(Kind::Delete, target, listed, |id| {
                ("delete_task".to_owned(), json!({ "task_id": id }))
            })
        }
        Command::Reopen(target) => match reopening_tool(offered) {
            Some(call) => act(Kind::Reopen, target, listed, call),
            None => Outcome::say(answer::cannot_reopen()),
        },
        Command::Update(target, change) => update(target, change, listed),
        Command::Find(target) => match targets(Kind::Show, target, listed) {
            Ok(ids) => Outcome::say(answer::describe(&ids, listed)),
            Err(note) => Outcome {
                calls: Vec::new(),
                notes: note,
            },
        },
        Command::Offer(tasks) => Outcome::ask(answer::offer(tasks)),
        Command::Say(talk) => Outcome::say(answer::small_talk(*talk)),
        Command::Unknown => Outcome::say(answer::not_understood()),
        Command::List(_) | Command::Summary => Outcome::default(),
    }
}

impl Outcome {
    fn calls(calls: impl Iterator<Item = Call>) -> Self {
        Self {
            calls: calls.collect(),
            notes: Vec::new(),
        }
    }

    fn say(text: String) -> Self {
        Self {
            calls: Vec::new(),
            notes: vec![Note::Say(text)],
        }
    }

    fn ask(text: String) -> Self {
        Self {
            calls: Vec::new(),
            notes: vec![Note::Ask(text)],
        }
    }
}

fn add(task: &NewTask) -> Call {
    let arguments = match &task.description {
        Some(description) => json!({ "title": task.title, "description": description }),
        None => json!({ "title": task.title }),
    };
    ("add_task".to_owned(), arguments)
}

fn act(kind: Kind, target: &Target, listed: &[Task], call: impl Fn(i64) -> Call) -> Outcome {
    let parts = match target {
        Target::Words(words) => several(words, kind, listed),
        _ => None,
    };
    let (mut ids, mut notes) = (Vec::new(), Vec::new());
    for target in parts.unwrap_or_else(|| vec![target.clone()]) {
        match targets(kind, &target, listed) {
            Ok(more) => ids.extend(more),
            Err(more) => notes.extend(more),
        }
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    Outcome {
        calls: ids.into_iter().map(call).collect(),
        notes,
    }
}

/// The parts of "rent and milk" when no single task is called that.
fn several(words: &str, kind: Kind, listed: &[Task]) -> Option<Vec<Target>> {
    let together = matching::find(words, listed, |task| kind.applies(task));
    if matches!(together, Found::One(_) | Found::Several(_)) {
        return None;
    }
    let commas = words.replace(" and ", ",").replace(" & ", ",");
    let parts: Vec<Target> = commas
        .split(',')
        .map(|part| part.trim().trim_start_matches("the ").trim().to_owned())
        .filter(|part| !part.is_empty())
        .map(Target::Words)
        .collect();
    (parts.len() > 1).then_some(parts)
}

fn targets(kind: Kind, target: &Target, listed: &[Task]) -> Result<Vec<i64>, Vec<Note>> {
    let ids = |tasks: Vec<&Task>| tasks.iter().map(|task| task.id).collect();
    let say = |text: String| Err(vec![Note::Say(text)]);
    let ask = |text: String| Err(vec![Note::Ask(text)]);
    match target {
        Target::Ids(ids) => Ok(ids.clone()),
        Target::JustAdded => Err(Vec::new()),
        Target::Words(words) => match matching::find(words, listed, |task| kind.applies(task)) {
            Found::One(task) if kind.applies(task) => Ok(vec![task.id]),
            Found::One(task) => say(answer::already(kind, task)),
            Found::Several(tasks) if kind == Kind::Show => Ok(ids(tasks)),
            Found::Several(tasks) => ask(answer::which(kind, words, &tasks)),
            Found::Similar(tasks) => ask(answer::did_you_mean(kind, words, &tasks)),
            Found::Nothing => say(answer::no_match(words, listed)),
        },
        Target::Every(words) => {
            let mut found = matching::all(words, listed);
            if found.is_empty() {
                return say(answer::no_match(words, listed));
            }
            found.retain(|task| kind.applies(task));
            if found.is_empty() {
                say(answer::nothing_to(kind))
            } else {
                Ok(ids(found))
            }
        }
        Target::All(status) => {
            let wanted = |task: &&Task| match status {
                Status::All => kind.applies(task),
                Status::Pending => kind.applies(task) && !task.completed,
                Status::Completed => kind.applies(task) && task.completed,
            };
            let found: Vec<&Task> = listed.iter().filter(wanted).collect();
            if found.is_empty() {
                say(answer::nothing_to(kind))
            } else {
                Ok(ids(found))
            }
        }
        Target::Last | Target::Them | Target::Place(_) | Target::Missing => {
            ask(answer::which_at_all(kind))
        }
    }
}

fn ask_before_deleting(status: Status, listed: &[Task]) -> Outcome {
    let open_only = status == Status::Pending;
    let count = listed
        .iter()
        .filter(|task| !(open_only && task.completed))
        .count();
    match count {
        0 => Outcome::say(answer::nothing_to(Kind::Delete)),
        _ => Outcome::ask(answer::are_you_sure(count, open_only)),
    }
}

fn update(target: &Target, change: &Change, listed: &[Task]) -> Outcome {
    let id = match targets(Kind::Update, target, listed) {
        Err(notes) => {
            return Outcome {
                calls: Vec::new(),
                notes,
            };
        }
        Ok(ids) => match ids.as_slice() {
            [id] => *id,
            _ => return Outcome::say(answer::one_at_a_time()),
        },
    };
    let mut arguments = Map::from_iter([("task_id".to_owned(), Value::from(id))]);
    for (name, value) in [
        ("title", &change.title),
        ("description", &change.description),
    ] {
        if let Some(value) = value {
            arguments.insert(name.to_owned(), value.as_str().into());
        }
    }
    if arguments.len() == 1 {
        return Outcome::ask(answer::ask_new_title(id));
    }
    Outcome::calls(std::iter::once((
        "update_task".to_owned(),
        Value::Object(arguments),
    )))
}

/// How to reopen a task with the tools offered, if one of them can.
fn reopening_tool(offered: &Offered<'_>) -> Option<fn(i64) -> Call> {
    if offered.has("reopen_task") {
        return Some(|id| ("reopen_task".to_owned(), json!({ "task_id": id })));
    }
    if offered.takes("complete_task", "completed") {
        return Some(|id| {
            (
                "complete_task".to_owned(),
                json!({ "task_id": id, "completed": false }),
            )
        });
    }
    if offered.takes("update_task", "completed") {
        return Some(|id| {
            (
                "update_task".to_owned(),
                json!({ "task_id": id, "completed": false }),
            )
        });
    }
    None
}
