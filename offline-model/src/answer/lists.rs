//! Lists of tasks: in words, or as the sentence beside a card that shows them.

use serde_json::Value;

use super::{Phrases, fill, line, list_failed, marked_line, mention, phrases, pick};
use crate::language::Language;
use crate::tasks::Task;

const LINES_LIMIT: usize = 50;

/// What a list is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Open,
    Done,
    All,
    Found,
    Overdue,
    /// Due at what the label says: "tomorrow".
    Due(String),
}

/// Tasks to be shown.
#[derive(Debug)]
pub(crate) struct Listing {
    pub kind: Kind,
    pub tasks: Vec<Task>,
    /// They are on a card that the person sees; only a sentence is needed.
    pub on_card: bool,
}

/// The title of a card.
pub(crate) fn heading(language: Language, kind: &Kind) -> String {
    let phrases = phrases(language);
    let title = match kind {
        Kind::Open => phrases.heading_open.to_owned(),
        Kind::Done => phrases.heading_done.to_owned(),
        Kind::All => phrases.heading_all.to_owned(),
        Kind::Found => phrases.heading_found.to_owned(),
        Kind::Overdue => phrases.heading_overdue.to_owned(),
        Kind::Due(label) => fill(phrases.heading_due, &[label]),
    };
    capitalised(&title)
}

/// The sentence and, unless a card has them, the lines.
pub(crate) fn listing(language: Language, listing: &Listing) -> String {
    let phrases = phrases(language);
    let Listing { kind, tasks, .. } = listing;
    if tasks.is_empty() {
        return capitalised(&nothing(phrases, kind));
    }
    if listing.on_card {
        let number = |count| phrases.number(count);
        return capitalised(&head(phrases, kind, tasks, number)) + phrases.stop;
    }
    let head = capitalised(&head(phrases, kind, tasks, |count| count.to_string()));
    let mark_done = matches!(kind, Kind::All | Kind::Found);
    format!("{head}:\n\n{}", lines(phrases, tasks, mark_done))
}

fn nothing(phrases: &Phrases, kind: &Kind) -> String {
    match kind {
        Kind::Open => phrases.none_open.to_owned(),
        Kind::Done => phrases.none_done.to_owned(),
        Kind::All => phrases.none_at_all.to_owned(),
        Kind::Found => phrases.no_such_tasks.to_owned(),
        Kind::Overdue => phrases.none_overdue.to_owned(),
        Kind::Due(label) => fill(phrases.none_due, &[label]),
    }
}

fn head(
    phrases: &Phrases,
    kind: &Kind,
    tasks: &[Task],
    number: impl Fn(usize) -> String,
) -> String {
    let count = tasks.len();
    let (number_of_all, open) = (
        number(count),
        tasks.iter().filter(|task| !task.completed).count(),
    );
    let (wording, second) = match kind {
        Kind::Open => (phrases.open, String::new()),
        Kind::Done => (phrases.done, String::new()),
        Kind::All if open == count => (phrases.open, String::new()),
        Kind::All if open == 0 && count > 1 => (phrases.done, String::new()),
        Kind::All => (phrases.all, number(open)),
        Kind::Found => (phrases.found, String::new()),
        Kind::Overdue => (phrases.overdue, String::new()),
        Kind::Due(label) => (phrases.due_when, label.clone()),
    };
    fill(pick(wording, count), &[&number_of_all, &second])
}

fn lines(phrases: &Phrases, tasks: &[Task], mark_done: bool) -> String {
    let (done, open): (Vec<&Task>, Vec<&Task>) =
        tasks.iter().partition(|task| mark_done && task.completed);
    let ordered = open.into_iter().chain(done).take(LINES_LIMIT);
    let mut lines: Vec<String> = ordered
        .map(|task| {
            if mark_done {
                marked_line(phrases, task)
            } else {
                line(task.id, &task.title)
            }
        })
        .collect();
    if tasks.len() > LINES_LIMIT {
        let more = (tasks.len() - LINES_LIMIT).to_string();
        lines.push(fill(phrases.and_more, &[&more]));
    }
    lines.join("\n")
}

/// One task as the list has it.
pub(crate) fn describe(language: Language, task: &Task) -> String {
    let phrases = phrases(language);
    let named = mention(task.id, &task.title);
    let state = if task.completed {
        phrases.is_done
    } else {
        phrases.is_open
    };
    let sentence = fill(state, &[&named]);
    match task.description.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => format!("{sentence} {}", fill(phrases.description_is, &[text])),
        None => format!("{sentence} {}", phrases.no_description),
    }
}

/// The numbers that `task_summary` found.
pub(crate) fn summary(language: Language, result: &Value) -> String {
    let phrases = phrases(language);
    let number = |name: &str| result.get(name).and_then(Value::as_u64);
    let (Some(total), Some(open), Some(done)) =
        (number("total"), number("pending"), number("completed"))
    else {
        return list_failed(language, result);
    };
    match (total, open) {
        (0, _) => phrases.none_at_all.to_owned(),
        (1, 0) => phrases.summary_done.0.to_owned(),
        (_, 0) => fill(phrases.summary_done.1, &[&total.to_string()]),
        (1, _) => phrases.summary_one.to_owned(),
        _ => fill(
            phrases.summary,
            &[&total.to_string(), &open.to_string(), &done.to_string()],
        ),
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next();
    first
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(characters)
        .collect()
}
