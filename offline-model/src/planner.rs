//! From commands to the next message: which tools to call now, or what to say.
//!
//! A turn is up to a handful of steps: look the list up if a task was named by words, make the
//! changes, make those that depend on a task just added, ask the person which task was meant and
//! make that change, ask for what is to be shown, show it. Each request repeats the reasoning from
//! the start and goes one step further than the steps it finds done.

use serde_json::{Value, json};

use crate::answers::{self, Listing, Of};
use crate::command::{Change, Command, Status, Target};
use crate::due::{self, Days};
use crate::faults::{self, Fault};
use crate::history::{Done, Turn};
use crate::matching::{self, Found};
use crate::outcome::{Choice, Outcome};
use crate::reply::{Call, Reply};
use crate::resolve::resolve;
use crate::results::{self, Fate, Task};
use crate::scene::{ASK, Scene};
use crate::wire::Request;
use crate::{questions, reference, titles};

/// How many choices the person can be asked to choose from.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=8;
/// Puts tasks on a card. Longer lists are told in words.
const SHOW: &str = "show_tasks";
const ON_A_CARD: std::ops::RangeInclusive<usize> = 1..=30;
/// Calls in one turn; more than a caller's limit would only be refused.
const CALLS_LIMIT: usize = 16;

/// Whether the caller wants a title for a conversation and no answer.
pub(crate) fn is_about_a_title(request: &Request) -> bool {
    titles::is_asked_for(&Turn::of(request).prompt)
}

/// What the assistant says next, wrong in the way of the faults.
pub(crate) fn reply(request: &Request, faults: &[Fault]) -> Reply {
    let mut turn = Turn::of(request);
    if titles::is_asked_for(&turn.prompt) {
        return Reply::text(titles::of(&turn));
    }
    let step = turn.steps.len();
    let mistaken = faults::begin_with_a_mistake(faults);
    if mistaken && step > 0 {
        // The mistake is no work that was done.
        turn.steps.remove(0);
    }
    let scene = Scene {
        said: &turn.user,
        now: due::clock(&turn.prompt),
        tools: &request.tools,
    };
    let (Ok(reply) | Err(reply)) = plan(&turn, &scene);
    faults::mislead(reply, faults, step, mistaken && step == 0)
}

/// The steps of a turn that were not looked at yet.
struct Steps<'t> {
    rest: &'t [Vec<Done>],
    /// Calls made in those that were.
    made: usize,
}

impl<'t> Steps<'t> {
    /// What became of calls; where they were not made yet, they are the reply.
    fn make(&mut self, calls: Vec<Call>) -> Result<&'t [Done], Reply> {
        if calls.is_empty() {
            return Ok(&[]);
        }
        let Some((first, rest)) = self.rest.split_first() else {
            let text = String::new();
            return Err(Reply { text, calls });
        };
        self.rest = rest;
        self.made += first.len();
        Ok(first)
    }

    /// The same for the calls of outcomes, as many as a turn has room for beside those `kept` for later.
    fn change(&mut self, outcomes: &[Outcome], kept: usize) -> Result<&'t [Done], Reply> {
        let room = CALLS_LIMIT.saturating_sub(self.made + kept);
        let calls = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Call(call) => Some(call.clone()),
            _ => None,
        });
        self.make(calls.take(room).collect())
    }
}

