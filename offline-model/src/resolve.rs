//! From a command to tool calls, or to the reason why there are none.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::command::{Act, Change, Command, NewTask, Status, Target};
use crate::matching::{self, Found};
use crate::outcome::{Choice, Outcome};
use crate::results::Task;
use crate::scene::{ASK, Scene};
use crate::{answers, due, language, questions};

/// `listed` is the whole list if the command needs it, else empty.
pub(crate) fn resolve(command: &Command, listed: &[Task], scene: &Scene<'_>) -> Vec<Outcome> {
    vec![match command {
        Command::Add(tasks) if tasks.is_empty() => Outcome::Ask(questions::TITLE.to_owned()),
        Command::Add(tasks) => return tasks.iter().map(add).collect(),
        Command::On(act, target, change) => return on(*act, target, change, listed, scene),
        Command::Offer(tasks) => Outcome::Ask(questions::offer(tasks)),
        Command::Say(talk) => Outcome::Say(answers::talk(*talk)),
        Command::Undo => Outcome::Say(answers::CANNOT_UNDO.to_owned()),
        Command::GoOn => Outcome::Say(answers::NOTHING_DONE.to_owned()),
        Command::Unknown => {
            let foreign = language::foreign(scene.said).map(str::to_owned);
            Outcome::Say(foreign.unwrap_or_else(answers::not_understood))
        }
        Command::List(_) | Command::Summary | Command::Due(_) => return Vec::new(),
    }]
}

fn call(name: &str, mut arguments: Value) -> Outcome {
    if let Some(arguments) = arguments.as_object_mut() {
        arguments.retain(|_, argument| !argument.is_null());
    }
    Outcome::Call((name.to_owned(), arguments))
}

fn add(task: &NewTask) -> Outcome {
    let arguments = json!({ "title": task.title, "description": task.description });
    call("add_task", arguments)
}

