//! From an order to tool calls, or to the reason why there are none.

use std::collections::HashSet;

use jiff::Zoned;
use serde_json::{Value, json};

use crate::answers::{self, mention, say, say_of, verb};
use crate::command::{Act, Change, NewTask, Status, Target};
use crate::due;
use crate::listing::{FOUND, Listing};
use crate::matching::{self, Found};
use crate::plan::Plan;
use crate::reply::Reply;
use crate::results::{self, Fate, Task};
use crate::text::capitalised;

/// Asks the person which of several tasks was meant, with choices to click.
pub(crate) const ASK: &str = "ask_person";
/// How many choices the person can be asked to choose from.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=8;

/// The arguments for a new task. What its title says about time goes into the description, unless it was quoted.
pub(crate) fn new(task: NewTask, now: Option<&Zoned>) -> Value {
    let (mut title, mut description) = (task.title, task.description);
    let now = now.filter(|_| !task.verbatim);
    if let Some(draft) = now.map(|now| capture::capture(&title, now))
        && let Some(due) = draft.due
    {
        title = capitalised(&draft.title);
        description = Some(due::with(&description.unwrap_or_default(), due));
    }
    match description {
        Some(description) => json!({ "title": title, "description": description }),
        None => json!({ "title": title }),
    }
}

