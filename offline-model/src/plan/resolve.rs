//! From a command to tool calls, or to the reason why there are none.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::matching::{self, Found};
use super::offered::Offered;
use super::{Scene, asking};
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
    /// Tasks that were looked for.
    pub found: Option<Vec<Task>>,
}

/// Something to say that is not the result of a call.
#[derive(Debug)]
pub(crate) enum Note {
    Say(String),
    /// A question; its last line tells the next turn what was asked.
    Ask(String),
    /// A question that the person can answer by choosing.
    Choose(Choice),
}

/// Several tasks fit, or come near.
#[derive(Debug)]
pub(crate) struct Choice {
    pub kind: Kind,
    /// What is to be done with the one that is chosen.
    pub command: Command,
    pub candidates: Vec<Task>,
    /// The question for those whom nobody can show choices to.
    pub in_words: String,
}

/// `listed` is the whole list if the command needs it, else empty.
pub(super) fn resolve(command: &Command, listed: &[Task], scene: &Scene<'_>) -> Outcome {
    let language = scene.language;
    match command {
        Command::Add(tasks) => Outcome::calls(tasks.iter().map(add)),
        Command::AddWhat => Outcome::ask(answer::ask_title(language)),
        Command::Complete(target) => act(Kind::Complete, command, target, listed, scene, |id| {
            ("complete_task".to_owned(), json!({ "task_id": id }))
        }),
        Command::Delete(target) | Command::DeleteSure(target) => {
            // Where the person can be asked by the application, it asks before it deletes several.
            if let (Command::Delete(_), Target::All(status)) = (command, target)
                && *status != Status::Completed
                && !scene.offered.has(asking::TOOL)
            {
                return ask_before_deleting(*status, listed, scene);
            }
            act(Kind::Delete, command, target, listed, scene, |id| {
                ("delete_task".to_owned(), json!({ "task_id": id }))
            })
        }
        Command::Reopen(target) => match reopening_tool(&scene.offered) {
            Some(call) => act(Kind::Reopen, command, target, listed, scene, call),
            None => Outcome::say(answer::cannot_reopen(language)),
        },
        Command::Update(target, change) => update(command, target, change, listed, scene),
        Command::Find(target) => find(command, target, listed, scene),
        Command::Offer(tasks) => Outcome::ask(answer::offer(language, tasks)),
        Command::Say(talk) => Outcome::say(answer::small_talk(language, *talk)),
        Command::Unknown => Outcome::say(answer::not_understood(language)),
        Command::List(_) | Command::Summary | Command::Due(_) => Outcome::default(),
    }
}

impl Outcome {
    fn calls(calls: impl Iterator<Item = Call>) -> Self {
        Self {
            calls: calls.collect(),
            ..Self::default()
        }
    }

    pub(super) fn say(text: String) -> Self {
        Self::noted(vec![Note::Say(text)])
    }

    pub(super) fn ask(text: String) -> Self {
        Self::noted(vec![Note::Ask(text)])
    }