fn on(
    act: Act,
    target: &Target,
    change: &Change,
    listed: &[Task],
    scene: &Scene<'_>,
) -> Vec<Outcome> {
    // Where the person can be asked by the application, it asks before it deletes several.
    if let (Act::Delete, Target::All(status @ (Status::All | Status::Pending))) = (act, target)
        && !scene.has(ASK)
    {
        let count = listed.iter().filter(|task| is(task, *status)).count();
        return vec![match count {
            0 => Outcome::Say(answers::nothing_to(act)),
            _ => Outcome::Ask(questions::are_you_sure(count, *status)),
        }];
    }
    let parts = match target {
        Target::Words(words) if !matches!(act, Act::Update | Act::Show) => {
            several(words, act, listed)
        }
        _ => None,
    };
    let (mut outcomes, mut ids) = (Vec::new(), Vec::new());
    for part in parts.unwrap_or_else(|| vec![target.clone()]) {
        match targets(act, &part, change, listed) {
            Ok(found) => ids.extend(found),
            Err(why) => outcomes.push(why),
        }
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    match (act, ids.as_slice()) {
        (_, []) => {}
        (Act::Show, ids) => outcomes.push(found(ids, listed)),
        (Act::Update, [id]) => outcomes.push(update(*id, change, listed, scene)),
        (Act::Update, _) => {
            let said = "I can change only one task at a time. Tell me its number.";
            outcomes.push(Outcome::Say(said.to_owned()));
        }
        (Act::Reopen, ids) => match scene.reopening() {
            Some((tool, arguments)) => outcomes.extend(
                ids.iter()
                    .map(|id| call(tool, json!({ "task_id": id, "completed": arguments }))),
            ),
            None => outcomes.push(Outcome::Say(answers::CANNOT_REOPEN.to_owned())),
        },
        (Act::Complete | Act::Delete, ids) => {
            let tool = if act == Act::Delete {
                "delete_task"
            } else {
                "complete_task"
            };
            outcomes.extend(ids.iter().map(|id| call(tool, json!({ "task_id": id }))));
        }
    }
    outcomes
}

fn is(task: &Task, status: Status) -> bool {
    match status {
        Status::All => true,
        Status::Pending => !task.completed,
        Status::Completed => task.completed,
    }
}

/// Whether it makes sense for the task as it is.
fn applies(act: Act, task: &Task) -> bool {
    match act {
        Act::Complete => !task.completed,
        Act::Reopen => task.completed,
        Act::Delete | Act::Update | Act::Show => true,
    }
}

fn found(ids: &[i64], listed: &[Task]) -> Outcome {
    let tasks = listed.iter().filter(|task| ids.contains(&task.id));
    let tasks: Vec<Task> = tasks.cloned().collect();
    match (tasks.as_slice(), ids) {
        ([], [id]) => Outcome::Say(answers::no_such(*id)),
        ([task], _) => Outcome::Say(answers::describe(task)),
        _ => Outcome::Found(tasks),
    }
}

/// The parts of "rent and milk" when no single task is called that.
fn several(words: &str, act: Act, listed: &[Task]) -> Option<Vec<Target>> {
    let together = matching::find(words, listed, |task| applies(act, task));
    if matches!(together, Found::One(_) | Found::Several(_)) {
        return None;
    }
    let commas = words.replace(" and ", ",").replace(" & ", ",");
    let parts = commas
        .split(',')
        .map(|part| part.trim().trim_start_matches("the ").trim());
    let parts: Vec<Target> = parts
        .filter(|part| !part.is_empty())
        .map(|part| Target::Words(part.to_owned()))
        .collect();
    (parts.len() > 1).then_some(parts)
}

/// The numbers of the tasks meant, or what comes instead.
fn targets(
    act: Act,
    target: &Target,
    change: &Change,
    listed: &[Task],
) -> Result<Vec<i64>, Outcome> {
    let ids = |tasks: Vec<&Task>| tasks.iter().map(|task| task.id).collect();
    let applying = |mut tasks: Vec<&Task>| {
        tasks.retain(|task| applies(act, task));
        match tasks.as_slice() {
            [] => Err(Outcome::Say(answers::nothing_to(act))),
            _ => Ok(ids(tasks)),
        }
    };
    let no_match = |words| Outcome::Say(answers::no_match(words, listed));
    match target {
        Target::Ids(ids) => Ok(ids.clone()),
        Target::JustAdded => Ok(Vec::new()),
        Target::FirstOf(ids) => {
            let there = listed.iter().filter(|task| applies(act, task));
            let there: HashSet<i64> = there.map(|task| task.id).collect();
            let first = ids.iter().find(|id| there.contains(id)).or(ids.first());
            Ok(first.copied().into_iter().collect())
        }
        Target::Words(words) => {
            let (in_words, tasks) = match matching::find(words, listed, |task| applies(act, task)) {
                Found::One(task) if applies(act, task) => return Ok(vec![task.id]),
                Found::One(task) => return Err(Outcome::Say(answers::already(act, task))),
                Found::Several(tasks) if act == Act::Show => return Ok(ids(tasks)),
                Found::Several(tasks) => (questions::which(act, words, &tasks), tasks),
                Found::Similar(tasks) => (questions::did_you_mean(act, words, &tasks), tasks),
                Found::Nothing => return Err(no_match(words)),
            };
            Err(Outcome::Choose(Box::new(Choice {
                act,
                command: Command::On(act, target.clone(), change.clone()),
                candidates: tasks.into_iter().cloned().collect(),
                in_words,
            })))
        }
        Target::Every(words) => match matching::all(words, listed) {
            none if none.is_empty() => Err(no_match(words)),
            tasks => applying(tasks),
        },
        Target::All(status) | Target::Confirmed(status) => {
            applying(listed.iter().filter(|task| is(task, *status)).collect())
        }
        Target::It | Target::Them | Target::Nth(_) | Target::LastOne | Target::Missing => {
            Err(Outcome::Ask(questions::which_at_all(act)))
        }
    }
}

fn update(id: i64, change: &Change, listed: &[Task], scene: &Scene<'_>) -> Outcome {
    let task = listed.iter().find(|task| task.id == id);
    let described = due::described(change, task, scene.now.as_ref());
    let (title, description) = match (change, described) {
        (Change::Title(title), _) => (Some(title), None),
        (Change::Back(title, description), _) => (title.as_ref(), description.clone()),
        (_, Some(description)) => (None, Some(description)),
        (Change::Due(_) | Change::Later(_), None) => {
            return Outcome::Ask("When should it be due?".to_owned());
        }
        _ => return Outcome::Ask(questions::new_title(id)),
    };
    let arguments = json!({ "task_id": id, "title": title, "description": description });
    call("update_task", arguments)
}
