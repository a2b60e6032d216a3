//! From the messages of a request to the next one: which tools to call now, or what to say.
//!
//! A turn is up to a handful of steps: look the list up if a task was named by words, make the
//! changes, make those of a task just added, ask the person which task was meant and make that
//! change, ask for what is to be shown, show it.

use jiff::Zoned;
use serde_json::{Value, json};

use crate::answers;
use crate::command::{Act, Change, Command, Status, Target};
use crate::due::{self, Days};
use crate::faults::{self, Fault};
use crate::history::Turn;
use crate::listing::{Listing, Of};
use crate::matching::{self, Found};
use crate::plan::{ASK, Choice, Plan};
use crate::reply::{Call, Reply};
use crate::resolve::resolve;
use crate::results::{self, Done, Fate, Task};
use crate::wire::Request;
use crate::{reference, titles};

/// How many choices the person can be asked to choose from.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=8;
/// Puts tasks on a card. Longer lists are told in words.
const SHOW: &str = "show_tasks";
const ON_A_CARD: std::ops::RangeInclusive<usize> = 1..=30;

/// Whether the caller wants a title for a conversation and no answer.
pub(crate) fn is_about_a_title(request: &Request) -> bool {
    titles::is_asked_for(&Turn::of(&request.messages).prompt)
}

/// What the assistant says next, wrong in the way of the faults.
pub(crate) fn reply(request: &Request, faults: &[Fault]) -> Reply {
    let mut turn = Turn::of(&request.messages);
    if titles::is_asked_for(&turn.prompt) {
        return Reply::text(titles::of(&turn));
    }
    let step = turn.steps.len();
    let mistaken = faults::begin_with_a_mistake(faults);
    if mistaken && step > 0 {
        // The mistake is no work that was done.
        turn.steps.remove(0);
    }
    let (Ok(reply) | Err(reply)) = answer(Plan::new(&turn, &request.tools));
    faults::mislead(reply, faults, step, mistaken && step == 0)
}

/// The answer, or as an error the calls that are to be made before it.
fn answer(mut plan: Plan<'_>) -> Result<Reply, Reply> {
    let commands = reference::commands(plan.turn);
    if commands.iter().any(|command| needs_list(command, &plan)) {
        look(&mut plan)?;
    }
    for command in &commands {
        resolve(command, &mut plan);
    }
    if plan.beyond > 0 && plan.calls.is_empty() {
        plan.said.push(answers::not_seen(plan.beyond));
    }
    let queries: Vec<(&Command, Call)> = commands
        .iter()
        .filter_map(|command| Some((command, query(command, &plan)?)))
        .collect();
    // Each of them may be followed by a card.
    let kept = queries.len() * 2;
    plan.change(kept)?;
    let added = plan.done.iter().rev().find(|done| done.name == "add_task");
    if let Some(id) = added.and_then(|done| done.id()) {
        for command in &commands {
            if let Command::On(act, Target::It, change) = command {
                let command = Command::On(*act, Target::Ids(vec![id]), change.clone());
                resolve(&command, &mut plan);
            }
        }
        plan.change(kept)?;
    }
    for choice in std::mem::take(&mut plan.choices) {
        choose(choice, &mut plan)?;
        plan.change(kept)?;
    }
    let shown = show(&queries, &mut plan)?;
    Ok(compose(plan, shown))
}

/// What was done, what could not be, what was asked for; a question last, because the next turn looks for it there.
fn compose(plan: Plan<'_>, shown: Vec<String>) -> Reply {
    let mut parts = answers::changes(&plan.done, plan.moved);
    parts.extend(plan.said);
    if plan.left > 0 && plan.done.iter().all(|done| done.fate() != Fate::Refused) {
        parts.push(answers::stopped(plan.done.len(), plan.left));
    }
    parts.extend(shown);
    if plan.questions.len() > 1 {
        parts.push(answers::QUESTIONS.to_owned());
    }
    parts.extend(plan.questions.into_iter().take(1));
    if parts.is_empty() {
        parts.push(answers::NOTHING_DONE.to_owned());
    }
    Reply::text(parts.join("\n\n"))
}

/// Whether the whole list has to be looked at before anything else.
fn needs_list(command: &Command, plan: &Plan<'_>) -> bool {
    let Command::On(act, target, change) = command else {
        return false;
    };
    match (target, change) {
        (Target::It | Target::Missing, _) => false,
        (Target::Ids(_), Change::Due(_) | Change::Later(_)) => true,
        // What else the description says is kept.
        (Target::Ids(_), Change::Description(_) | Change::Note(_)) => plan.turn.now.is_some(),
        (Target::Ids(_), _) => *act == Act::Show,
        _ => true,
    }
}

fn look(plan: &mut Plan<'_>) -> Result<(), Reply> {
    let first = plan.make(vec![list(Status::All)])?;
    let Some(done) = first.iter().find(|done| done.name == "list_tasks") else {
        // Asked to answer again, the caller kept what was changed and left out the look before it.
        let done: Vec<&Done> = plan.turn.steps.iter().flatten().collect();
        return Err(Reply::text(answers::changes(&done, false).join("\n\n")));
    };
    let tasks = results::list(&done.result);
    plan.listed = tasks.ok_or_else(|| Reply::text(answers::list_failed(&done.result)))?;
    plan.beyond = results::beyond(&done.result);
    Ok(())
}

