//! What a message means after what was said before: answers to our own questions, "it", "the
//! second one".

use serde_json::Value;

use crate::answer::{self, Kind};
use crate::command::{Command, Ordinal, SmallTalk, Status, Target};
use crate::history::{Said, Turn};
use crate::rules;
use crate::tasks::{self, Task};

use super::asking;
use super::matching::{self, Found};

/// Texts looked back over for what "it" may be.
const LOOK_BACK: usize = 8;

/// A question of ours that the user may be answering.
#[derive(Debug, PartialEq, Eq)]
enum Pending {
    Which(Kind, Vec<Task>),
    Title,
    NewTitle(i64),
    Offer,
    DeleteAll(Status),
}

/// The commands of the turn, with everything bound that only the conversation can tell.
pub(super) fn commands(turn: &Turn) -> Vec<Command> {
    let parsed = rules::parse(&turn.user);
    let answered = pending(turn).and_then(|question| answered(&question, turn, &parsed));
    let mut adding = false;
    answered
        .map_or(parsed, |command| vec![command])
        .into_iter()
        .map(|command| {
            let bound = bind(command, turn, adding);
            adding |= matches!(bound, Command::Add(_));
            bound
        })
        .collect()
}

fn pending(turn: &Turn) -> Option<Pending> {
    if let Some(Said::Tool(done)) = turn.before.last()
        && done.name == asking::TOOL
    {
        let question = done.arguments.get("question")?.as_str()?;
        return Some(Pending::Which(
            answer::asked_which(question)?,
            offered_before(done.arguments.get("options")?),
        ));
    }
    let text = turn.last_answer()?.trim_end();
    let question = text.lines().last()?;
    if let Some(kind) = answer::asked_which(question) {
        return Some(Pending::Which(kind, candidates(text)));
    }
    if let Some(id) = answer::asked_new_title(question) {
        return Some(Pending::NewTitle(id));
    }
    if answer::asked_for_title(question) {
        return Some(Pending::Title);
    }
    if let Some(open_only) = answer::asked_if_sure(question) {
        return Some(Pending::DeleteAll(if open_only {
            Status::Pending
        } else {
            Status::All
        }));
    }
    answer::asked_to_add(question).then_some(Pending::Offer)
}

/// The choices that were shown. They are titles only, so each has its place as a negative number
/// until it is chosen.
fn offered_before(options: &Value) -> Vec<Task> {
    let options = options.as_array().into_iter().flatten().zip(1..);
    let tasks = options.filter_map(|(option, place)| {
        let option = option.as_str()?;
        let numbered = option.strip_prefix('#').and_then(|rest| {
            let (id, title) = rest.split_once(' ')?;
            Some((id.parse().ok()?, title))
        });
        let (id, title) = numbered.unwrap_or((-place, option));
        Some(Task {
            id,
            title: title.to_owned(),
            description: None,
            completed: false,
        })
    });
    tasks.collect()
}

/// A task that was chosen by its place is looked up by its title.
fn by_title(target: Target, candidates: &[Task]) -> Target {
    match &target {
        Target::Ids(ids) => {
            let title = |id: &i64| candidates.iter().find(|task| *id < 0 && task.id == *id);
            match ids.iter().filter_map(title).collect::<Vec<_>>().as_slice() {
                [] => target,
                [one] => Target::Words(one.title.clone()),
                several => {
                    let titles: Vec<&str> =
                        several.iter().map(|task| task.title.as_str()).collect();
                    Target::Words(titles.join(", "))
                }
            }
        }
        _ => target,
    }
}

/// The list right above the question.
fn candidates(text: &str) -> Vec<Task> {
    let lines = text
        .lines()
        .rev()
        .skip(1)
        .skip_while(|line| line.trim().is_empty());
    let mut tasks: Vec<Task> = lines.map_while(answer::read_line).collect();
    tasks.reverse();
    tasks
}

/// The command that the message completes, unless it is a command of its own.
fn answered(question: &Pending, turn: &Turn, parsed: &[Command]) -> Option<Command> {
    let [said] = parsed else { return None };
    let answers = matches!(
        said,
        Command::Unknown
            | Command::Offer(_)
            | Command::Find(_)
            | Command::Say(SmallTalk::Yes | SmallTalk::No)
    );
    if !answers || *said == Command::Say(SmallTalk::No) {
        return None;
    }
    let yes = *said == Command::Say(SmallTalk::Yes);
    match question {
        Pending::Which(kind, candidates) => {
            let target = match (yes, candidates.as_slice()) {
                (true, [only]) => Target::Ids(vec![only.id]),
                (true, _) => Target::Missing,
                (false, _) => select(&turn.user, candidates)?,
            };
            Some(again(*kind, turn).on(by_title(target, candidates)))
        }
        Pending::Title if !yes => Some(Command::Add(rules::parse_titles(&turn.user))),
        Pending::NewTitle(id) if !yes => {
            let Command::Update(_, mut change) = again(Kind::Update, turn) else {
                return None;
            };
            change.title = Some(rules::parse_title(&turn.user));
            Some(Command::Update(Target::Ids(vec![*id]), change))
        }
        Pending::Offer if yes => Some(Command::Add(earlier(turn, |command| match command {
            Command::Offer(tasks) => Some(tasks),
            _ => None,
        })?)),
        Pending::DeleteAll(status) if yes => Some(Command::DeleteSure(Target::All(*status))),
        _ => None,
    }
}

