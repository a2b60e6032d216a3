//! What a message means after what was said before: answers to our own questions, "it", "the
//! second one".

use crate::answers::{self, OFFER, SURE, TITLE};
use crate::command::{Act, Change, Command, Status, Target};
use crate::history::{Said, Turn};
use crate::matching::{self, Found};
use crate::plan::ASK;
use crate::results::{self, Task};
use crate::sentences;

/// Pieces of the conversation looked back over for what "it" may be.
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
    let yes = *said == Command::Yes;
    let answers = matches!(
        said,
        Command::Yes | Command::Unknown | Command::Offer(_) | Command::On(Act::Show, ..)
    );
    let (question, candidates) = asked(turn).filter(|_| answers)?;
    if let Some(act) = answers::asked_which(&question) {
        let target = match candidates.as_slice() {
            [only] if yes => chosen(&[only]),
            _ if yes => Target::Missing,
            _ => select(&turn.user, &candidates)?,
        };
        let change = earlier(turn, |command| match command {
            Command::On(given, _, change) if given == act => Some(change),
            _ => None,
        });
        return Some(Command::On(act, target, change.unwrap_or(Change::None)));
    }
    if yes && question.starts_with(OFFER) {
        return earlier(turn, |command| match command {
            Command::Offer(tasks) => Some(Command::Add(tasks)),
            _ => None,
        });
    }
    if yes && question.starts_with(SURE) {
        return earlier(turn, |command| match command {
            Command::On(act, Target::All(status), _) => {
                Some(Command::on(act, Target::Confirmed(status)))
            }
            _ => None,
        });
    }
    if yes {
        return None;
    }
    if question == TITLE {
        return Some(Command::Add(sentences::titles(&turn.user)));
    }
    let id = answers::asked_new_title(&question)?;
    let change = Change::Title(sentences::title(&turn.user));
    Some(Command::On(Act::Update, Target::Ids(vec![id]), change))
}

/// What was asked last, in words or with a tool of the application, and the tasks to choose from.
fn asked(turn: &Turn) -> Option<(String, Vec<Task>)> {
    match turn.before.last()? {
        Said::Assistant(text) => {
            let mut lines = text.trim_end().lines().rev();
            let question = lines.next()?.to_owned();
            let lines = lines.skip_while(|line| line.trim().is_empty());
            let mut tasks: Vec<Task> = lines.map_while(answers::read_line).collect();
            tasks.reverse();
            Some((question, tasks))
        }
        Said::Tool(done) if done.name == ASK => {
            let question = done.arguments.get("question")?.as_str()?.to_owned();
            let options = done.arguments.get("options")?.as_array()?.iter();
            let options = options.filter_map(|option| option.as_str());
            Some((question, options.map(answers::read_option).collect()))
        }
        _ => None,
    }
}

/// Which of the candidates a message means; `None` when it speaks of something else.
fn select(said: &str, candidates: &[Task]) -> Option<Target> {
    let target = sentences::target(said);
    if candidates.is_empty() {
        return Some(target);
    }
    let tasks: Vec<&Task> = match &target {
        Target::All(Status::All) | Target::Them => candidates.iter().collect(),
        Target::Place(at) => vec![place(candidates, *at)?],
        Target::It => match candidates {
            [only] => vec![only],
            _ => return Some(Target::Missing),
        },
        // A number is a task's own, or else its place.
        Target::Ids(numbers) => {
            let task = |number: &i64| {
                let known = candidates.iter().find(|task| task.id == *number);
                known.or_else(|| candidates.get(usize::try_from(*number).ok()?.checked_sub(1)?))
            };
            match numbers.iter().map(task).collect() {
                Some(tasks) => tasks,
                None => return Some(target),
            }
        }
        Target::Words(words) => match matching::find(words, candidates, |_| true) {
            Found::One(task) => vec![task],
            _ => return Some(target),
        },
        _ => return None,
    };
    Some(chosen(&tasks))
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

/// What `wanted` takes of the latest command of the user before this message.
fn earlier<T>(turn: &Turn, wanted: impl Fn(Command) -> Option<T>) -> Option<T> {
    let mut texts = turn.said_before().take(LOOK_BACK);
    texts.find_map(|said| sentences::parse(said).into_iter().find_map(&wanted))
}

/// Finds what a word or a place stands for. "It" may be the task that the message adds before.
fn bind(target: &mut Target, turn: &Turn, adding: bool) {
    let found = match target {
        Target::It if adding => return,
        Target::It => spoken_of(turn).filter(|ids| ids.len() == 1),
        Target::Them => spoken_of(turn),
        Target::Place(at) => {
            last_list(turn, at.is_none()).and_then(|ids| place(&ids, *at).map(|id| vec![*id]))
        }
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

/// The tasks in the latest text or result that names any.
fn spoken_of(turn: &Turn) -> Option<Vec<i64>> {
    let pieces = turn.before.iter().rev().take(LOOK_BACK);
    let mut named = pieces.map(|said| match said {
        Said::User(_) => Vec::new(),
        Said::Assistant(text) => text.lines().filter_map(answers::mentioned).collect(),
        Said::Tool(done) => match ids(&results::named(&done.result, "shown")) {
            shown if shown.is_empty() => done.id().into_iter().collect(),
            shown => shown,
        },
    });
    named.find(|ids: &Vec<i64>| !ids.is_empty())
}

/// The tasks in the list shown last, on request without those deleted since.
fn last_list(turn: &Turn, present: bool) -> Option<Vec<i64>> {
    let mut gone = Vec::new();
    let lists = turn.before.iter().rev().filter_map(|said| match said {
        Said::User(_) => None,
        Said::Assistant(text) => Some(text.lines().filter_map(answers::read_line).collect()),
        Said::Tool(done) => {
            gone.extend(done.id().filter(|_| present && done.name == "delete_task"));
            let shown = results::named(&done.result, "shown");
            if shown.is_empty() {
                results::list(&done.result)
            } else {
                Some(shown)
            }
        }
    });
    let mut lists = lists.map(|tasks: Vec<Task>| ids(&tasks));
    let mut list = lists.find(|ids| !ids.is_empty())?;
    list.retain(|id| !gone.contains(id));
    Some(list)
}

fn ids(tasks: &[Task]) -> Vec<i64> {
    tasks.iter().map(|task| task.id).collect()
}
