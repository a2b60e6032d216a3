//! What a message means after what was said before: answers to our own questions, "it", "the
//! second one", "undo that", "go on".

use serde_json::Value;

use crate::answers;
use crate::command::{Act, Change, Command, NewTask, Status, Talk, Target};
use crate::history::{Done, Said, Turn};
use crate::matching::{self, Found};
use crate::questions::{self, Asked};
use crate::results::{self, Task};
use crate::scene::ASK;
use crate::sentences;
use crate::text::is_in;

/// Pieces of the conversation looked back over for what "it" may be.
const LOOK_BACK: usize = 8;
const CHANGES: &str = "add_task complete_task update_task delete_task reopen_task";

/// The commands of the turn, with everything bound that only the conversation can tell, and what was said before if
/// the message says to go on with it.
pub(crate) fn commands(turn: &Turn) -> (Vec<Command>, Option<&str>) {
    let mut commands = sentences::parse(&turn.user);
    let mut unfinished = None;
    match commands.as_slice() {
        [Command::GoOn] => {
            if let Some((said, meant)) = before_go_on(turn) {
                (unfinished, commands) = (Some(said), meant);
            }
        }
        [Command::Undo] => commands = undone(turn),
        parsed => {
            if let Some(command) = asked(turn).and_then(|asked| answered(asked, turn, parsed)) {
                commands = vec![command];
            }
        }
    }
    let mut adding = false;
    let bound = commands.into_iter().map(|command| {
        let bound = bind(command, turn, adding);
        adding |= matches!(bound, Command::Add(_));
        bound
    });
    (bound.collect(), unfinished)
}

/// What was said last that was no "go on", nor a "yes" to what was offered before.
fn before_go_on(turn: &Turn) -> Option<(&str, Vec<Command>)> {
    let mut agreed = false;
    turn.said_before().find_map(|said| {
        let mut commands = sentences::parse(said);
        match commands.as_mut_slice() {
            [Command::GoOn] => return None,
            [Command::Say(Talk::Yes)] => {
                agreed = true;
                return None;
            }
            [Command::Offer(tasks)] if agreed => {
                commands = vec![Command::Add(std::mem::take(tasks))];
            }
            _ => {}
        }
        Some((said, commands))
    })
}

/// The changes made since something was said.
pub(crate) fn made_since<'t>(turn: &'t Turn, said: &str) -> Vec<&'t Done> {
    let since = turn.before.iter().rev();
    let since = since.take_while(|piece| !matches!(piece, Said::User(text) if text == said));
    let done = since.filter_map(|piece| match piece {
        Said::Tool(done) => Some(done),
        _ => None,
    });
    done.filter(|done| is_change(done)).collect()
}

/// Whether a call changed something.
fn is_change(done: &Done) -> bool {
    is_in(CHANGES, &done.name) && results::error(&done.result).is_none()
}

/// What the application asked last, with a tool of its own or in words.
fn asked(turn: &Turn) -> Option<Asked> {
    if let Some(Said::Tool(done)) = turn.before.last()
        && done.name == ASK
    {
        let question = done.arguments.get("question")?.as_str()?;
        let options = done.arguments.get("options")?.as_array()?.iter();
        // Titles only, so each has its place as a negative number until it is chosen.
        let tasks = options.zip(1..).filter_map(|(option, place)| {
            let option = option.as_str()?;
            let numbered = option
                .strip_prefix('#')
                .and_then(|rest| rest.split_once(' '));
            let numbered =
                numbered.and_then(|(id, title)| Some(Task::named(id.parse().ok()?, title)));
            Some(numbered.unwrap_or_else(|| Task::named(-place, option)))
        });
        return Some(Asked::Which(
            questions::asked_which(question)?,
            tasks.collect(),
        ));
    }
    questions::read(turn.last_answer()?)
}