/// The answer, or as an error the calls that are to be made before it.
fn plan(turn: &Turn, scene: &Scene<'_>) -> Result<Reply, Reply> {
    let (commands, unfinished) = reference::commands(turn);
    let commands: Vec<Command> = commands
        .into_iter()
        .map(|command| due::read(command, scene.now.as_ref()))
        .collect();
    if let Some(what) = commands.iter().find_map(|command| scene.lacks(command)) {
        return Ok(Reply::text(answers::no_tool(what)));
    }
    let mut steps = Steps {
        rest: &turn.steps,
        made: 0,
    };
    let (listed, beyond) = look(&commands, &mut steps, turn, scene)?;
    let resolved = commands.iter();
    let resolved = resolved.flat_map(|command| resolve(command, &listed, scene));
    let mut outcomes: Vec<Outcome> = resolved.collect();
    if beyond > 0
        && !outcomes
            .iter()
            .any(|outcome| matches!(outcome, Outcome::Call(_)))
    {
        outcomes.push(Outcome::Say(answers::not_seen(beyond)));
    }
    if let Some(said) = unfinished {
        // What was made the first time is not made again.
        let made = reference::made_since(turn, said);
        outcomes.retain(|outcome| {
            !matches!(outcome, Outcome::Call((name, arguments))
                if made.iter().any(|done| done.name == *name && done.arguments == *arguments))
        });
    }
    let queries: Vec<(&Command, Call)> = commands
        .iter()
        .filter_map(|command| Some((command, query(command, scene)?)))
        .collect();
    // Each of them may be followed by a card.
    let kept = queries.len() * 2;
    let mut done: Vec<&Done> = steps.change(&outcomes, kept)?.iter().collect();
    let added = done.iter().rev().find_map(|done| answers::added_id(done));
    if let Some(id) = added {
        let dependent = commands
            .iter()
            .filter(|command| command.target() == Some(&Target::JustAdded));
        let dependent = dependent.map(|command| command.clone().about(Target::Ids(vec![id])));
        let late: Vec<Outcome> = dependent
            .flat_map(|command| resolve(&command, &[], scene))
            .collect();
        done.extend(steps.change(&late, kept)?);
        outcomes.extend(late);
    }
    for outcome in std::mem::take(&mut outcomes) {
        match outcome {
            Outcome::Choose(choice) => {
                let chosen = choose(*choice, &listed, &mut steps, scene)?;
                done.extend(steps.change(&chosen, kept)?);
                outcomes.extend(chosen);
            }
            other => outcomes.push(other),
        }
    }
    let shown = show(&queries, &outcomes, &mut steps, scene)?;
    let moved = commands.iter().any(|command| {
        matches!(
            command,
            Command::On(_, _, Change::Due(_) | Change::Later(_))
        )
    });
    Ok(Reply::text(answers::compose(
        &done, &outcomes, &shown, moved,
    )))
}

/// The list, if a command needs it, and how many tasks are not in it.
fn look(
    commands: &[Command],
    steps: &mut Steps<'_>,
    turn: &Turn,
    scene: &Scene<'_>,
) -> Result<(Vec<Task>, usize), Reply> {
    if !commands.iter().any(|command| scene.needs_list(command)) {
        return Ok((Vec::new(), 0));
    }
    let first = steps.make(vec![list(Status::All)])?;
    if first.iter().all(|done| done.name != "list_tasks") {
        // Asked to answer again, the caller kept what was changed and left out the look before it.
        let done: Vec<&Done> = turn.steps.iter().flatten().collect();
        return Err(Reply::text(answers::compose(&done, &[], &[], false)));
    }
    let result = first.first().map_or(&Value::Null, |done| &done.result);
    match results::list(result) {
        Some(tasks) => Ok((tasks, results::beyond(result))),
        None => Err(Reply::text(answers::list_failed(result))),
    }
}

fn list(status: Status) -> Call {
    let status = match status {
        Status::All => "all",
        Status::Pending => "pending",
        Status::Completed => "completed",
    };
    ("list_tasks".to_owned(), json!({ "status": status }))
}

/// Asks which of several tasks was meant, and what becomes of the command then.
fn choose(
    choice: Choice,
    listed: &[Task],
    steps: &mut Steps<'_>,
    scene: &Scene<'_>,
) -> Result<Vec<Outcome>, Reply> {
    if !scene.has(ASK) || !OPTIONS.contains(&choice.candidates.len()) {
        return Ok(vec![Outcome::Ask(choice.in_words)]);
    }
    let alike = |title: &str| {
        choice
            .candidates
            .iter()
            .filter(|task| task.title == title)
            .count()
            > 1
    };
    let options = choice.candidates.iter().map(|task| {
        if alike(&task.title) {
            format!("#{} {}", task.id, task.title)
        } else {
            task.title.clone()
        }
    });
    let options: Vec<String> = options.collect();
    let arguments = json!({ "question": questions::which_one(choice.act), "options": options });
    let asked = steps.make(vec![(ASK.to_owned(), arguments)])?;
    let result = asked.first().map_or(&Value::Null, |done| &done.result);
    let skipped = result.get("skipped").and_then(Value::as_bool) == Some(true);
    if skipped || results::fate(result) == Fate::Refused {
        return Ok(vec![Outcome::Say(answers::LEFT.to_owned())]);
    }
    let answer = result
        .get("answer")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim();
    let place = options.iter().position(|option| option.trim() == answer);
    let chosen = place.and_then(|at| choice.candidates.get(at)).or_else(|| {
        match matching::find(answer, &choice.candidates, |_| true) {
            Found::One(task) => Some(task),
            _ => None,
        }
    });
    Ok(match chosen {
        Some(task) => resolve(
            &choice.command.about(Target::Ids(vec![task.id])),
            listed,
            scene,
        ),
        None => vec![Outcome::Ask(choice.in_words)],
    })
}

