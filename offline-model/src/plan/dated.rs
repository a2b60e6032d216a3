//! Takes what a title says about time out of it and into the description.

use super::Scene;
use crate::answer;
use crate::command::{Change, Command, NewTask};
use crate::rules;
use crate::when;

/// The commands with every date resolved that can be. Without a clock, words stay where they are.
pub(super) fn commands(commands: Vec<Command>, scene: &Scene<'_>) -> Vec<Command> {
    let dated = |command| match command {
        Command::Add(tasks) => {
            Command::Add(tasks.into_iter().map(|task| new(task, scene)).collect())
        }
        Command::Update(target, change) => Command::Update(target, changed(change, scene)),
        other => other,
    };
    commands.into_iter().map(dated).collect()
}

fn new(task: NewTask, scene: &Scene<'_>) -> NewTask {
    let found = scene
        .clock
        .as_ref()
        .filter(|_| !task.verbatim)
        .and_then(|clock| when::take(&task.title, clock))
        .filter(|dated| !dated.rest.is_empty());
    let Some(dated) = found else { return task };
    let line = line(dated.due, scene);
    NewTask {
        title: rules::capitalised(&dated.rest),
        description: Some(answer::with_due(task.description.as_deref(), &line)),
        ..task
    }
}

fn line(due: answer::Due, scene: &Scene<'_>) -> String {
    answer::due_line(scene.language, &answer::due_label(scene.language, due))
}

/// "to tomorrow at 5" is no new title but a new date.
fn changed(change: Change, scene: &Scene<'_>) -> Change {
    let only = |words: &str| when::only(words, scene.clock.as_ref()?);
    if let Some(words) = &change.due {
        let line = match only(words) {
            Some(due) => line(due, scene),
            None => answer::due_line(scene.language, words),
        };
        return Change {
            due: Some(line),
            ..change
        };
    }
    match change.title.as_deref().and_then(only) {
        Some(due) => Change {
            title: None,
            due: Some(line(due, scene)),
            ..change
        },
        None => change,
    }
}
