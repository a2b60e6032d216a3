//! What the assistant says, but for its questions. The lines of a list and the mentions of a task are read again by the
//! next turn, so they are written and read here side by side.

use serde_json::Value;

use crate::command::{Act, Talk};
use crate::due;
use crate::history::Done;
use crate::outcome::Outcome;
use crate::results::{self, Fate, Task};
use crate::text::{CARDINALS, capitalised};

const LINES_LIMIT: usize = 50;
const DONE_MARK: &str = " (done)";
const HELP: &str = "I look after your todo list. You can say:\n\n\
    - “add buy milk and call mom”\n\
    - “what is open?”\n\
    - “mark the milk one done”\n\
    - “rename task 3 to buy oat milk”\n\
    - “delete task 2”\n\
    - “how am I doing?”";
pub(crate) const NOTHING_DONE: &str = "There was nothing to do.";
pub(crate) const LEFT: &str = "All right, I left that as it is.";
pub(crate) const CANNOT_UNDO: &str = "Sorry, I do not know how to take that back. Tell me how the task should be, and I will change it.";
pub(crate) const CANNOT_REOPEN: &str = "Sorry, I cannot reopen a completed task from here. You can untick it in your task list, or tell me to add it again.";
const EMPTY: &str = "Your list is empty. Say “add buy milk” to put something on it.";

pub(crate) fn talk(talk: Talk) -> String {
    let said = match talk {
        Talk::Hello => return format!("Hello! {HELP}"),
        Talk::Help => HELP,
        Talk::Thanks => "You're welcome! Is there anything else I can do?",
        Talk::Bye => "Goodbye! Your list will be here when you come back.",
        Talk::Yes => "All right. What should I do with your tasks?",
        Talk::No => "All right, I left everything as it is.",
        Talk::Who => {
            "I am the offline model of this todo list: a program that understands plain English about tasks by fixed rules. \
             I am not ChatGPT or any other language model; whoever runs this app can set one up in my place."
        }
    };
    said.to_owned()
}

pub(crate) fn not_understood() -> String {
    format!("Sorry, that is beyond me. {HELP}")
}

pub(crate) fn no_tool(what: &str) -> String {
    format!("Sorry, I cannot {what} right now: the tool for it is not available to me.")
}

pub(crate) fn already(act: Act, task: &Task) -> String {
    let state = if act == Act::Reopen {
        "still open"
    } else {
        "already done"
    };
    format!("{} is {state}.", mention(task.id, &task.title))
}

pub(crate) fn no_such(id: i64) -> String {
    format!("There is no task #{id}. Say “show my tasks” to see the numbers.")
}

pub(crate) fn no_match(words: &str, listed: &[Task]) -> String {
    let start = format!("I found no task that matches “{words}”");
    if listed.is_empty() {
        return format!("{start}: your list is empty.");
    }
    format!("{start}. Say “show my tasks” to see what there is.")
}

/// That a list was not whole.
pub(crate) fn not_seen(beyond: usize) -> String {
    format!("I could look at the newest tasks only; {beyond} older ones are not among them.")
}

pub(crate) fn nothing_to(act: Act) -> String {
    let what = match act {
        Act::Complete => "open task to mark as done",
        Act::Reopen => "completed task to reopen",
        Act::Delete => "such task to delete",
        Act::Update | Act::Show => "such task",
    };
    format!("There is no {what}.")
}

/// `#5 “Buy milk”`; at most one on a line, so that [`mentioned`] finds it.
fn mention(id: i64, title: &str) -> String {
    if title.is_empty() {
        return format!("#{id}");
    }
    format!("#{id} “{title}”")
}

