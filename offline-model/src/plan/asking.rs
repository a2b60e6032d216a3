//! Asking the person which of several tasks was meant, with a tool that shows the choices.

use serde_json::{Value, json};

use super::matching::{self, Found};
use super::resolve::{self, Choice, Note, Outcome};
use super::{Progress, Scene, Steps, call, calls};
use crate::Reply;
use crate::answer;
use crate::command::Target;
use crate::tasks::{self, Task};

pub(crate) const TOOL: &str = "ask_person";
/// What the tool takes.
const OPTIONS: std::ops::RangeInclusive<usize> = 2..=8;

/// How the person chose.
enum Answer {
    Task(i64),
    Skipped,
    /// Nobody was asked.
    None,
}

/// Asks the questions one after the other, and makes the change after each answer.
pub(super) fn next_step<'t>(
    listed: &[Task],
    steps: &mut Steps<'t>,
    progress: &mut Progress<'t>,
    scene: &Scene<'_>,
) -> Option<Reply> {
    for choice in take_choices(&mut progress.outcomes) {
        if !scene.offered.has(TOOL) || !OPTIONS.contains(&choice.candidates.len()) {
            progress.outcomes.push(Outcome::ask(choice.in_words));
            continue;
        }
        let options = options(&choice.candidates);
        let Some(asked) = steps.next() else {
            let question = answer::which_one(scene.language, choice.kind);
            let arguments = json!({ "question": question, "options": options });
            return Some(Reply::call(TOOL, arguments));
        };
        let result = asked.first().map_or(&Value::Null, |done| &done.result);
        let outcome = match read(result, &options, &choice.candidates) {
            Answer::Task(id) => {
                resolve::resolve(&choice.command.on(Target::Ids(vec![id])), listed, scene)
            }
            Answer::Skipped => Outcome::say(answer::skipped(scene.language)),
            Answer::None => Outcome::ask(choice.in_words),
        };
        let changes = calls(std::slice::from_ref(&outcome));
        progress.outcomes.push(outcome);
        if !changes.is_empty() {
            let Some(done) = steps.next() else {
                return Some(call(changes));
            };
            progress.done.extend(done);
        }
    }
    None
}

fn take_choices(outcomes: &mut [Outcome]) -> Vec<Choice> {
    let mut choices = Vec::new();
    for outcome in outcomes {
        for note in std::mem::take(&mut outcome.notes) {
            match note {
                Note::Choose(choice) => choices.push(choice),
                other => outcome.notes.push(other),
            }
        }
    }
    choices
}

/// The titles; with their numbers where two are alike.
fn options(candidates: &[Task]) -> Vec<String> {
    let alike = |title: &str| candidates.iter().filter(|task| task.title == title).count() > 1;
    let options = candidates.iter().map(|task| {
        if alike(&task.title) {
            format!("#{} {}", task.id, task.title)
        } else {
            task.title.clone()
        }
    });
    options.collect()
}

fn read(result: &Value, options: &[String], candidates: &[Task]) -> Answer {
    if result.get("skipped").and_then(Value::as_bool) == Some(true) {
        return Answer::Skipped;
    }
    let Some(answer) = result.get("answer").and_then(Value::as_str) else {
        let refused = tasks::read_error(result).is_some_and(|(_, message)| {
            tasks::Unmade::read(message) == Some(tasks::Unmade::Refused)
        });
        return if refused {
            Answer::Skipped
        } else {
            Answer::None
        };
    };
    let chosen = options
        .iter()
        .position(|option| option.trim() == answer.trim());
    let task = match chosen {
        Some(at) => candidates.get(at),
        None => match matching::find(answer, candidates, |_| true) {
            Found::One(task) => Some(task),
            _ => None,
        },
    };
    task.map_or(Answer::None, |task| Answer::Task(task.id))
}
