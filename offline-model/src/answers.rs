//! What the assistant says. Lines of a list, mentions of a task and questions are read again by the next turn, so they
//! are written and read here side by side.

use std::fmt::Display;

use serde::Deserialize as _;
use serde_json::Value;

use crate::command::Act;
use crate::due;
use crate::results::{self, Done, Fate, Task};
use crate::text::{CARDINALS, capitalised, is_in, search};
use crate::wire::elements;

/// The sentences, each with a name before it.
const SENTENCES: &str = include_str!("answers.txt");
/// Letters of a language in brackets, or words of it that are no English ones; what is said to those who
/// write them. The first that fits holds.
const LANGUAGES: &str = include_str!("languages.txt");
/// How much of a message is looked at to tell its language.
const FOREIGN_BYTES: usize = 400;
const DONE_MARK: &str = " (done)";
const CANDIDATES_LIMIT: usize = 10;
const LINES_LIMIT: usize = 50;
const ACTS: [Act; 5] = [
    Act::Complete,
    Act::Reopen,
    Act::Delete,
    Act::Update,
    Act::Show,
];

fn sentence(name: &str) -> Option<&'static str> {
    let mut sentences = SENTENCES.lines().filter_map(|line| line.split_once(" = "));
    sentences.find_map(|(known, text)| (known == name).then_some(text))
}

/// A sentence with values in its places.
pub(crate) fn say(name: &str, values: &[&dyn Display]) -> String {
    debug_assert!(sentence(name).is_some(), "there is no sentence {name}");
    let help = sentence("help").unwrap_or_default();
    let text = sentence(name).unwrap_or_default().replace("{help}", help);
    let text = text.replace("\\n", "\n");
    let mut values = values.iter();
    let mut pieces = text.split("{}");
    let mut said = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        said.extend(values.next().map(ToString::to_string));
        said.push_str(piece);
    }
    said
}

/// The same with a sentence that is another one for several.
pub(crate) fn say_of(count: usize, name: &str, values: &[&dyn Display]) -> String {
    let number = if count == 1 { "one" } else { "several" };
    say(&format!("{name} {number}"), values)
}

/// What stands in the only place of the last line of a sentence, where it is that one.
pub(crate) fn read<'t>(name: &str, said: &'t str) -> Option<&'t str> {
    let (start, end) = sentence(name)?.rsplit("\\n").next()?.split_once("{}")?;
    said.strip_prefix(start)?.strip_suffix(end)
}

/// In words up to ten.
pub(crate) fn number(count: usize) -> String {
    let mut words = std::iter::once("none").chain(CARDINALS.split(' '));
    let word = words.nth(count);
    word.map_or_else(|| count.to_string(), str::to_owned)
}

/// What a question calls it.
pub(crate) fn verb(act: Act) -> String {
    say(&format!("{act:?}"), &[])
}

/// What is to be done with the task that a question asks for.
pub(crate) fn asked_which(question: &str) -> Option<Act> {
    let asked = read("which one", question).or_else(|| read("which task", question))?;
    ACTS.into_iter().find(|act| verb(*act) == asked)
}

/// That a tool is not there.
pub(crate) fn no_tool(tool: &str) -> String {
    say("no tool", &[&say(&format!("{tool} for"), &[])])
}

/// `#5 “Buy milk”`; at most one on a line, so that [`mentioned`] finds it.
pub(crate) fn mention(task: &Task) -> String {
    match task.title.as_str() {
        "" => format!("#{}", task.id),
        title => format!("#{} “{title}”", task.id),
    }
}

/// The number of the task a line speaks of. What stands in quotation marks is somebody's title and
/// not searched.
pub(crate) fn mentioned(line: &str) -> Option<i64> {
    let after = line.split('“').next()?.split('#').nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A list, with a mark where a task is done.
pub(crate) fn lines<'t>(tasks: impl IntoIterator<Item = &'t Task>, mark: &str) -> String {
    let lines = tasks.into_iter().map(|task| {
        let mark = if task.completed { mark } else { "" };
        format!("- #{} {}{mark}", task.id, task.title)
    });
    lines.collect::<Vec<String>>().join("\n")
}

/// The task in a line of a list.
pub(crate) fn read_line(line: &str) -> Option<Task> {
    let task = read_option(line.trim().strip_prefix("- ")?);
    (task.id != 0).then_some(task)
}

