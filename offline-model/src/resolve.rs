//! From a command to tool calls, or to the reason why there are none.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::answers;
use crate::command::{Act, Change, Command, NewTask, Status, Target};
use crate::matching::{self, Found};
use crate::planner::{ASK, Scene};
use crate::reply::Call;
use crate::results::Task;
use crate::{due, language, questions};

/// What becomes of one command.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub calls: Vec<Call>,
    /// What is to be said that is not the result of a call.
    pub said: Vec<String>,
    /// Questions; the last line of one tells the next turn what was asked.
    pub questions: Vec<String>,
    /// Questions that the person can answer by choosing.
    pub choices: Vec<Choice>,
    /// Tasks that were looked for.
    pub found: Option<Vec<Task>>,
}

/// Several tasks fit, or come near.
#[derive(Debug)]
pub(crate) struct Choice {
    pub act: Act,
    /// What is to be done with the one that is chosen.
    pub command: Command,
    pub candidates: Vec<Task>,
    /// The question for those whom nobody can show choices to.
    pub in_words: String,
}

impl Outcome {
    pub fn say(text: impl Into<String>) -> Self {
        Self {
            said: vec![text.into()],
            ..Self::default()
        }
    }

    pub fn ask(text: impl Into<String>) -> Self {
        Self {
            questions: vec![text.into()],
            ..Self::default()
        }
    }
}

/// Whether the whole list has to be looked at before anything else.
pub(crate) fn needs_list(command: &Command, scene: &Scene<'_>) -> bool {
    let Command::On(act, target, change) = command else {
        return false;
    };
    match target {
        Target::Missing | Target::JustAdded => false,
        Target::Ids(_) => {
            // What else the description says is kept.
            let described = change.description.is_some() && scene.now.is_some();
            *act == Act::Show || change.moved.is_some() || described
        }
        Target::It | Target::Them | Target::Nth(_) | Target::LastOne => *act == Act::Show,
        _ => true,
    }
}

/// `listed` is the whole list if the command needs it, else empty.
pub(crate) fn resolve(command: &Command, listed: &[Task], scene: &Scene<'_>) -> Outcome {
    match command {
        Command::Add(tasks) if tasks.is_empty() => Outcome::ask(questions::TITLE),
        Command::Add(tasks) => Outcome {
            calls: tasks.iter().map(add).collect(),
            ..Outcome::default()
        },
        Command::On(act, target, change) => on(*act, target, change, listed, scene),
        Command::Offer(tasks) => Outcome::ask(questions::offer(tasks)),
        Command::Say(talk) => Outcome::say(answers::talk(*talk)),
        Command::Undo => Outcome::say(answers::CANNOT_UNDO),
        Command::GoOn => Outcome::say(answers::NOTHING_DONE),
        Command::Unknown => {
            let foreign = language::foreign(scene.said).map(str::to_owned);
            Outcome::say(foreign.unwrap_or_else(answers::not_understood))
        }
        Command::List(_) | Command::Summary | Command::Due(_) => Outcome::default(),
    }
}

fn add(task: &NewTask) -> Call {
    let fields = [
        ("title", Some(&task.title)),
        ("description", task.description.as_ref()),
    ];
    ("add_task".to_owned(), with(json!({}), fields))
}

/// Arguments with those of the texts that are there.
fn with(mut arguments: Value, texts: [(&str, Option<&String>); 2]) -> Value {
    if let Some(arguments) = arguments.as_object_mut() {
        let present = texts
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), json!(text?))));
        arguments.extend(present);
    }
    arguments
}

