//! What a message means after what was said before: answers to our own questions, "it", "the
//! second one".

use crate::answer::{self, Kind};
use crate::command::{Command, Ordinal, SmallTalk, Status, Target};
use crate::history::{Speaker, Turn};
use crate::rules;
use crate::tasks::{self, Task};

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
    let text = turn.last_answer()?.trim_end();
    let question = text.lines().last()?;
    if let Some(kind) = answer::asked_which(question) {
        return Some(Pending::Which(kind, candidates(text)));
    }
    if let Some(id) = answer::asked_new_title(question) {
        return Some(Pending::NewTitle(id));
    }
    if question == answer::ask_title() {
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
            Some(again(*kind, turn).on(target))
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
    let texts = turn
        .before
        .iter()
        .rev()
        .filter(|said| said.by == Speaker::User)
        .take(LOOK_BACK);
    texts
        .into_iter()
        .find_map(|said| rules::parse(&said.text).into_iter().find_map(&wanted))
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

/// The tasks in the latest text that names any.
fn spoken_of(turn: &Turn) -> Option<Vec<i64>> {
    turn.before.iter().rev().take(LOOK_BACK).find_map(|said| {
        let ids: Vec<i64> = match said.by {
            Speaker::User => Vec::new(),
            Speaker::Assistant => said.text.lines().filter_map(answer::mentioned).collect(),
            Speaker::Tool => {
                let result = tasks::read_result(&said.text);
                result
                    .get("task_id")
                    .and_then(serde_json::Value::as_i64)
                    .into_iter()
                    .collect()
            }
        };
        (!ids.is_empty()).then_some(ids)
    })
}

fn in_last_list(turn: &Turn, place: Ordinal) -> Option<i64> {
    let lists = turn.before.iter().rev().filter_map(|said| {
        let ids: Vec<i64> = match said.by {
            Speaker::User => return None,
            Speaker::Assistant => said
                .text
                .lines()
                .filter_map(answer::read_line)
                .map(|task| task.id)
                .collect(),
            Speaker::Tool => tasks::read_list(&tasks::read_result(&said.text))?
                .iter()
                .map(|task| task.id)
                .collect(),
        };
        (!ids.is_empty()).then_some(ids)
    });
    let ids = lists.into_iter().next()?;
    match place {
        Ordinal::Nth(index) => ids.get(index).copied(),
        Ordinal::Last => ids.last().copied(),
    }
}