/// The task in a choice that a person was given. Its number is 0 where the choice has only the title.
pub(crate) fn read_option(option: &str) -> Task {
    let number = option.strip_prefix('#');
    let numbered = number.and_then(|rest| rest.split_once(' '));
    let numbered = numbered.and_then(|(id, title)| Some((id.parse().ok()?, title)));
    let (id, title) = numbered.unwrap_or((0, option));
    let bare = title.strip_suffix(DONE_MARK);
    Task {
        id,
        title: bare.unwrap_or(title).to_owned(),
        completed: bare.is_some(),
        ..Task::default()
    }
}

/// Which of several tasks is meant, for those whom nobody can show choices to.
pub(crate) fn which(act: Act, head: &str, tasks: &[&Task]) -> String {
    let lines = lines(tasks.iter().copied().take(CANDIDATES_LIMIT), DONE_MARK);
    let question = say("which one", &[&verb(act)]);
    format!("{head}\n\n{lines}\n\n{question}")
}

/// The numbers that `task_summary` found.
pub(crate) fn summary(result: &Value) -> String {
    let number = |name: &str| result.get(name).and_then(Value::as_u64);
    match (number("total"), number("pending"), number("completed")) {
        (Some(0), ..) => say("summary empty", &[]),
        (Some(1), Some(0), _) => say("summary one", &[]),
        (Some(total), Some(0), _) => say("summary done", &[&total]),
        (Some(total), Some(open), Some(done)) => say("summary", &[&total, &open, &done]),
        _ => list_failed(result),
    }
}

pub(crate) fn list_failed(result: &Value) -> String {
    let message = results::error(result).map_or("the list made no sense.", |(_, message)| message);
    say("list failed", &[&message])
}

/// A sentence for each kind of change, a list where there are several of a kind. `moved` when dates were to be changed.
pub(crate) fn changes(done: &[Done], moved: bool) -> Vec<String> {
    let together = |a: &Done, b: &Done| {
        let fate = a.fate();
        let alike = fate != Fate::Made || (a.name == b.name && a.name != "update_task");
        fate == b.fate() && fate != Fate::Failed && alike
    };
    let told = done.chunk_by(together).filter_map(|group| {
        let (first, count) = (group.first()?, group.len());
        Some(match (first.fate(), count) {
            (Fate::Failed, _) => failure(first),
            (Fate::Made, _) if sentence(&first.name).is_none() => return None,
            (Fate::Made, 1) => change(first, moved),
            (Fate::Made, _) => several(
                &first.name,
                &group.iter().map(Done::task).collect::<Vec<Task>>(),
            ),
            (fate, _) => say_of(count, &format!("{fate:?}"), &[&count]),
        })
    });
    told.collect()
}

/// What a tool did to these tasks.
fn several(tool: &str, tasks: &[Task]) -> String {
    if let [task] = tasks {
        return say(tool, &[&mention(task)]) + ".";
    }
    let head = say(tool, &[&format!("{} tasks", tasks.len())]);
    format!("{head}:\n\n{}", lines(tasks, ""))
}

fn change(done: &Done, moved: bool) -> String {
    let task = mention(&done.task());
    let argument = |name: &str| done.arguments.get(name).and_then(Value::as_str);
    let due = argument("description").and_then(due::label_of);
    match (done.name.as_str(), due) {
        ("undo", _) => undone(&done.result),
        ("add_task", Some(due)) => say("added due", &[&task, &due]),
        ("update_task", Some(due)) if moved => say("now due", &[&task, &due]),
        ("update_task", _) if argument("title").is_none() => say("described", &[&task]),
        ("update_task", _) => say("renamed", &[&done.task().id, &done.task().title]),
        (tool, _) => several(tool, &[done.task()]),
    }
}

/// What was restored, and what was not and why.
fn undone(result: &Value) -> String {
    let restored = Some(results::named(result, "restored")).filter(|tasks| !tasks.is_empty());
    let refused = elements(result, "refused").map(|refused| {
        let task = Task::deserialize(refused).unwrap_or_default();
        say(
            "not undone",
            &[&mention(&task), &results::text(refused, "reason")],
        )
    });
    let restored = restored.map(|tasks| several("undo", &tasks));
    let parts: Vec<String> = restored.into_iter().chain(refused).collect();
    match parts.len() {
        0 => say("nothing undone", &[]),
        _ => parts.join("\n\n"),
    }
}