/// The command that the message completes, unless it is a command of its own.
fn answered(question: Asked, turn: &Turn, parsed: &[Command]) -> Option<Command> {
    let [said] = parsed else { return None };
    let answers = matches!(
        said,
        Command::Unknown | Command::Offer(_) | Command::On(Act::Show, ..) | Command::Say(Talk::Yes)
    );
    if !answers {
        return None;
    }
    let yes = *said == Command::Say(Talk::Yes);
    match question {
        Asked::Which(act, candidates) => {
            let target = match (yes, candidates.as_slice()) {
                (true, [only]) => Target::Ids(vec![only.id]),
                (true, _) => Target::Missing,
                (false, _) => select(&turn.user, &candidates)?,
            };
            Some(again(act, turn).about(by_title(target, &candidates)))
        }
        Asked::Title if !yes => Some(Command::Add(sentences::titles(&turn.user))),
        Asked::NewTitle(id) if !yes => {
            let change = Change::Title(sentences::title(&turn.user));
            Some(Command::On(Act::Update, Target::Ids(vec![id]), change))
        }
        Asked::Add if yes => earlier(turn, |command| match command {
            Command::Offer(tasks) => Some(Command::Add(tasks)),
            _ => None,
        }),
        Asked::Delete(status) if yes => Some(Command::on(Act::Delete, Target::Confirmed(status))),
        _ => None,
    }
}

/// A task that was chosen by its place is looked up by its title.
fn by_title(target: Target, candidates: &[Task]) -> Target {
    let Target::Ids(ids) = &target else {
        return target;
    };
    let titles = ids.iter().filter_map(|id| {
        let task = candidates.iter().find(|task| *id < 0 && task.id == *id)?;
        Some(task.title.as_str())
    });
    let titles: Vec<&str> = titles.collect();
    if titles.is_empty() {
        return target;
    }
    Target::Words(titles.join(", "))
}

/// Which of the candidates: by number, by place, by words.
fn select(said: &str, candidates: &[Task]) -> Option<Target> {
    let nth = |index: usize| candidates.get(index).map(|task| task.id);
    let target = sentences::target(said);
    if candidates.is_empty() {
        return Some(target);
    }
    let chosen = match target {
        Target::Ids(numbers) => {
            let known = |number: i64| candidates.iter().any(|task| task.id == number);
            let place = |number: i64| nth(usize::try_from(number).ok()?.checked_sub(1)?);
            let numbers = numbers.into_iter().map(|number| {
                let place = place(number).filter(|_| !known(number));
                place.unwrap_or(number)
            });
            numbers.collect()
        }
        Target::Nth(index) => vec![nth(index)?],
        Target::LastOne => vec![candidates.last()?.id],
        Target::All(Status::All) | Target::Them => ids(candidates),
        Target::Words(words) if words.to_lowercase().starts_with("both") => ids(candidates),
        Target::Words(words) => match matching::find(&words, candidates, |_| true) {
            Found::One(task) => vec![task.id],
            _ => return Some(Target::Words(words)),
        },
        Target::It => match candidates {
            [only] => vec![only.id],
            _ => return Some(Target::Missing),
        },
        _ => return None,
    };
    Some(Target::Ids(chosen))
}

/// The command that our question was about, as the user first gave it.
fn again(act: Act, turn: &Turn) -> Command {
    let same =
        |command| matches!(command, Command::On(given, ..) if given == act).then_some(command);
    earlier(turn, same).unwrap_or_else(|| Command::on(act, Target::Missing))
}

/// The latest command of the user before this message that `wanted` takes.
fn earlier(turn: &Turn, wanted: impl Fn(Command) -> Option<Command>) -> Option<Command> {
    let mut texts = turn.said_before().take(LOOK_BACK);
    texts.find_map(|said| sentences::parse(said).into_iter().find_map(&wanted))
}

