//! From the messages of a request to the next one: which tools to call now, or what to say.
//!
//! A turn is up to a handful of steps: look the list up if a task was named by words, then for each
//! command ask which task was meant, make the changes, look up what is to be shown, show it.

use serde_json::json;

use crate::answers;
use crate::command::{Act, Change, Command, Status, Target};
use crate::due;
use crate::faults::{self, Fault};
use crate::history::Turn;
use crate::language;
use crate::listing::{ALL, DONE, Listing, OPEN};
use crate::plan::Plan;
use crate::reply::Reply;
use crate::results;
use crate::wire::Request;
use crate::{orders, reference, titles};

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
    let (Ok(reply) | Err(reply)) = answer(Plan::new(turn, request.tools.clone()));
    faults::mislead(reply, faults, step, mistaken && step == 0)
}

/// The answer, or as an error the calls that are to be made before it.
fn answer(mut plan: Plan) -> Result<Reply, Reply> {
    let commands = reference::commands(&plan.turn);
    if commands.iter().any(|command| needs_list(command, &plan)) {
        look(&mut plan)?;
    }
    let asks = |command: &&Command| !matches!(command, Command::Add(_) | Command::On(..));
    // Each list that is asked for may be followed by a card.
    plan.kept = commands.iter().filter(asks).count() * 2;
    for command in commands {
        run(command, &mut plan)?;
    }
    plan.change()?;
    Ok(plan.answer())
}

/// Whether the whole list has to be looked at before anything else.
fn needs_list(command: &Command, plan: &Plan) -> bool {
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

fn look(plan: &mut Plan) -> Result<(), Reply> {
    let done = plan.call("list_tasks", json!({ "status": "all" }))?;
    if done.name != "list_tasks" {
        // Asked to answer again, the caller kept what was changed and left out the look before it.
        let done = plan.turn.steps.concat();
        return Err(Reply::text(answers::changes(&done, false).join("\n\n")));
    }
    let tasks = results::list(&done.result);
    plan.listed = tasks.ok_or_else(|| Reply::text(answers::list_failed(&done.result)))?;
    plan.beyond = results::beyond(&done.result);
    Ok(())
}

fn run(command: Command, plan: &mut Plan) -> Result<(), Reply> {
    match command {
        Command::Add(tasks) if tasks.is_empty() => plan.ask("what title", &[]),
        Command::Add(tasks) => {
            for task in tasks {
                plan.later("add_task", orders::new(task, plan.turn.now.as_ref()));
            }
        }
        Command::Offer(tasks) => match tasks.as_slice() {
            [task] => plan.ask("offer", &[&format!("“{}” as a task", task.title)]),
            _ => plan.ask("offer", &[&format!("these {} tasks", tasks.len())]),
        },
        Command::On(act, target, change) => return orders::on(act, &target, &change, plan),
        Command::List(_) | Command::Summary | Command::Due(_) => return tell(&command, plan),
        Command::Undo if plan.has("undo") => plan.later("undo", json!({})),
        Command::Undo => plan.say("no undo", &[]),
        Command::GoOn => {}
        Command::Yes => plan.say("yes", &[]),
        Command::No => plan.say("no", &[]),
        Command::Talk(name) => plan.say(name, &[]),
        Command::Unknown => match language::foreign(&plan.turn.user) {
            Some(said) => plan.shown.push(said.to_owned()),
            None => plan.say("not understood", &[]),
        },
    }
    Ok(())
}

/// Looks up and shows what a question about the list asks for.
fn tell(command: &Command, plan: &mut Plan) -> Result<(), Reply> {
    plan.change()?;
    if *command == Command::Summary && plan.has("task_summary") {
        let done = plan.call("task_summary", json!({}))?;
        plan.shown.push(answers::summary(&done.result));
        return Ok(());
    }
    let (status, of) = match command {
        Command::List(Status::Completed) => ("completed", DONE),
        Command::List(Status::Pending) | Command::Due(_) => ("pending", OPEN),
        _ => ("all", ALL),
    };
    let result = &plan.call("list_tasks", json!({ "status": status }))?.result;
    let Some(tasks) = results::list(result) else {
        plan.shown.push(answers::list_failed(result));
        return Ok(());
    };
    let mut listing = Listing::new(of, tasks);
    listing.beyond = results::beyond(result);
    if let (Command::Due(when), Some(now)) = (command, &plan.turn.now) {
        (listing.due, listing.tasks) = due::then(when.as_deref(), listing.tasks, now);
    }
    plan.show(listing)
}
