//! From a command to tool calls, or to the reason why there are none.

use jiff::Zoned;
use serde_json::{Value, json};

use crate::answers;
use crate::command::{Act, Change, Command, NewTask, Status, Target};
use crate::listing::{Listing, Of};
use crate::matching::{self, Found};
use crate::plan::{ASK, Choice, Plan};
use crate::reply::Call;
use crate::results::Task;
use crate::text::capitalised;
use crate::{due, language};

/// Adds to the plan what comes of a command that is no question about the list.
pub(crate) fn resolve(command: &Command, plan: &mut Plan<'_>) {
    let said = match command {
        Command::Add(tasks) if tasks.is_empty() => {
            return plan.questions.push(answers::TITLE.to_owned());
        }
        Command::Add(tasks) => {
            let now = plan.turn.now.as_ref();
            return plan.calls.extend(tasks.iter().map(|task| add(task, now)));
        }
        Command::Offer(tasks) => return plan.questions.push(answers::offer(tasks)),
        Command::On(act, target, change) => return on(*act, target, change, plan),
        Command::Undo if plan.has("undo") => return plan.calls.push(call("undo", json!({}))),
        Command::Undo => answers::CANNOT_UNDO,
        Command::GoOn => answers::NOTHING_DONE,
        Command::Yes => answers::YES,
        Command::No => answers::NO,
        Command::Talk(said) => said,
        Command::Unknown => language::foreign(&plan.turn.user).unwrap_or(answers::NOT_UNDERSTOOD),
        Command::List(_) | Command::Summary | Command::Due(_) => return,
    };
    plan.said.push(said.to_owned());
}

/// A call without the arguments that are not known.
fn call(name: &str, mut arguments: Value) -> Call {
    if let Some(arguments) = arguments.as_object_mut() {
        arguments.retain(|_, argument| !argument.is_null());
    }
    (name.to_owned(), arguments)
}

/// What a title says about time goes into the description, unless the title was quoted.
fn add(task: &NewTask, now: Option<&Zoned>) -> Call {
    let mut task = task.clone();
    let now = now.filter(|_| !task.verbatim);
    if let Some(draft) = now.map(|now| capture::capture(&task.title, now))
        && let Some(due) = draft.due
    {
        task.title = capitalised(&draft.title);
        task.description = Some(due::with(&task.description.unwrap_or_default(), due));
    }
    let arguments = json!({ "title": task.title, "description": task.description });
    call("add_task", arguments)
}

