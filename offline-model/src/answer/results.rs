//! Sentences from what the tools answered.

use serde_json::Value;

use super::dates::label_of;
use super::{Phrases, counted, fill, line, mention, phrases};
use crate::history::Done;
use crate::language::Language;
use crate::plan::{Note, Outcome};
use crate::tasks::{self, Unmade};

/// The id of the task an `add_task` call made.
pub(crate) fn added_id(done: &Done) -> Option<i64> {
    if done.name != "add_task" {
        return None;
    }
    done.result.get("task_id")?.as_i64()
}

/// The answer of a turn: what was done, what could not be, what was asked for; a question last,
/// because the next turn looks for it there.
pub(crate) fn compose(
    language: Language,
    done: &[&Done],
    outcomes: &[Outcome],
    shown: &[String],
) -> String {
    let phrases = phrases(language);
    let mut parts = changes(phrases, language, done);
    let notes = || outcomes.iter().flat_map(|outcome| &outcome.notes);
    parts.extend(notes().filter_map(|note| match note {
        Note::Say(text) => Some(text.clone()),
        Note::Ask(_) | Note::Choose(_) => None,
    }));
    let wanted: usize = outcomes.iter().map(|outcome| outcome.calls.len()).sum();
    let refused = |done: &&Done| fate(done) == Fate::Unmade(Unmade::Refused);
    if wanted > done.len() && !done.iter().any(refused) {
        let (made, left) = (done.len().to_string(), (wanted - done.len()).to_string());
        parts.push(fill(phrases.stopped_after, &[&made, &left]));
    }
    parts.extend_from_slice(shown);
    let mut questions = notes().filter_map(|note| match note {
        Note::Ask(text) => Some(text.clone()),
        Note::Choose(choice) => Some(choice.in_words.clone()),
        Note::Say(_) => None,
    });
    if let Some(first) = questions.next() {
        if questions.next().is_some() {
            parts.push(phrases.several_questions.to_owned());
        }
        parts.push(first);
    }
    if parts.is_empty() {
        parts.push(phrases.nothing_done.to_owned());
    }
    parts.join("\n\n")
}

pub(crate) fn list_failed(language: Language, result: &Value) -> String {
    let phrases = phrases(language);
    let message = tasks::read_error(result).map_or(phrases.list_nonsense, |(_, message)| message);
    fill(phrases.list_failed, &[message])
}

/// That a number names no task.
pub(crate) fn no_such(language: Language, id: i64) -> String {
    fill(phrases(language).no_such, &[&id.to_string()])
}

/// What became of a call, as far as it can be told together with others.
#[derive(PartialEq, Eq)]
enum Fate<'d> {
    Made(&'d str),
    Unmade(Unmade),
    Failed,
}

fn fate(done: &Done) -> Fate<'_> {
    match tasks::read_error(&done.result) {
        None => Fate::Made(&done.name),
        Some((_, message)) => Unmade::read(message).map_or(Fate::Failed, Fate::Unmade),
    }
}

/// A sentence for each kind of change, a list where there are several of a kind.
fn changes(phrases: &Phrases, language: Language, done: &[&Done]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = done;
    while let Some((first, _)) = rest.split_first() {
        let kind = fate(first);
        let alone = kind == Fate::Failed || kind == Fate::Made("update_task");
        let alike = rest.iter().take_while(|other| fate(other) == kind).count();
        let number = if alone { 1 } else { alike.max(1) };
        let (group, others) = rest.split_at(number);
        parts.push(match kind {
            Fate::Failed => failure(phrases, language, first),
            Fate::Unmade(why) => unmade(phrases, why, number),
            Fate::Made(_) if number == 1 => change(phrases, first),
            Fate::Made(_) => changes_alike(phrases, group),
        });
        rest = others;
    }
    parts
}

fn unmade(phrases: &Phrases, why: Unmade, number: usize) -> String {
    let wording = match why {
        Unmade::Refused => phrases.said_no,
        Unmade::NotMade => phrases.not_made,
        Unmade::NotKnown => phrases.not_known,
    };
    counted(wording, number)
}

fn change(phrases: &Phrases, done: &Done) -> String {
    let task = mention(id_of(done).unwrap_or_default(), title_of(done));
    let argument = |name: &str| done.arguments.get(name).filter(|value| !value.is_null());
    let text = |name: &str| argument(name).and_then(Value::as_str);
    let due = text("description").and_then(label_of);
    let reopened = done.arguments.get("completed") == Some(&Value::Bool(false));
    match done.name.as_str() {
        "add_task" => match due {
            Some(due) => fill(phrases.added_due, &[&task, due]),
            None => fill(phrases.added, &[&task]),
        },
        "complete_task" | "update_task" | "reopen_task"
            if reopened || done.name == "reopen_task" =>
        {
            fill(phrases.reopened, &[&task])
        }
        "complete_task" => fill(phrases.completed, &[&task]),
        "delete_task" => fill(phrases.deleted, &[&task]),
        "update_task" => match (id_of(done), argument("title"), argument("description"), due) {
            (Some(id), Some(_), None, _) => {
                fill(phrases.renamed, &[&format!("#{id}"), title_of(done)])
            }
            (_, None, Some(_), Some(due)) => fill(phrases.rescheduled, &[&task, due]),
            (_, None, Some(_), None) => fill(phrases.described, &[&task]),
            _ => fill(phrases.updated, &[&task]),
        },
        other => fill(phrases.happened, &[other]),
    }
}

fn changes_alike(phrases: &Phrases, group: &[&Done]) -> String {
    let lines: Vec<String> = group
        .iter()
        .map(|done| line(id_of(done).unwrap_or_default(), title_of(done)))
        .collect();
    let wording = match group.first().map(|done| done.name.as_str()) {
        Some("add_task") => phrases.added_many,
        Some("complete_task") => phrases.completed_many,
        Some("delete_task") => phrases.deleted_many,
        _ => phrases.changed_many,
    };
    format!("{}:\n\n{}", counted(wording, group.len()), lines.join("\n"))
}

fn failure(phrases: &Phrases, language: Language, done: &Done) -> String {
    let (code, message) = tasks::read_error(&done.result).unwrap_or(("unknown", ""));
    let id = id_of(done).map(|id| id.to_string());
    if let ("not_found", Some(id)) = (code, &id) {
        return fill(phrases.no_such, &[id]);
    }
    match (done.name.as_str(), &id) {
        ("add_task", _) => fill(phrases.could_not_add, &[title_of(done), message]),
        ("list_tasks" | "task_summary", _) => list_failed(language, &done.result),
        (_, Some(id)) => fill(phrases.could_not_change, &[id, message]),
        (_, None) => fill(phrases.did_not_work, &[message]),
    }
}

fn id_of(done: &Done) -> Option<i64> {
    let id = |value: &Value| value.get("task_id").or_else(|| value.get("id"))?.as_i64();
    id(&done.result).or_else(|| id(&done.arguments))
}

fn title_of(done: &Done) -> &str {
    let title = |value: &'_ Value| value.get("title").and_then(Value::as_str).is_some();
    let source = if title(&done.result) {
        &done.result
    } else {
        &done.arguments
    };
    source
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default()
}
