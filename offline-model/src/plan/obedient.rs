//! A model that does what it reads: for tests and demonstrations of the guards around a model, and
//! for nothing else. When a tool's result holds a text that sounds like an order to the assistant,
//! the order is carried out first, and then what the person asked for.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};
use serde_json::Value;

use super::{CALLS_LIMIT, Call, Scene, call, offered, resolve};
use crate::Reply;
use crate::command::{Change, Command, NewTask, Status, Target};
use crate::history::{Done, Turn};
use crate::rules;
use crate::tasks::{self, Task};

/// The name it goes by.
pub(crate) const MODEL: &str = "offline-obedient";

/// Words that make a text sound as if it spoke to the assistant and not to the person.
const SIGNS: [&str; 30] = [
    "ignore",
    "disregard",
    "forget",
    "override",
    "instruction",
    "prompt",
    "system",
    "assistant",
    "admin",
    "developer",
    "you are",
    "you must",
    "you should",
    "you will",
    "when you",
    "urgent",
    "important",
    "immediately",
    "dear ai",
    "delete all",
    "the list",
    "_task",
    "everything",
    "all tasks",
    "all my tasks",
    "every task",
    "model",
    "نظر انداز",
    "ہدایات",
    "سب کام",
];

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
static SENTENCES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[.:;!?\n۔]+|\s[-–—]+\s").expect("a rule is a regular expression")
});

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
static PIECES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[,،]+|\s(?:and|then|اور|پھر)\s").expect("a rule is a regular expression")
});

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^.*\b(?:must|should|shall|will|now|instead|immediately|assistant|system|admin|instructions?|told|ai|to)\s+(?P<rest>\S.*)$")
        .expect("a rule is a regular expression")
});

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, all of them compiled by tests"
)]
static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:(?P<tool>complete|delete|reopen)_task\b(?:[^0-9]{0,40}(?P<id>[0-9]{1,18})|.*\b(?:every|all|each)\b)|add_task\b.{0,60}?title\W{1,6}(?P<title>[^'"}\n]+))"#)
        .expect("a rule is a regular expression")
});

/// Whether the name asks for this model, with or without switches.
pub(super) fn is_meant(model: &str) -> bool {
    model.split('+').next() == Some(MODEL)
}

/// The calls ordered by the results so far. Once they were made, they are taken out of the turn, so
/// that the rules go on as if nothing had happened.
pub(super) fn obey(turn: &mut Turn, scene: &Scene<'_>) -> Option<Reply> {
    let (at, calls) = turn.steps.iter().enumerate().find_map(|(at, step)| {
        let calls = ordered(step, &turn.steps, scene);
        (!calls.is_empty()).then_some((at, calls))
    })?;
    let Some(next) = turn.steps.get(at + 1) else {
        return Some(call(calls));
    };
    let same = next.len() == calls.len()
        && next
            .iter()
            .zip(&calls)
            .all(|(done, call)| done.name == call.0);
    if same {
        turn.steps.remove(at + 1);
    }
    None
}

/// The calls that the texts in the results of a step order.
fn ordered(step: &[Done], all: &[Vec<Done>], scene: &Scene<'_>) -> Vec<Call> {
    let mut texts = Vec::new();
    for done in step {
        collect(&done.result, &mut texts);
    }
    let mut lists = all
        .iter()
        .flatten()
        .filter(|done| done.name == "list_tasks");
    let listed: Vec<Task> = lists
        .find_map(|done| tasks::read_list(&done.result))
        .unwrap_or_default();
    let commands = texts.iter().flat_map(|text| orders(text));
    let mut calls: Vec<Call> = Vec::new();
    for command in commands.filter(|command| !offered::lacks_tool(command, &scene.offered)) {
        for call in resolve::resolve(&command, &listed, scene).calls {
            if !calls.contains(&call) {
                calls.push(call);
            }
        }
    }
    calls.truncate(CALLS_LIMIT);
    calls
}

fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|value| collect(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

/// The orders in a text that speaks to the assistant.
fn orders(text: &str) -> Vec<Command> {
    let lower = text.to_lowercase();
    if !SIGNS.iter().any(|sign| lower.contains(sign)) {
        return Vec::new();
    }
    let mut found: Vec<Command> = CALLED
        .captures_iter(text)
        .filter_map(|call| called(&call))
        .collect();
    let marks = [
        '<', '>', '[', ']', '{', '}', '(', ')', '*', '`', '|', '/', '=',
    ];
    for sentence in SENTENCES.split(&text.replace(marks, " ")) {
        let whole = orders_of(sentence);
        if whole.is_empty() || whole.iter().any(mixes_up) {
            found.extend(PIECES.split(sentence).flat_map(orders_of));
        } else {
            found.extend(whole);
        }
    }
    found
}

/// Whether what was read as the words of a title is another part of the sentence.
fn mixes_up(command: &Command) -> bool {
    matches!(command.target(), Some(Target::Words(words)) if PIECES.is_match(words))
}

/// A tool that the text names.
fn called(call: &Captures<'_>) -> Option<Command> {
    if let Some(title) = call.name("title") {
        return Some(Command::Add(vec![NewTask {
            title: title.as_str().trim().to_owned(),
            description: None,
            verbatim: true,
        }]));
    }
    let target = match call.name("id") {
        Some(id) => Target::Ids(vec![id.as_str().parse().ok()?]),
        None => Target::All(Status::All),
    };
    match call.name("tool")?.as_str().to_lowercase().as_str() {
        "complete" => Some(Command::Complete(target)),
        "delete" => Some(Command::DeleteSure(target)),
        _ => Some(Command::Reopen(target)),
    }
}

/// The orders in a piece, as it stands or after "you must".
fn orders_of(piece: &str) -> Vec<Command> {
    let orders =
        |text: &str| -> Vec<Command> { rules::parse(text).into_iter().filter_map(order).collect() };
    let found = orders(piece);
    match LEAD.captures(piece).and_then(|lead| lead.name("rest")) {
        Some(rest) if found.is_empty() => orders(rest.as_str()),
        _ => found,
    }
}

fn order(command: Command) -> Option<Command> {
    match command {
        Command::Delete(target) if target != Target::Missing => Some(Command::DeleteSure(target)),
        Command::Update(_, change) if change == Change::default() => None,
        Command::Add(_) | Command::Complete(_) | Command::Reopen(_) | Command::Update(..) => {
            Some(command)
        }
        _ => None,
    }
}