/// Adds to the plan what comes of an order about tasks that are there.
pub(crate) fn on(act: Act, target: &Target, change: &Change, plan: &mut Plan) -> Result<(), Reply> {
    let mut ids: Vec<i64> = Vec::new();
    for part in parts(act, target, &plan.listed) {
        ids.extend(targets(act, &part, plan)?);
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    match (act, ids.as_slice()) {
        (_, []) => {}
        (Act::Show, ids) => return show(ids, plan),
        (Act::Update, [id]) => update(*id, change, plan),
        (Act::Update, _) => plan.say("one at a time", &[]),
        (Act::Reopen, _) if !plan.has(act.tool()) => plan.say("no reopen", &[]),
        (Act::Complete | Act::Reopen | Act::Delete, ids) => {
            for id in ids {
                plan.later(act.tool(), json!({ "task_id": id }));
            }
        }
    }
    Ok(())
}

/// The parts of "rent and milk" when no single task is called that.
fn parts(act: Act, target: &Target, listed: &[Task]) -> Vec<Target> {
    match target {
        Target::Words(words)
            if !matches!(act, Act::Update | Act::Show)
                && matching::all(words, listed).is_empty() =>
        {
            let commas = words.replace(" and ", ",").replace(" & ", ",");
            let parts = commas
                .split(',')
                .map(|part| part.trim().trim_start_matches("the ").trim());
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(|part| Target::Words(part.to_owned())).collect()
        }
        _ => vec![target.clone()],
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

/// The numbers of the tasks meant. Where there are none the plan says why, or asks.
fn targets(act: Act, target: &Target, plan: &mut Plan) -> Result<Vec<i64>, Reply> {
    let tasks = match target {
        Target::Ids(ids) => return Ok(ids.clone()),
        Target::Words(words) => return named(act, words, plan),
        Target::It => {
            plan.change()?;
            return Ok(plan.added.into_iter().collect());
        }
        Target::Them | Target::Place(_) | Target::Missing => {
            plan.ask("which task", &[&verb(act)]);
            return Ok(Vec::new());
        }
        Target::Every(words) => matching::all(words, &plan.listed),
        Target::All(status) | Target::Confirmed(status) => {
            let of_kind = |task: &&Task| status.holds(task.completed);
            plan.listed.iter().filter(of_kind).collect()
        }
    };
    let tasks = tasks.into_iter().filter(|task| applies(act, task));
    let ids: Vec<i64> = tasks.map(|task| task.id).collect();
    match (act, target) {
        _ if ids.is_empty() => plan.say("nothing to", &[&verb(act)]),
        // Where the person can be asked by the application, it asks before it deletes several.
        (Act::Delete, Target::All(status @ (Status::All | Status::Pending))) if !plan.has(ASK) => {
            let open = if *status == Status::All { "" } else { "open " };
            plan.ask("sure", &[&format!("{} {open}tasks", ids.len())]);
            return Ok(Vec::new());
        }
        _ => {}
    }
    Ok(ids)
}

/// The same for a task that is named by words.
fn named(act: Act, words: &str, plan: &mut Plan) -> Result<Vec<i64>, Reply> {
    let listed = plan.listed.clone();
    match matching::find(words, &listed, |task| applies(act, task)) {
        Found::One(task) if applies(act, task) => return Ok(vec![task.id]),
        Found::One(task) => {
            plan.say("already", &[&mention(task.id, &task.title), &task.state()]);
        }
        Found::Several(tasks) if act == Act::Show => {
            return Ok(tasks.iter().map(|task| task.id).collect());
        }
        Found::Several(tasks) => {
            let number = capitalised(&answers::number(tasks.len()));
            return choose(act, &tasks, &say("many match", &[&number, &words]), plan);
        }
        Found::Similar(tasks) => {
            let head = say_of(tasks.len(), "did you mean", &[&words]);
            return choose(act, &tasks, &head, plan);
        }
        Found::Nothing if listed.is_empty() => plan.say("no match in nothing", &[&words]),
        Found::Nothing => plan.say("no match", &[&words]),
    }
    Ok(Vec::new())
}

/// Asks which of several tasks was meant, in words where nobody can show choices.
fn choose(act: Act, tasks: &[&Task], head: &str, plan: &mut Plan) -> Result<Vec<i64>, Reply> {
    if plan.has(ASK) && OPTIONS.contains(&tasks.len()) {
        plan.change()?;
        let mut options: Vec<Task> = tasks.iter().copied().cloned().collect();
        let titles: HashSet<&str> = tasks.iter().map(|task| task.title.as_str()).collect();
        if titles.len() < tasks.len() {
            for option in &mut options {
                option.title = format!("#{} {}", option.id, option.title);
            }
        }
        let titles: Vec<&str> = options.iter().map(|option| option.title.as_str()).collect();
        let question = say("which one", &[&verb(act)]);
        let done = plan.call(ASK, json!({ "question": question, "options": titles }))?;
        if done.result.get("skipped") == Some(&true.into()) || done.fate() == Fate::Refused {
            plan.say("left", &[]);
            return Ok(Vec::new());
        }
        let answer = results::text(&done.result, "answer");
        if let Found::One(task) = matching::find(answer, &options, |_| true) {
            return Ok(vec![task.id]);
        }
    }
    plan.questions.push(answers::which(act, head, tasks));
    Ok(Vec::new())
}

fn show(ids: &[i64], plan: &mut Plan) -> Result<(), Reply> {
    let tasks = plan.listed.iter().filter(|task| ids.contains(&task.id));
    let tasks: Vec<Task> = tasks.cloned().collect();
    match (tasks.as_slice(), ids) {
        ([], [id]) => plan.say("no such", &[id]),
        ([task], _) => {
            let description = match task.description.as_deref() {
                None | Some("") => say("no description", &[]),
                Some(text) => say("its description", &[&text]),
            };
            let task = (mention(task.id, &task.title), task.state());
            plan.say("one", &[&task.0, &task.1, &description]);
        }
        _ => return plan.show(Listing::new(FOUND, tasks)),
    }
    Ok(())
}

fn update(id: i64, change: &Change, plan: &mut Plan) {
    let task = plan.listed.iter().find(|task| task.id == id);
    let described = due::described(change, task, plan.turn.now.as_ref());
    let dates = matches!(change, Change::Due(_) | Change::Later(_));
    let arguments = match (change, described) {
        (Change::Title(title), _) => json!({ "task_id": id, "title": title }),
        (_, Some(description)) => json!({ "task_id": id, "description": description }),
        _ if dates => return plan.ask("when", &[]),
        _ => return plan.ask("what new title", &[&id]),
    };
    plan.moved |= dates;
    plan.later(Act::Update.tool(), arguments);
}
