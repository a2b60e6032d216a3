//! From commands to the next message: which tools to call now, or what to say.
//!
//! A turn is up to a handful of steps: look the list up if a task was named by words, make the
//! changes, make those that depend on a task just added, ask the person which task was meant and
//! make that change, ask for what is to be shown, show it. Each request repeats the reasoning from
//! the start and goes one step further than the steps it finds done.

mod asking;
mod dated;
mod followup;
mod matching;
mod obedient;
mod offered;
mod resolve;
mod showing;

use serde_json::{Value, json};

use crate::Reply;
use crate::answer;
use crate::api::Request;
use crate::command::{Command, Target};
use crate::faults::{self, Fault};
use crate::history::{Done, Turn};
use crate::language::Language;
use crate::tasks::{self, Task};
use crate::title;
use crate::when::Clock;

pub(crate) use obedient::MODEL as OBEDIENT;
pub(crate) use resolve::{Call, Note, Outcome};

use offered::Offered;

/// Calls in one step; more than a caller's limit would only be refused.
const CALLS_LIMIT: usize = 12;

/// What a turn happens in.
pub(crate) struct Scene<'r> {
    pub language: Language,
    pub clock: Option<Clock>,
    pub offered: Offered<'r>,
}

/// Whether the caller wants a title for a conversation and no answer.
pub(crate) fn is_about_a_title(request: &Request) -> bool {
    title::is_asked_for(&Turn::of(request).prompt)
}

/// What the assistant says next, wrong in the way of the faults.
pub(crate) fn reply(request: &Request, faults: &[Fault]) -> Reply {
    let mut turn = Turn::of(request);
    if title::is_asked_for(&turn.prompt) {
        return Reply::text(title::of(&turn));
    }
    let step = turn.steps.len();
    let mistake_due = faults::forget_mistake(&mut turn, faults);
    let scene = Scene {
        language: language(&turn),
        clock: Clock::of(&turn.prompt),
        offered: Offered(&request.tools),
    };
    let obeyed = obedient::is_meant(&request.model)
        .then(|| obedient::obey(&mut turn, &scene))
        .flatten();
    let reply = obeyed.unwrap_or_else(|| decide(&turn, &scene));
    faults::mislead(reply, faults, step, mistake_due)
}

/// The language of the last message that has one.
fn language(turn: &Turn) -> Language {
    std::iter::once(turn.user.as_str())
        .chain(turn.said_before())
        .find_map(Language::of)
        .unwrap_or(Language::English)
}

/// The steps of a turn that were not looked at yet.
struct Steps<'t>(&'t [Vec<Done>]);

impl<'t> Steps<'t> {
    fn next(&mut self) -> Option<&'t [Done]> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }
}

/// What is known so far in a turn, step by step.
struct Progress<'t> {
    done: Vec<&'t Done>,
    outcomes: Vec<Outcome>,
}

fn decide(turn: &Turn, scene: &Scene<'_>) -> Reply {
    let commands = dated::commands(followup::commands(turn), scene);
    let lacking = commands
        .iter()
        .find(|command| offered::lacks_tool(command, &scene.offered));
    if let Some(command) = lacking {
        return Reply::text(answer::no_tool(scene.language, command));
    }
    let mut steps = Steps(&turn.steps);
    let listed = match look(&commands, &mut steps, turn, scene) {
        Ok(listed) => listed,
        Err(reply) => return reply,
    };
    let mut progress = Progress {
        done: Vec::new(),
        outcomes: commands
            .iter()
            .map(|command| resolve::resolve(command, &listed, scene))
            .collect(),
    };
    next_step(&commands, &listed, &mut steps, &mut progress, scene).unwrap_or_else(|shown| {
        Reply::text(answer::compose(
            scene.language,
            &progress.done,
            &progress.outcomes,
            &shown,
        ))
    })
}

/// The list, if a command needs it; else what to say first.
fn look(
    commands: &[Command],
    steps: &mut Steps<'_>,
    turn: &Turn,
    scene: &Scene<'_>,
) -> Result<Vec<Task>, Reply> {
    if !commands.iter().any(offered::needs_list) {
        return Ok(Vec::new());
    }
    let Some(first) = steps.next() else {
        return Err(Reply::call("list_tasks", json!({ "status": "all" })));
    };
    if first.iter().all(|done| done.name != "list_tasks") {
        // Asked to answer again, the caller kept what was changed and left out the look before it.
        let done: Vec<&Done> = turn.steps.iter().flatten().collect();
        let text = answer::compose(scene.language, &done, &[], &[]);
        return Err(Reply::text(text));
    }
    let result = first.first().map_or(&Value::Null, |done| &done.result);
    tasks::read_list(result).ok_or_else(|| Reply::text(answer::list_failed(scene.language, result)))
}

/// The next calls, or what there is to show when all have been made.
fn next_step<'t>(
    commands: &[Command],
    listed: &[Task],
    steps: &mut Steps<'t>,
    progress: &mut Progress<'t>,
    scene: &Scene<'_>,
) -> Result<Reply, Vec<String>> {
    let changes = calls(&progress.outcomes);
    if !changes.is_empty() {
        let Some(done) = steps.next() else {
            return Ok(call(changes));
        };
        progress.done.extend(done);
    }
    if let Some(added) = progress
        .done
        .iter()
        .rev()
        .find_map(|done| answer::added_id(done))
    {
        let dependent = commands
            .iter()
            .filter(|command| matches!(command.target(), Some(Target::JustAdded)));
        let late: Vec<Outcome> = dependent
            .map(|command| resolve::resolve(&command.on(Target::Ids(vec![added])), &[], scene))
            .collect();
        let calls = calls(&late);
        if !calls.is_empty() {
            let Some(done) = steps.next() else {
                return Ok(call(calls));
            };
            progress.done.extend(done);
        }
        progress.outcomes.extend(late);
    }
    if let Some(reply) = asking::next_step(listed, steps, progress, scene) {
        return Ok(reply);
    }
    showing::next_step(commands, steps, &progress.outcomes, scene)
}

fn calls(outcomes: &[Outcome]) -> Vec<Call> {
    let all = outcomes.iter().flat_map(|outcome| &outcome.calls);
    all.take(CALLS_LIMIT).cloned().collect()
}

fn call(calls: Vec<Call>) -> Reply {
    Reply {
        text: String::new(),
        calls,
    }
}