fn on(act: Act, target: &Target, change: &Change, listed: &[Task], scene: &Scene<'_>) -> Outcome {
    // Where the person can be asked by the application, it asks before it deletes several.
    if let (Act::Delete, Target::All(status @ (Status::All | Status::Pending))) = (act, target)
        && !scene.has(ASK)
    {
        let count = listed.iter().filter(|task| is(task, *status)).count();
        return match count {
            0 => Outcome::say(answers::nothing_to(act)),
            _ => Outcome::ask(questions::are_you_sure(count, *status)),
        };
    }
    let parts = match target {
        Target::Words(words) if !matches!(act, Act::Update | Act::Show) => {
            several(words, act, listed)
        }
        _ => None,
    };
    let mut outcome = Outcome::default();
    let mut ids = Vec::new();
    for part in parts.unwrap_or_else(|| vec![target.clone()]) {
        match targets(act, &part, change, listed) {
            Ok(found) => ids.extend(found),
            Err(why) => {
                outcome.said.extend(why.said);
                outcome.questions.extend(why.questions);
                outcome.choices.extend(why.choices);
            }
        }
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    match (act, ids.as_slice()) {
        (_, []) => outcome,
        (Act::Show, ids) => found(ids, listed),
        (Act::Update, [id]) => update(*id, change, listed, scene),
        (Act::Update, _) => {
            Outcome::say("I can change only one task at a time. Tell me its number.")
        }
        (_, ids) => {
            let call = |id: &i64| match act {
                Act::Delete => Some(("delete_task".to_owned(), json!({ "task_id": id }))),
                Act::Reopen => scene.reopening(*id),
                _ => Some(("complete_task".to_owned(), json!({ "task_id": id }))),
            };
            outcome.calls = ids.iter().filter_map(call).collect();
            if outcome.calls.is_empty() {
                outcome.said.push(answers::CANNOT_REOPEN.to_owned());
            }
            outcome
        }
    }
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
        ([], [id]) => Outcome::say(answers::no_such(*id)),
        ([task], _) => Outcome::say(answers::describe(task)),
        _ => Outcome {
            found: Some(tasks),
            ..Outcome::default()
        },
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

/// The numbers of the tasks meant, or what to say instead.
fn targets(
    act: Act,
    target: &Target,
    change: &Change,
    listed: &[Task],
) -> Result<Vec<i64>, Outcome> {
    let ids = |tasks: Vec<&Task>| tasks.iter().map(|task| task.id).collect();
    let choose = |tasks: &[&Task], in_words: String| {
        let choice = Choice {
            act,
            command: Command::On(act, target.clone(), change.clone()),
            candidates: tasks.iter().map(|task| (*task).clone()).collect(),
            in_words,
        };
        Outcome {
            choices: vec![choice],
            ..Outcome::default()
        }
    };
    let applying = |mut tasks: Vec<&Task>| {
        tasks.retain(|task| applies(act, task));
        match tasks.as_slice() {
            [] => Err(Outcome::say(answers::nothing_to(act))),
            _ => Ok(ids(tasks)),
        }
    };
    match target {
        Target::Ids(ids) => Ok(ids.clone()),
        Target::JustAdded => Err(Outcome::default()),
        Target::FirstOf(ids) => {
            let exists = |id: &&i64| {
                listed
                    .iter()
                    .any(|task| task.id == **id && applies(act, task))
            };
            let first = ids.iter().find(exists).or(ids.first());
            Ok(first.copied().into_iter().collect())
        }
        Target::Words(words) => match matching::find(words, listed, |task| applies(act, task)) {
            Found::One(task) if applies(act, task) => Ok(vec![task.id]),
            Found::One(task) => Err(Outcome::say(answers::already(act, task))),
            Found::Several(tasks) if act == Act::Show => Ok(ids(tasks)),
            Found::Several(tasks) => Err(choose(&tasks, questions::which(act, words, &tasks))),
            Found::Similar(tasks) => {
                Err(choose(&tasks, questions::did_you_mean(act, words, &tasks)))
            }
            Found::Nothing => Err(Outcome::say(answers::no_match(words, listed))),
        },
        Target::Every(words) => match matching::all(words, listed) {
            none if none.is_empty() => Err(Outcome::say(answers::no_match(words, listed))),
            tasks => applying(tasks),
        },
        Target::All(status) | Target::Confirmed(status) => {
            applying(listed.iter().filter(|task| is(task, *status)).collect())
        }
        Target::It | Target::Them | Target::Nth(_) | Target::LastOne | Target::Missing => {
            Err(Outcome::ask(questions::which_at_all(act)))
        }
    }
}

fn update(id: i64, change: &Change, listed: &[Task], scene: &Scene<'_>) -> Outcome {
    let task = listed.iter().find(|task| task.id == id);
    let description = due::described(change, task, scene.now.as_ref());
    if change.title.is_none() && description.is_none() {
        return Outcome::ask(match change.moved {
            Some(_) => "When should it be due?".to_owned(),
            None => questions::new_title(id),
        });
    }
    let fields = [
        ("title", change.title.as_ref()),
        ("description", description.as_ref()),
    ];
    Outcome {
        calls: vec![(
            "update_task".to_owned(),
            with(json!({ "task_id": id }), fields),
        )],
        ..Outcome::default()
    }
}