/// The number of the task a line speaks of. What stands in quotation marks is somebody's title and
/// not searched.
pub(crate) fn mentioned(line: &str) -> Option<i64> {
    let after = line.split('“').next()?.split('#').nth(1)?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// A line of a list with a mark where the task is done.
pub(crate) fn marked_line(task: &Task) -> String {
    let mark = if task.completed { DONE_MARK } else { "" };
    format!("- #{} {}{mark}", task.id, task.title)
}

/// The task in a line of a list.
pub(crate) fn read_line(line: &str) -> Option<Task> {
    let (id, title) = line.trim().strip_prefix("- #")?.split_once(' ')?;
    let bare = title.strip_suffix(DONE_MARK);
    Some(Task {
        completed: bare.is_some(),
        ..Task::named(id.parse().ok()?, bare.unwrap_or(title))
    })
}

/// What a list is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
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
    of: Of,
    pub tasks: Vec<Task>,
    /// How many more there are that the tool left out.
    pub beyond: usize,
    /// They are on a card that the person sees; only a sentence is needed.
    pub on_card: bool,
}

impl Listing {
    pub fn new(of: Of, tasks: Vec<Task>) -> Self {
        Self {
            of,
            tasks,
            beyond: 0,
            on_card: false,
        }
    }

    /// The title of a card.
    pub fn heading(&self) -> String {
        match &self.of {
            Of::Open => "Open tasks".to_owned(),
            Of::Done => "Completed tasks".to_owned(),
            Of::All => "Your tasks".to_owned(),
            Of::Found => "Tasks found".to_owned(),
            Of::Overdue => "Overdue".to_owned(),
            Of::Due(label) => format!("Due {label}"),
        }
    }

    /// The sentence and, unless a card has them, the lines.
    pub fn told(&self) -> String {
        let told = match self.tasks.len() {
            0 => self.nothing(),
            _ if self.on_card => format!("{}.", capitalised(&self.head())),
            _ => format!("{}:\n\n{}", capitalised(&self.head()), self.lines()),
        };
        if self.beyond > 0 && matches!(self.of, Of::Overdue | Of::Due(_)) {
            return format!("{told}\n\n{}", not_seen(self.beyond));
        }
        told
    }

    fn nothing(&self) -> String {
        match &self.of {
            Of::Open => "Nothing is open. You are all caught up!".to_owned(),
            Of::Done => "Nothing is done yet.".to_owned(),
            Of::All => EMPTY.to_owned(),
            Of::Found => "There are no such tasks.".to_owned(),
            Of::Overdue => "Nothing is overdue.".to_owned(),
            Of::Due(label) => format!("Nothing is due {label}."),
        }
    }

    fn head(&self) -> String {
        let count = match &self.of {
            Of::Overdue | Of::Due(_) => self.tasks.len(),
            _ => self.tasks.len() + self.beyond,
        };
        let open = self.tasks.iter().filter(|task| !task.completed).count();
        let tasks = |kind: &str| {
            let plural = if count == 1 { "" } else { "s" };
            format!("{} {kind}task{plural}", self.number(count))
        };
        let are = if count == 1 { "is" } else { "are" };
        match &self.of {
            Of::Open => format!("You have {}", tasks("open ")),
            Of::All if open == count => format!("You have {}", tasks("open ")),
            Of::Done => format!("You have completed {}", tasks("")),
            Of::All if open == 0 && count > 1 => format!("You have completed {}", tasks("")),
            Of::All if count == 1 => "You have one task".to_owned(),
            Of::All if self.beyond > 0 => format!("You have {}", tasks("")),
            Of::All => format!("You have {}, {} of them open", tasks(""), self.number(open)),
            Of::Found => format!("I found {}", tasks("")),
            Of::Overdue => format!("{} {are} overdue", tasks("")),
            Of::Due(label) => format!("{} {are} due {label}", tasks("")),
        }
    }

    /// Beside a card in words up to ten, above a list in digits but for one.
    fn number(&self, count: usize) -> String {
        let word = count
            .checked_sub(1)
            .and_then(|at| CARDINALS.split(' ').nth(at));
        let word = word.filter(|_| self.on_card || (count == 1 && self.tasks.len() == 1));
        word.map_or_else(|| count.to_string(), str::to_owned)
    }

