//! What a message means after what was said before: answers to our own questions, "it", "the
//! second one".

use serde_json::Value;

use crate::answers::{self, say};
use crate::command::{Act, Change, Command, Status, Target};
use crate::history::{Said, Turn};
use crate::matching;
use crate::results::{self, Done, Task};
use crate::sentences;

/// Asks the person which of several tasks was meant, with choices to click.
pub(crate) const ASK: &str = "ask_person";
/// Messages looked back over for what "it" may be.
const LOOK_BACK: usize = 8;

/// The commands of the turn, with everything bound that only the conversation can tell.
pub(crate) fn commands(turn: &Turn) -> Vec<Command> {
    let mut commands = sentences::parse(&turn.user);
    if let [said] = commands.as_slice()
        && let Some(command) = answered(turn, said)
    {
        commands = vec![command];
    }
    let mut adding = false;
    for command in &mut commands {
        adding |= matches!(command, Command::Add(_));
        if let Command::On(_, target, change) = command {
            bind(target, turn, adding);
            dated(change, turn);
        }
    }
    commands
}

/// The command that the message completes as the answer to a question, unless it is a command of its own.
fn answered(turn: &Turn, said: &Command) -> Option<Command> {
    let (question, candidates) = asked(turn.before.last()?)?;
    let reads = |name| answers::read(name, &question);
    let yes = match said {
        Command::Talk("yes") => true,
        Command::Unknown | Command::Offer(_) | Command::On(Act::Show, ..) => false,
        _ => return None,
    };
    if !yes && question == say("what title", &[]) {
        return Some(Command::Add(sentences::titles(&turn.user)));
    }
    if let Some(id) = reads("what new title").filter(|_| !yes) {
        let change = Change::Title(sentences::title(&turn.user));
        let target = Target::Ids(vec![id.parse().ok()?]);
        return Some(Command::On(Act::Update, target, change));
    }
    let which = answers::asked_which(&question);
    let earlier = turn.said_before().take(LOOK_BACK);
    let mut earlier = earlier.flat_map(sentences::parse);
    // What was asked about is the latest command that the question fits.
    let command = earlier.find(|command| match command {
        Command::Offer(_) => yes && reads("offer").is_some(),
        Command::On(Act::Delete, Target::All(_), _) if yes && reads("sure").is_some() => true,
        Command::On(act, ..) => which == Some(*act),
        _ => false,
    });
    Some(match command? {
        Command::Offer(tasks) => Command::Add(tasks),
        Command::On(act, Target::All(status), change) if which.is_none() => {
            Command::On(act, Target::Confirmed(status), change)
        }
        Command::On(act, _, change) => match candidates.as_slice() {
            [only] if yes => Command::On(act, chosen(&[only]), change),
            _ if yes => Command::On(act, Target::Missing, change),
            _ => Command::On(act, select(&turn.user, &candidates)?, change),
        },
        other => other,
    })
}

/// What was asked last, with a tool of the application or in words, and the tasks to choose from.
fn asked(last: &Said) -> Option<(String, Vec<Task>)> {
    if let Some(done) = last.done.iter().find(|done| done.name == ASK) {
        let options = done.arguments.get("options")?.as_array()?.iter();
        let options = options.filter_map(Value::as_str).map(answers::read_option);
        return Some((
            results::text(&done.arguments, "question").to_owned(),
            options.collect(),
        ));
    }
    let mut lines = last.text.trim_end().lines().rev();
    let question = lines.next()?.to_owned();
    let lines = lines.skip_while(|line| line.trim().is_empty());
    let mut tasks: Vec<Task> = lines.map_while(answers::read_line).collect();
    tasks.reverse();
    Some((question, tasks))
}

/// Which of the candidates a message means; `None` when it speaks of something else.
fn select(said: &str, candidates: &[Task]) -> Option<Target> {
    let target = sentences::target(said);
    // A number is a task's own, or else its place.
    let numbered = |number: &i64| {
        let known = candidates.iter().find(|task| task.id == *number);
        known.or_else(|| candidates.get(usize::try_from(*number).ok()?.checked_sub(1)?))
    };
    let found: Option<Vec<&Task>> = match &target {
        Target::All(Status::All) | Target::Them => Some(candidates.iter().collect()),
        Target::Place(at) => place(candidates, *at).map(|task| vec![task]),
        Target::Ids(numbers) => numbers.iter().map(numbered).collect(),
        Target::Words(words) => matching::only(words, candidates).map(|task| vec![task]),
        Target::It | Target::Missing => None,
        Target::Every(_) | Target::All(_) | Target::Confirmed(_) => return None,
    };
    let found = found.filter(|tasks| !tasks.is_empty());
    Some(found.map_or(target, |tasks| chosen(&tasks)))
}

/// By their numbers; a task that was offered without one is looked up by its title.
fn chosen(tasks: &[&Task]) -> Target {
    match tasks {
        [task] if task.id == 0 => Target::Words(task.title.clone()),
        _ => Target::Ids(tasks.iter().map(|task| task.id).collect()),
    }
}

fn place<T>(list: &[T], at: Option<usize>) -> Option<&T> {
    at.map_or(list.last(), |at| list.get(at))
}

/// Finds what a word or a place stands for. "It" may be the task that the message adds before.
fn bind(target: &mut Target, turn: &Turn, adding: bool) {
    let found = match target {
        Target::It if adding => return,
        Target::It => spoken_of(turn).filter(|ids| ids.len() == 1),
        Target::Them => spoken_of(turn),
        Target::Place(at) => listed(turn, *at),
        _ => return,
    };
    *target = found.map_or(Target::Missing, Target::Ids);
}

/// "To tomorrow at 5" is no new title but a new date.
fn dated(change: &mut Change, turn: &Turn) {
    if let (Change::Title(title), Some(now)) = (&mut *change, &turn.now)
        && capture::only_when(title, now).is_some()
    {
        *change = Change::Due(std::mem::take(title));
    }
}

/// The tasks in the latest answer or result that names any.
fn spoken_of(turn: &Turn) -> Option<Vec<i64>> {
    let mut named = turn.answers().take(LOOK_BACK).map(|said| {
        let results = said.done.iter().map(|done| &done.result);
        let shown = results.flat_map(|result| results::named(result, "shown"));
        let shown = shown.map(|task| task.id);
        let changed = said.done.iter().filter_map(Done::id);
        let mentioned = said.text.lines().filter_map(answers::mentioned);
        mentioned.chain(shown).chain(changed).collect()
    });
    named.find(|ids: &Vec<i64>| !ids.is_empty())
}

/// The task in this place of the list shown last. At its end it is the last one that is still there.
fn listed(turn: &Turn, at: Option<usize>) -> Option<Vec<i64>> {
    let mut gone = Vec::new();
    let mut lists = turn.answers().map(|said| {
        let mut tasks: Vec<Task> = said.text.lines().filter_map(answers::read_line).collect();
        for done in &said.done {
            gone.extend(done.id().filter(|_| done.name == "delete_task"));
            let shown = done.result.get("shown").unwrap_or(&done.result);
            tasks.extend(results::list(shown).unwrap_or_default().0);
        }
        tasks
    });
    let mut list = lists.find(|tasks| !tasks.is_empty())?;
    list.retain(|task| at.is_some() || !gone.contains(&task.id));
    place(&list, at).map(|task| vec![task.id])
}