/// Which of the candidates: by number, by place, by words.
fn select(said: &str, candidates: &[Task]) -> Option<Target> {
    let nth = |index: usize| candidates.get(index).map(|task| task.id);
    let everything = || Target::Ids(candidates.iter().map(|task| task.id).collect());
    let target = rules::parse_target(said);
    if candidates.is_empty() {
        return Some(target);
    }
    match target {
        Target::Ids(numbers) => {
            let place = |number: i64| nth(usize::try_from(number).ok()?.checked_sub(1)?);
            let known = |number: i64| candidates.iter().any(|task| task.id == number);
            let id = |number| {
                if known(number) {
                    number
                } else {
                    place(number).unwrap_or(number)
                }
            };
            Some(Target::Ids(numbers.into_iter().map(id).collect()))
        }
        Target::Place(Ordinal::Nth(index)) => Some(Target::Ids(vec![nth(index)?])),
        Target::Place(Ordinal::Last) => Some(Target::Ids(vec![candidates.last()?.id])),
        Target::All(Status::All) | Target::Them => Some(everything()),
        Target::Words(words) if words.to_lowercase().starts_with("both") => Some(everything()),
        Target::Words(words) => match matching::find(&words, candidates, |_| true) {
            Found::One(task) => Some(Target::Ids(vec![task.id])),
            _ => Some(Target::Words(words)),
        },
        Target::Last => match candidates {
            [only] => Some(Target::Ids(vec![only.id])),
            _ => Some(Target::Missing),
        },
        _ => None,
    }
}

/// The command that our question was about, as the user first gave it.
fn again(kind: Kind, turn: &Turn) -> Command {
    let command = kind.command();
    let same = |earlier: Command| {
        (std::mem::discriminant(&earlier) == std::mem::discriminant(&command)).then_some(earlier)
    };
    earlier(turn, same).unwrap_or(command)
}

/// The latest command of the user before this message that `wanted` takes.
fn earlier<T>(turn: &Turn, wanted: impl Fn(Command) -> Option<T>) -> Option<T> {
    let texts = turn.said_before().take(LOOK_BACK);
    texts
        .into_iter()
        .find_map(|said| rules::parse(said).into_iter().find_map(&wanted))
}

fn bind(command: Command, turn: &Turn, adding: bool) -> Command {
    let found = match command.target() {
        Some(Target::Last) if adding => Some(Target::JustAdded),
        Some(Target::Last) => spoken_of(turn)
            .filter(|ids| ids.len() == 1)
            .map(Target::Ids),
        Some(Target::Them) => spoken_of(turn).map(Target::Ids),
        Some(Target::Place(place)) => in_last_list(turn, *place).map(|id| Target::Ids(vec![id])),
        _ => None,
    };
    match found {
        Some(target) => command.on(target),
        None => command,
    }
}

/// The tasks in the latest text or result that names any.
fn spoken_of(turn: &Turn) -> Option<Vec<i64>> {
    turn.before.iter().rev().take(LOOK_BACK).find_map(|said| {
        let ids: Vec<i64> = match said {
            Said::User(_) => Vec::new(),
            Said::Assistant(text) => text.lines().filter_map(answer::mentioned).collect(),
            Said::Tool(done) => {
                let changed = || done.result.get("task_id").and_then(Value::as_i64);
                tasks::read_shown(&done.result)
                    .map_or_else(|| changed().into_iter().collect(), |shown| ids(&shown))
            }
        };
        (!ids.is_empty()).then_some(ids)
    })
}

fn in_last_list(turn: &Turn, place: Ordinal) -> Option<i64> {
    let lists = turn.before.iter().rev().filter_map(|said| {
        let ids: Vec<i64> = match said {
            Said::User(_) => return None,
            Said::Assistant(text) => ids(&text
                .lines()
                .filter_map(answer::read_line)
                .collect::<Vec<_>>()),
            Said::Tool(done) => {
                let tasks = tasks::read_shown(&done.result);
                ids(&tasks.or_else(|| tasks::read_list(&done.result))?)
            }
        };
        (!ids.is_empty()).then_some(ids)
    });
    let ids = lists.into_iter().next()?;
    match place {
        Ordinal::Nth(index) => ids.get(index).copied(),
        Ordinal::Last => ids.last().copied(),
    }
}

fn ids(tasks: &[Task]) -> Vec<i64> {
    tasks.iter().map(|task| task.id).collect()
}