fn failure(done: &Done) -> String {
    let (code, message) = results::error(&done.result).unwrap_or(("unknown", ""));
    match (done.name.as_str(), done.id()) {
        (_, Some(id)) if code == "not_found" => say("no such", &[&id]),
        ("add_task", _) => say("not added", &[&done.task().title, &message]),
        (_, Some(id)) => say("not changed", &[&id, &message]),
        (_, None) => say("not worked", &[&message]),
    }
}

/// Tasks to be shown.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// What it is of, as sentences about it are named: all, pending, completed, found.
    pub of: &'static str,
    /// When they are due where that was asked for: "due tomorrow", "overdue".
    pub due: Option<String>,
    pub tasks: Vec<Task>,
    /// How many more there are that the tool left out.
    pub beyond: usize,
    /// They are on a card that the person sees; only a sentence is needed.
    pub on_card: bool,
}

impl Listing {
    pub fn new(of: &'static str, tasks: Vec<Task>) -> Self {
        Self {
            of,
            tasks,
            ..Self::default()
        }
    }

    /// The title of a card.
    pub fn heading(&self) -> String {
        let title = || say(&format!("{} title", self.of), &[]);
        self.due.as_deref().map_or_else(title, capitalised)
    }

    /// The sentence and, unless a card has them, the lines.
    pub fn told(&self) -> String {
        let head = capitalised(&self.head());
        match (&self.due, self.tasks.len()) {
            (Some(due), 0) => say("due none", &[due]),
            (None, 0) => say(&format!("{} none", self.of), &[]),
            _ if self.on_card => format!("{head}."),
            _ => format!("{head}:\n\n{}", self.lines()),
        }
    }

    fn head(&self) -> String {
        let count = self.tasks.len() + self.beyond;
        let number = self.number(count);
        let tasks = if count == 1 { "task" } else { "tasks" };
        let open = self.tasks.iter().filter(|task| !task.completed).count();
        match (&self.due, self.of) {
            (Some(due), _) => say_of(count, "due", &[&number, &tasks, due]),
            (None, "all") if open == count => say("pending", &[&number, &tasks]),
            (None, "all") if count > 1 && self.beyond == 0 => {
                say("all mixed", &[&number, &tasks, &self.number(open)])
            }
            (None, of) => say(of, &[&number, &tasks]),
        }
    }

    /// Beside a card in words, above a list in digits but for one.
    fn number(&self, count: usize) -> String {
        let in_words = Some(count).filter(|count| self.on_card || *count < 2);
        in_words.map_or_else(|| count.to_string(), number)
    }

    fn lines(&self) -> String {
        let mut tasks: Vec<&Task> = self.tasks.iter().collect();
        tasks.sort_by_key(|task| task.completed);
        let mark = Some(DONE_MARK).filter(|_| self.of != "completed");
        let lines = lines(
            tasks.into_iter().take(LINES_LIMIT),
            mark.unwrap_or_default(),
        );
        match (self.tasks.len() + self.beyond).saturating_sub(LINES_LIMIT) {
            0 => lines,
            more => format!("{lines}\n- … and {more} more"),
        }
    }
}

/// What to say to a message that is no order in English, if it is in another language.
pub(crate) fn foreign(message: &str) -> Option<&'static str> {
    let end = message.floor_char_boundary(FOREIGN_BYTES);
    let lower = message.get(..end).unwrap_or(message).to_lowercase();
    let letters = lower.chars().filter(|c| c.is_alphabetic());
    let beyond_latin = letters.clone().filter(|c| *c > '\u{370}').count();
    let is_beyond = beyond_latin > 0 && beyond_latin * 2 >= letters.count();
    let words = lower.split(|c: char| !c.is_alphabetic() && c != '\'');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let is_written = |marks: &str| {
        if marks.starts_with('[') {
            return is_beyond && search(marks).is_match(&lower);
        }
        let hits = words.iter().filter(|word| is_in(marks, word)).count();
        !is_beyond && (hits > 1 || (hits > 0 && hits * 2 >= words.len()))
    };
    let mut rows = LANGUAGES.lines().filter_map(|row| row.split_once(" | "));
    rows.find_map(|(marks, said)| is_written(marks).then_some(said))
}