fn list(status: Status) -> Call {
    let status = match status {
        Status::All => "all",
        Status::Pending => "pending",
        Status::Completed => "completed",
    };
    ("list_tasks".to_owned(), json!({ "status": status }))
}

/// Asks which of several tasks was meant, and adds what becomes of the command then.
fn choose(choice: Choice, plan: &mut Plan<'_>) -> Result<(), Reply> {
    let Choice {
        act,
        change,
        candidates,
        in_words,
    } = choice;
    if !plan.has(ASK) || !OPTIONS.contains(&candidates.len()) {
        plan.questions.push(in_words);
        return Ok(());
    }
    let alike = |title: &str| candidates.iter().filter(|task| task.title == title).count() > 1;
    let options = candidates.iter().map(|task| {
        if alike(&task.title) {
            format!("#{} {}", task.id, task.title)
        } else {
            task.title.clone()
        }
    });
    let options: Vec<String> = options.collect();
    let arguments = json!({ "question": answers::which_one(act), "options": options });
    let asked = plan.make(vec![(ASK.to_owned(), arguments)])?;
    let Some(done) = asked.first() else {
        return Ok(());
    };
    if done.result.get("skipped") == Some(&Value::Bool(true)) || done.fate() == Fate::Refused {
        plan.said.push(answers::LEFT.to_owned());
        return Ok(());
    }
    let answer = done
        .result
        .get("answer")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim();
    let mut both = options.iter().zip(&candidates);
    let chosen = both
        .find(|(option, _)| option.trim() == answer)
        .map(|(_, task)| task);
    let chosen = chosen.or_else(|| match matching::find(answer, &candidates, |_| true) {
        Found::One(task) => Some(task),
        _ => None,
    });
    match chosen {
        Some(task) => resolve(&Command::On(act, Target::Ids(vec![task.id]), change), plan),
        None => plan.questions.push(in_words),
    }
    Ok(())
}

/// The call that answers a question about the list.
fn query(command: &Command, plan: &Plan<'_>) -> Option<Call> {
    match command {
        Command::List(status) => Some(list(*status)),
        Command::Due(_) => Some(list(Status::Pending)),
        Command::Summary if plan.has("task_summary") => {
            Some(("task_summary".to_owned(), json!({})))
        }
        Command::Summary => Some(list(Status::All)),
        _ => None,
    }
}

/// Lists that were asked for: looked up, put on a card where there is a tool for it, told.
fn show(queries: &[(&Command, Call)], plan: &mut Plan<'_>) -> Result<Vec<String>, Reply> {
    let asked = plan.make(queries.iter().map(|(_, call)| call.clone()).collect())?;
    let found = std::mem::take(&mut plan.listings).into_iter().map(Ok);
    let read = queries
        .iter()
        .zip(asked)
        .map(|((command, _), done)| read(command, done, plan.turn.now.as_ref()));
    let mut shown: Vec<Result<Listing, String>> = found.chain(read).collect();
    let cards = shown.iter_mut().flatten();
    let cards = cards.filter(|list| plan.has(SHOW) && ON_A_CARD.contains(&list.tasks.len()));
    let mut cards: Vec<&mut Listing> = cards.collect();
    let calls = cards.iter().map(|list| {
        let ids: Vec<i64> = list.tasks.iter().map(|task| task.id).collect();
        (
            SHOW.to_owned(),
            json!({ "task_ids": ids, "title": list.heading() }),
        )
    });
    let made = plan.make(calls.collect())?;
    for (list, done) in cards.iter_mut().zip(made) {
        list.on_card = done.fate() == Fate::Made;
        let gone = done.result.get("not_found").and_then(Value::as_array);
        list.tasks
            .retain(|task| !gone.is_some_and(|gone| gone.contains(&task.id.into())));
    }
    Ok(shown
        .into_iter()
        .map(|shown| shown.map_or_else(|text| text, |list| list.told()))
        .collect())
}

/// What a query found: tasks, or what to say without them.
fn read(command: &Command, done: &Done, now: Option<&Zoned>) -> Result<Listing, String> {
    if done.name == "task_summary" {
        return Err(answers::summary(&done.result));
    }
    let tasks = results::list(&done.result).ok_or_else(|| answers::list_failed(&done.result))?;
    let (of, tasks) = match (command, now) {
        (Command::Due(when), Some(now)) => due_then(when.as_deref(), tasks, now),
        (Command::List(Status::Pending) | Command::Due(_), _) => (Of::Open, tasks),
        (Command::List(Status::Completed), _) => (Of::Done, tasks),
        _ => (Of::All, tasks),
    };
    let beyond = results::beyond(&done.result);
    Ok(Listing {
        beyond,
        ..Listing::new(of, tasks)
    })
}

/// The tasks due then, soonest first; all open ones when nobody can tell.
fn due_then(when: Option<&str>, tasks: Vec<Task>, now: &Zoned) -> (Of, Vec<Task>) {
    let Some(days) = Days::read(when, now) else {
        return (Of::Open, tasks);
    };
    let dated = tasks
        .into_iter()
        .filter_map(|task| Some((due::of(&task)?, task)));
    let mut found: Vec<_> = dated.filter(|(due, _)| days.hold(*due, now)).collect();
    found.sort_by_key(|(due, _)| *due);
    (
        Of::Due(days.label),
        found.into_iter().map(|(_, task)| task).collect(),
    )
}