    fn lines(&self) -> String {
        let marked = matches!(self.of, Of::All | Of::Found);
        let (done, open): (Vec<&Task>, Vec<&Task>) =
            self.tasks.iter().partition(|task| marked && task.completed);
        let ordered = open.into_iter().chain(done).take(LINES_LIMIT);
        let mut lines: Vec<String> = ordered
            .map(|task| {
                if marked {
                    marked_line(task)
                } else {
                    format!("- #{} {}", task.id, task.title)
                }
            })
            .collect();
        let more = (self.tasks.len() + self.beyond).saturating_sub(LINES_LIMIT);
        if more > 0 {
            lines.push(format!("- … and {more} more"));
        }
        lines.join("\n")
    }
}

/// One task as the list has it.
pub(crate) fn describe(task: &Task) -> String {
    let state = if task.completed { "done" } else { "open" };
    let description = match task.description.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => format!("Its description: {text}"),
        None => "It has no description.".to_owned(),
    };
    format!(
        "{} is {state}. {description}",
        mention(task.id, &task.title)
    )
}

/// The numbers that `task_summary` found.
pub(crate) fn summary(result: &Value) -> String {
    let number = |name: &str| result.get(name).and_then(Value::as_u64);
    match (number("total"), number("pending"), number("completed")) {
        (Some(0), ..) => EMPTY.to_owned(),
        (Some(1), Some(0), _) => "You have one task, and it is done. Well done!".to_owned(),
        (Some(1), Some(_), _) => "You have one task, and it is open.".to_owned(),
        (Some(total), Some(0), _) => format!("All your {total} tasks are done. Well done!"),
        (Some(total), Some(open), Some(done)) => {
            format!("You have {total} tasks: {open} open and {done} done.")
        }
        _ => list_failed(result),
    }
}

pub(crate) fn list_failed(result: &Value) -> String {
    let message = results::error(result).map_or("the list made no sense.", |(_, message)| message);
    format!("I could not look at your tasks: {message}")
}

/// The id of the task an `add_task` call made.
pub(crate) fn added_id(done: &Done) -> Option<i64> {
    let added = done.name == "add_task";
    added.then(|| done.result.get("task_id")?.as_i64())?
}

/// The answer of a turn: what was done, what could not be, what was asked for; a question last,
/// because the next turn looks for it there. `moved` when dates were to be changed.
pub(crate) fn compose(
    done: &[&Done],
    outcomes: &[Outcome],
    shown: &[String],
    moved: bool,
) -> String {
    let mut parts = changes(done, moved);
    let (mut questions, mut wanted) = (Vec::new(), 0);
    for outcome in outcomes {
        match outcome {
            Outcome::Call(_) => wanted += 1,
            Outcome::Say(text) => parts.push(text.clone()),
            Outcome::Ask(question) => questions.push(question.clone()),
            Outcome::Choose(_) | Outcome::Found(_) => {}
        }
    }
    let refused = |done: &&Done| results::fate(&done.result) == Fate::Refused;
    if wanted > done.len() && !done.iter().any(refused) {
        let (made, left) = (done.len(), wanted - done.len());
        parts.push(format!(
            "I stopped after {made}; {left} more are left. Say “go on” for the rest."
        ));
    }
    parts.extend_from_slice(shown);
    if questions.len() > 1 {
        parts.push("I have more than one question; this one first.".to_owned());
    }
    parts.extend(questions.into_iter().take(1));
    if parts.is_empty() {
        parts.push(NOTHING_DONE.to_owned());
    }
    parts.join("\n\n")
}