/// The call that answers a question about the list.
fn query(command: &Command, scene: &Scene<'_>) -> Option<Call> {
    match command {
        Command::List(status) => Some(list(*status)),
        Command::Due(_) => Some(list(Status::Pending)),
        Command::Summary if scene.has("task_summary") => {
            Some(("task_summary".to_owned(), json!({})))
        }
        Command::Summary => Some(list(Status::All)),
        _ => None,
    }
}

/// Lists that were asked for: looked up, put on a card where there is a tool for it, told.
fn show(
    queries: &[(&Command, Call)],
    outcomes: &[Outcome],
    steps: &mut Steps<'_>,
    scene: &Scene<'_>,
) -> Result<Vec<String>, Reply> {
    let found = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Found(tasks) => Some(Ok(Listing::new(Of::Found, tasks.clone()))),
        _ => None,
    });
    let mut shown: Vec<Result<Listing, String>> = found.collect();
    let asked = steps.make(queries.iter().map(|(_, call)| call.clone()).collect())?;
    shown.extend(
        queries
            .iter()
            .zip(asked)
            .map(|((command, _), done)| read(command, done, scene)),
    );
    let mut on_cards: Vec<&mut Listing> = shown
        .iter_mut()
        .flatten()
        .filter(|listing| scene.has(SHOW) && ON_A_CARD.contains(&listing.tasks.len()))
        .collect();
    let cards = on_cards.iter().map(|listing| {
        let ids: Vec<i64> = listing.tasks.iter().map(|task| task.id).collect();
        let arguments = json!({ "task_ids": ids, "title": listing.heading() });
        (SHOW.to_owned(), arguments)
    });
    let done = steps.make(cards.collect())?;
    for (listing, done) in on_cards.iter_mut().zip(done) {
        listing.on_card = results::error(&done.result).is_none();
        let gone = done.result.get("not_found").and_then(Value::as_array);
        let gone = gone.cloned().unwrap_or_default();
        listing.tasks.retain(|task| !gone.contains(&task.id.into()));
    }
    let texts = shown.into_iter().map(|shown| match shown {
        Ok(listing) => listing.told(),
        Err(text) => text,
    });
    Ok(texts.collect())
}

/// What a query found: tasks, or what to say without them.
fn read(command: &Command, done: &Done, scene: &Scene<'_>) -> Result<Listing, String> {
    if done.name == "task_summary" {
        return Err(answers::summary(&done.result));
    }
    let tasks = results::list(&done.result).ok_or_else(|| answers::list_failed(&done.result))?;
    let (of, tasks) = match command {
        Command::List(Status::Pending) => (Of::Open, tasks),
        Command::List(Status::Completed) => (Of::Done, tasks),
        Command::Due(when) => due_then(when.as_deref(), tasks, scene),
        _ => (Of::All, tasks),
    };
    let mut listing = Listing::new(of, tasks);
    listing.beyond = results::beyond(&done.result);
    Ok(listing)
}

/// The tasks due then, soonest first; all open ones when nobody can tell.
fn due_then(when: Option<&str>, tasks: Vec<Task>, scene: &Scene<'_>) -> (Of, Vec<Task>) {
    let Some(now) = &scene.now else {
        return (Of::Open, tasks);
    };
    let days = when.map(|words| Days::read(words, now));
    let dated = tasks
        .iter()
        .filter_map(|task| Some((due::of(task)?, task.clone())));
    let mut found: Vec<_> = match &days {
        None => dated
            .filter(|(due, _)| due.is_over(now.datetime()))
            .collect(),
        Some(Some(days)) => dated.filter(|(due, _)| days.hold(*due)).collect(),
        Some(None) => return (Of::Open, tasks),
    };
    found.sort_by_key(|(due, _)| *due);
    let of = days
        .flatten()
        .map_or(Of::Overdue, |days| Of::Due(days.label));
    (of, found.into_iter().map(|(_, task)| task).collect())
}