    fn noted(notes: Vec<Note>) -> Self {
        Self {
            notes,
            ..Self::default()
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

fn act(
    kind: Kind,
    command: &Command,
    target: &Target,
    listed: &[Task],
    scene: &Scene<'_>,
    call: impl Fn(i64) -> Call,
) -> Outcome {
    let parts = match target {
        Target::Words(words) => several(words, kind, listed),
        _ => None,
    };
    let (mut ids, mut notes) = (Vec::new(), Vec::new());
    for target in parts.unwrap_or_else(|| vec![target.clone()]) {
        match targets(kind, command, &target, listed, scene) {
            Ok(more) => ids.extend(more),
            Err(more) => notes.extend(more),
        }
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    Outcome {
        calls: ids.into_iter().map(call).collect(),
        notes,
        found: None,
    }
}

fn find(command: &Command, target: &Target, listed: &[Task], scene: &Scene<'_>) -> Outcome {
    let ids = match targets(Kind::Show, command, target, listed, scene) {
        Ok(ids) => ids,
        Err(notes) => return Outcome::noted(notes),
    };
    let found: Vec<Task> = listed
        .iter()
        .filter(|task| ids.contains(&task.id))
        .cloned()
        .collect();
    match (found.as_slice(), ids.as_slice()) {
        ([], [id]) => Outcome::say(answer::no_such(scene.language, *id)),
        ([task], _) => Outcome::say(answer::describe(scene.language, task)),
        _ => Outcome {
            found: Some(found),
            ..Outcome::default()
        },
    }
}

/// The parts of "rent and milk" when no single task is called that.
fn several(words: &str, kind: Kind, listed: &[Task]) -> Option<Vec<Target>> {
    let together = matching::find(words, listed, |task| kind.applies(task));
    if matches!(together, Found::One(_) | Found::Several(_)) {
        return None;
    }
    let commas = words
        .replace(" and ", ",")
        .replace(" & ", ",")
        .replace(" اور ", ",")
        .replace(" aur ", ",");
    let parts: Vec<Target> = commas
        .split(',')
        .map(|part| part.trim().trim_start_matches("the ").trim().to_owned())
        .filter(|part| !part.is_empty())
        .map(Target::Words)
        .collect();
    (parts.len() > 1).then_some(parts)
}

fn targets(
    kind: Kind,
    command: &Command,
    target: &Target,
    listed: &[Task],
    scene: &Scene<'_>,
) -> Result<Vec<i64>, Vec<Note>> {
    let language = scene.language;
    let ids = |tasks: Vec<&Task>| tasks.iter().map(|task| task.id).collect();
    let say = |text: String| Err(vec![Note::Say(text)]);
    let choose = |tasks: &[&Task], in_words: String| {
        Err(vec![Note::Choose(Choice {
            kind,
            command: command.clone(),
            candidates: tasks.iter().map(|task| (*task).clone()).collect(),
            in_words,
        })])
    };
    match target {
        Target::Ids(ids) => Ok(ids.clone()),
        Target::JustAdded => Err(Vec::new()),
        Target::Words(words) => match matching::find(words, listed, |task| kind.applies(task)) {
            Found::One(task) if kind.applies(task) => Ok(vec![task.id]),
            Found::One(task) => say(answer::already(language, kind, task)),
            Found::Several(tasks) if kind == Kind::Show => Ok(ids(tasks)),
            Found::Several(tasks) => choose(&tasks, answer::which(language, kind, words, &tasks)),
            Found::Similar(tasks) => {
                choose(&tasks, answer::did_you_mean(language, kind, words, &tasks))
            }
            Found::Nothing => say(answer::no_match(language, words, listed)),
        },
        Target::Every(words) => {
            let mut found = matching::all(words, listed);
            if found.is_empty() {
                return say(answer::no_match(language, words, listed));
            }
            found.retain(|task| kind.applies(task));
            if found.is_empty() {
                say(answer::nothing_to(language, kind))
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
                say(answer::nothing_to(language, kind))
            } else {
                Ok(ids(found))
            }
        }
        Target::Last | Target::Them | Target::Place(_) | Target::Missing => {
            Err(vec![Note::Ask(answer::which_at_all(language, kind))])
        }
    }
}

fn ask_before_deleting(status: Status, listed: &[Task], scene: &Scene<'_>) -> Outcome {
    let open_only = status == Status::Pending;
    let count = listed
        .iter()
        .filter(|task| !(open_only && task.completed))
        .count();
    match count {
        0 => Outcome::say(answer::nothing_to(scene.language, Kind::Delete)),
        _ => Outcome::ask(answer::are_you_sure(scene.language, count, open_only)),
    }
}

fn update(
    command: &Command,
    target: &Target,
    change: &Change,
    listed: &[Task],
    scene: &Scene<'_>,
) -> Outcome {
    let id = match targets(Kind::Update, command, target, listed, scene) {
        Err(notes) => return Outcome::noted(notes),
        Ok(ids) => match ids.as_slice() {
            [id] => *id,
            _ => return Outcome::say(answer::one_at_a_time(scene.language)),
        },
    };
    let present = listed
        .iter()
        .find(|task| task.id == id)
        .and_then(|task| task.description.as_deref());
    let description = match &change.due {
        Some(due) => Some(answer::with_due(present, due)),
        None => change.description.clone(),
    };
    let mut arguments = Map::from_iter([("task_id".to_owned(), Value::from(id))]);
    for (name, value) in [("title", &change.title), ("description", &description)] {
        if let Some(value) = value {
            arguments.insert(name.to_owned(), value.as_str().into());
        }
    }
    if arguments.len() == 1 {
        return Outcome::ask(answer::ask_new_title(scene.language, id));
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
