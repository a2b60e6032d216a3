//! Lists that were asked for: looked up, put on a card where there is a tool for it, told.

use serde_json::{Value, json};

use super::resolve::Outcome;
use super::{Call, Scene, Steps, call};
use crate::Reply;
use crate::answer::{self, ListKind, Listing};
use crate::command::{Command, Status};
use crate::history::Done;
use crate::tasks::{self, Task};
use crate::when::{self, Span};

const TOOL: &str = "show_tasks";
/// How many tasks a card takes; longer lists are told in words.
const ON_A_CARD: std::ops::RangeInclusive<usize> = 1..=30;

/// One thing to be shown.
enum Shown {
    List(Listing),
    Text(String),
}

/// The next calls, or the texts when everything is known.
pub(super) fn next_step(
    commands: &[Command],
    steps: &mut Steps<'_>,
    outcomes: &[Outcome],
    scene: &Scene<'_>,
) -> Result<Reply, Vec<String>> {
    let asking: Vec<(&Command, Call)> = commands
        .iter()
        .filter_map(|command| Some((command, query(command, scene)?)))
        .collect();
    let mut shown: Vec<Shown> = outcomes
        .iter()
        .filter_map(|outcome| outcome.found.clone())
        .map(|tasks| Shown::List(listing(ListKind::Found, tasks)))
        .collect();
    if !asking.is_empty() {
        let Some(found) = steps.next() else {
            return Ok(call(asking.into_iter().map(|(_, call)| call).collect()));
        };
        let answers = asking.iter().zip(found);
        shown.extend(answers.map(|((command, _), done)| read(command, done, scene)));
    }
    let cards: Vec<Call> = shown
        .iter()
        .filter_map(|shown| card(shown, scene))
        .collect();
    if !cards.is_empty() {
        let Some(done) = steps.next() else {
            return Ok(call(cards));
        };
        let fitting = shown
            .iter_mut()
            .filter(|shown| card(shown, scene).is_some());
        for (shown, done) in fitting.zip(done) {
            if let Shown::List(listing) = shown {
                listing.on_card = tasks::read_error(&done.result).is_none();
                let gone = done.result.get("not_found").and_then(Value::as_array);
                let is_gone = |id: i64| gone.is_some_and(|gone| gone.contains(&id.into()));
                listing.tasks.retain(|task| !is_gone(task.id));
            }
        }
    }
    let text = |shown| match shown {
        Shown::List(listing) => answer::listing(scene.language, &listing),
        Shown::Text(text) => text,
    };
    Err(shown.into_iter().map(text).collect())
}

fn query(command: &Command, scene: &Scene<'_>) -> Option<Call> {
    let list = |status: &str| Some(("list_tasks".to_owned(), json!({ "status": status })));
    match command {
        Command::List(Status::Pending) | Command::Due(_) => list("pending"),
        Command::List(Status::Completed) => list("completed"),
        Command::Summary if scene.offered.has("task_summary") => {
            Some(("task_summary".to_owned(), json!({})))
        }
        Command::List(Status::All) | Command::Summary => list("all"),
        _ => None,
    }
}

fn listing(kind: ListKind, tasks: Vec<Task>) -> Listing {
    Listing {
        kind,
        tasks,
        on_card: false,
    }
}

fn read(command: &Command, done: &Done, scene: &Scene<'_>) -> Shown {
    if done.name == "task_summary" {
        return Shown::Text(answer::summary(scene.language, &done.result));
    }
    let Some(tasks) = tasks::read_list(&done.result) else {
        return Shown::Text(answer::list_failed(scene.language, &done.result));
    };
    Shown::List(match command {
        Command::List(Status::Pending) => listing(ListKind::Open, tasks),
        Command::List(Status::Completed) => listing(ListKind::Done, tasks),
        Command::Due(span) => due(span, tasks, scene),
        _ => listing(ListKind::All, tasks),
    })
}

/// The tasks due then, soonest first; all open ones when nobody can tell.
fn due(span: &Span, tasks: Vec<Task>, scene: &Scene<'_>) -> Listing {
    let Some((clock, kind)) = scene.clock.as_ref().and_then(|clock| {
        let label = match span {
            Span::On(words) => answer::due_label(scene.language, when::only(words, clock)?),
            named => answer::span_label(scene.language, named),
        };
        let kind = match span {
            Span::Overdue => ListKind::Overdue,
            _ => ListKind::Due(label),
        };
        Some((clock, kind))
    }) else {
        return listing(ListKind::Open, tasks);
    };
    let mut found: Vec<(answer::Due, Task)> = tasks
        .into_iter()
        .filter_map(|task| {
            let due = answer::read_due(task.description.as_deref()?)?;
            (span.holds(due, clock)?).then_some((due, task))
        })
        .collect();
    found.sort_by_key(|(due, _)| (due.day, due.time));
    listing(kind, found.into_iter().map(|(_, task)| task).collect())
}

/// The call that puts a list on a card, if it fits on one.
fn card(shown: &Shown, scene: &Scene<'_>) -> Option<Call> {
    let Shown::List(listing) = shown else {
        return None;
    };
    if !scene.offered.has(TOOL) || !ON_A_CARD.contains(&listing.tasks.len()) {
        return None;
    }
    let ids: Vec<Value> = listing.tasks.iter().map(|task| task.id.into()).collect();
    let title = answer::heading(scene.language, &listing.kind);
    let arguments = json!({ "task_ids": ids, "title": title });
    Some((TOOL.to_owned(), arguments))
}