/// A sentence for each kind of change, a list where there are several of a kind.
fn changes(done: &[&Done], moved: bool) -> Vec<String> {
    let kind = |done: &Done| match results::fate(&done.result) {
        Fate::Made => (Fate::Made, done.name.clone()),
        fate => (fate, String::new()),
    };
    let together = |a: &&Done, b: &&Done| {
        let (fate, name) = kind(a);
        kind(b) == (fate, name.clone()) && fate != Fate::Failed && name != "update_task"
    };
    let told = done.chunk_by(together).filter_map(|group| {
        let (first, count) = (group.first()?, group.len());
        Some(match (results::fate(&first.result), count) {
            (Fate::Failed, _) => failure(first),
            (Fate::Made, 1) => change(first, moved),
            (Fate::Made, _) => {
                let lines = group.iter().map(|done| {
                    format!("- #{} {}", id_of(done).unwrap_or_default(), title_of(done))
                });
                let head = made(&first.name, &format!("{count} tasks"));
                format!("{head}:\n\n{}", lines.collect::<Vec<String>>().join("\n"))
            }
            (Fate::Refused, 1) => "You said no, so I did not do it.".to_owned(),
            (Fate::Refused, _) => "You said no, so I did none of it.".to_owned(),
            (Fate::NotMade, 1) => "One change was not made.".to_owned(),
            (Fate::NotMade, _) => format!("{count} changes were not made."),
            (Fate::NotKnown, 1) => unknown("one change was", "it"),
            (Fate::NotKnown, _) => unknown(&format!("{count} changes were"), "them"),
        })
    });
    told.collect()
}

fn unknown(changes: &str, them: &str) -> String {
    format!(
        "I do not know whether {changes} made; look at the list before you ask for {them} again."
    )
}

/// That a tool has done it to a task, or to several.
fn made(tool: &str, what: &str) -> String {
    match tool {
        "add_task" => format!("Added {what}"),
        "complete_task" => format!("Marked {what} as done"),
        "reopen_task" => format!("Reopened {what}"),
        "delete_task" => format!("Deleted {what}"),
        "update_task" => format!("Updated {what}"),
        other => format!("{other} is done"),
    }
}

fn change(done: &Done, moved: bool) -> String {
    let id = id_of(done).unwrap_or_default();
    let task = mention(id, title_of(done));
    let argument = |name: &str| done.arguments.get(name).filter(|value| !value.is_null());
    let description = argument("description").and_then(Value::as_str);
    let due = description.and_then(due::label_of);
    let reopened = argument("completed") == Some(&Value::Bool(false));
    match (done.name.as_str(), due) {
        ("add_task", Some(due)) => format!("Added {task}, due {due}."),
        _ if reopened => format!("{}.", made("reopen_task", &task)),
        ("update_task", _) if argument("title").is_some() && description.is_none() => {
            format!("Renamed #{id} to “{}”.", title_of(done))
        }
        ("update_task", Some(due)) if moved => format!("{task} is now due {due}."),
        ("update_task", _) if argument("title").is_none() => {
            format!("Updated the description of {task}.")
        }
        (tool, _) => format!("{}.", made(tool, &task)),
    }
}

fn failure(done: &Done) -> String {
    let (code, message) = results::error(&done.result).unwrap_or(("unknown", ""));
    match (done.name.as_str(), id_of(done)) {
        (_, Some(id)) if code == "not_found" => no_such(id),
        ("add_task", _) => format!("I could not add “{}”: {message}", title_of(done)),
        ("list_tasks" | "task_summary", _) => list_failed(&done.result),
        (_, Some(id)) => format!("I could not change #{id}: {message}"),
        (_, None) => format!("That did not work: {message}"),
    }
}

fn id_of(done: &Done) -> Option<i64> {
    let id = |value: &Value| value.get("task_id").or_else(|| value.get("id"))?.as_i64();
    id(&done.result).or_else(|| id(&done.arguments))
}

fn title_of(done: &Done) -> &str {
    let mut titles = [&done.result, &done.arguments].into_iter();
    titles
        .find_map(|value| value.get("title")?.as_str())
        .unwrap_or_default()
}