fn bind(command: Command, turn: &Turn, adding: bool) -> Command {
    let found = match command.target() {
        Some(Target::It) if adding => Some(Target::JustAdded),
        Some(Target::It) => spoken_of(turn)
            .filter(|ids| ids.len() == 1)
            .map(Target::Ids),
        Some(Target::Them) => spoken_of(turn).map(Target::Ids),
        Some(Target::Nth(at)) => {
            let id = last_list(turn).and_then(|ids| ids.get(*at).copied());
            id.map(|id| Target::Ids(vec![id]))
        }
        Some(Target::LastOne) => {
            last_list(turn).map(|ids| Target::FirstOf(ids.into_iter().rev().collect()))
        }
        _ => None,
    };
    match found {
        Some(target) => command.about(target),
        None => command,
    }
}

/// The tasks in the latest text or result that names any.
fn spoken_of(turn: &Turn) -> Option<Vec<i64>> {
    let pieces = turn.before.iter().rev().take(LOOK_BACK);
    let mut named = pieces.map(|said| match said {
        Said::User(_) => Vec::new(),
        Said::Assistant(text) => text.lines().filter_map(answers::mentioned).collect(),
        Said::Tool(done) => match results::shown(&done.result) {
            Some(shown) => ids(&shown),
            None => id_of(done).into_iter().collect(),
        },
    });
    named.find(|ids| !ids.is_empty())
}

fn id_of(done: &Done) -> Option<i64> {
    done.result.get("task_id").and_then(Value::as_i64)
}

fn last_list(turn: &Turn) -> Option<Vec<i64>> {
    let lists = turn.before.iter().rev().filter_map(|said| match said {
        Said::User(_) => None,
        Said::Assistant(text) => Some(text.lines().filter_map(answers::read_line).collect()),
        Said::Tool(done) => results::shown(&done.result).or_else(|| results::list(&done.result)),
    });
    let mut lists = lists.map(|tasks: Vec<Task>| ids(&tasks));
    lists.find(|ids| !ids.is_empty())
}

fn ids(tasks: &[Task]) -> Vec<i64> {
    tasks.iter().map(|task| task.id).collect()
}

/// What takes back the changes of the last turn that made any.
fn undone(turn: &Turn) -> Vec<Command> {
    let latest = turn.before.iter().enumerate().rev();
    let is_changed = |said: &Said| matches!(said, Said::Tool(done) if is_change(done));
    let latest = latest.skip_while(|(_, said)| !is_changed(said));
    let changes = latest.take_while(|(_, said)| !matches!(said, Said::User(_)));
    let opposites = changes.filter_map(|(at, said)| match said {
        Said::Tool(done) if is_change(done) => Some(opposite(done, turn.before.get(..at)?)),
        _ => None,
    });
    let mut commands: Vec<Command> = opposites.collect();
    commands.reverse();
    if commands.is_empty() {
        commands.push(Command::Undo);
    }
    commands
}

/// What takes back one change, after the list seen last `before` it; [`Command::Undo`] where that is not known.
fn opposite(done: &Done, before: &[Said]) -> Command {
    let Some(id) = id_of(done) else {
        return Command::Undo;
    };
    let target = Target::Ids(vec![id]);
    let mut lists = before.iter().rev().filter_map(|said| match said {
        Said::Tool(done) => results::list(&done.result),
        _ => None,
    });
    let known = lists.find_map(|list| list.into_iter().find(|task| task.id == id));
    match (done.name.as_str(), known) {
        ("add_task", _) => Command::on(Act::Delete, target),
        ("complete_task", _) => Command::on(Act::Reopen, target),
        ("reopen_task", _) => Command::on(Act::Complete, target),
        ("delete_task", known) => {
            let title = done.result.get("title").and_then(Value::as_str);
            title.map_or(Command::Undo, |title| {
                Command::Add(vec![NewTask {
                    title: title.to_owned(),
                    description: known.and_then(|task| task.description),
                    verbatim: true,
                }])
            })
        }
        ("update_task", Some(old)) => {
            let changed = |name: &str| done.arguments.get(name).is_some();
            let description = changed("description").then(|| old.description.unwrap_or_default());
            let change = Change::Back(changed("title").then_some(old.title), description);
            Command::On(Act::Update, target, change)
        }
        _ => Command::Undo,
    }
}