fn on(act: Act, target: &Target, change: &Change, plan: &mut Plan<'_>) {
    // Where the person can be asked by the application, it asks before it deletes several.
    if let (Act::Delete, Target::All(status @ (Status::All | Status::Pending))) = (act, target)
        && !plan.has(ASK)
    {
        let count = plan
            .listed
            .iter()
            .filter(|task| status.holds(task.completed))
            .count();
        return match count {
            0 => plan.said.push(answers::nothing_to(act)),
            _ => plan.questions.push(answers::are_you_sure(count, *status)),
        };
    }
    let mut ids: Vec<i64> = Vec::new();
    for part in parts(act, target, &plan.listed) {
        for id in targets(act, &part, change, plan) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    match (act, ids.as_slice()) {
        (_, []) => {}
        (Act::Show, ids) => show(ids, plan),
        (Act::Update, [id]) => update(*id, change, plan),
        (Act::Update, _) => plan.said.push(answers::ONE_AT_A_TIME.to_owned()),
        (Act::Reopen, _) if !plan.has(act.tool()) => {
            plan.said.push(answers::CANNOT_REOPEN.to_owned());
        }
        (Act::Complete | Act::Reopen | Act::Delete, ids) => {
            plan.calls.extend(
                ids.iter()
                    .map(|id| call(act.tool(), json!({ "task_id": id }))),
            );
        }
    }
}

/// The parts of "rent and milk" when no single task is called that.
fn parts(act: Act, target: &Target, listed: &[Task]) -> Vec<Target> {
    if let Target::Words(words) = target
        && !matches!(act, Act::Update | Act::Show)
        && matches!(
            matching::find(words, listed, |_| true),
            Found::Similar(_) | Found::Nothing
        )
    {
        let commas = words.replace(" and ", ",").replace(" & ", ",");
        let parts = commas
            .split(',')
            .map(|part| part.trim().trim_start_matches("the ").trim());
        let parts = parts.filter(|part| !part.is_empty());
        return parts.map(|part| Target::Words(part.to_owned())).collect();
    }
    vec![target.clone()]
}

/// Whether it makes sense for the task as it is.
fn applies(act: Act, task: &Task) -> bool {
    match act {
        Act::Complete => !task.completed,
        Act::Reopen => task.completed,
        Act::Delete | Act::Update | Act::Show => true,
    }
}

/// The numbers of the tasks meant. Where there are none the plan says why, or asks.
fn targets(act: Act, target: &Target, change: &Change, plan: &mut Plan<'_>) -> Vec<i64> {
    let tasks: Vec<&Task> = match target {
        Target::Ids(ids) => return ids.clone(),
        Target::Words(words) => return named(act, words, change, plan),
        Target::It => return Vec::new(),
        Target::Them | Target::Place(_) | Target::Missing => {
            plan.questions.push(answers::which_at_all(act));
            return Vec::new();
        }
        Target::Every(words) => matching::all(words, &plan.listed),
        Target::All(status) | Target::Confirmed(status) => plan
            .listed
            .iter()
            .filter(|task| status.holds(task.completed))
            .collect(),
    };
    let tasks = tasks.into_iter().filter(|task| applies(act, task));
    let ids: Vec<i64> = tasks.map(|task| task.id).collect();
    if ids.is_empty() {
        plan.said.push(answers::nothing_to(act));
    }
    ids
}

/// The same for one task that is named by words.
fn named(act: Act, words: &str, change: &Change, plan: &mut Plan<'_>) -> Vec<i64> {
    let (in_words, candidates) =
        match matching::find(words, &plan.listed, |task| applies(act, task)) {
            Found::One(task) if applies(act, task) => return vec![task.id],
            Found::One(task) => {
                plan.said.push(answers::already(act, task));
                return Vec::new();
            }
            Found::Several(tasks) if act == Act::Show => {
                return tasks.iter().map(|task| task.id).collect();
            }
            Found::Several(tasks) => (answers::which(act, words, &tasks), tasks),
            Found::Similar(tasks) => (answers::did_you_mean(act, words, &tasks), tasks),
            Found::Nothing => {
                plan.said
                    .push(answers::no_match(words, plan.listed.is_empty()));
                return Vec::new();
            }
        };
    let candidates = candidates.into_iter().cloned().collect();
    let change = change.clone();
    plan.choices.push(Choice {
        act,
        change,
        candidates,
        in_words,
    });
    Vec::new()
}

fn show(ids: &[i64], plan: &mut Plan<'_>) {
    let tasks = plan.listed.iter().filter(|task| ids.contains(&task.id));
    let tasks: Vec<Task> = tasks.cloned().collect();
    match (tasks.as_slice(), ids) {
        ([], [id]) => plan.said.push(answers::no_such(*id)),
        ([task], _) => plan.said.push(answers::describe(task)),
        _ => plan.listings.push(Listing::new(Of::Found, tasks)),
    }
}

fn update(id: i64, change: &Change, plan: &mut Plan<'_>) {
    let task = plan.listed.iter().find(|task| task.id == id);
    let arguments = match (change, due::described(change, task, plan.turn.now.as_ref())) {
        (Change::Title(title), _) => json!({ "task_id": id, "title": title }),
        (_, Some(description)) => json!({ "task_id": id, "description": description }),
        (Change::Due(_) | Change::Later(_), None) => {
            return plan.questions.push(answers::WHEN.to_owned());
        }
        _ => return plan.questions.push(answers::new_title(id)),
    };
    plan.moved |= matches!(change, Change::Due(_) | Change::Later(_));
    plan.calls.push(call(Act::Update.tool(), arguments));
}
