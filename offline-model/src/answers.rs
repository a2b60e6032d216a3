//! What the assistant says. Lines of a list, mentions of a task and questions are read again by the next turn, so they
//! are written and read here side by side.

use serde_json::Value;

use crate::command::{Act, NewTask, Status};
use crate::due;
use crate::results::{self, Done, Fate, Task};

macro_rules! help {
    () => {
        "I look after your todo list. You can say:\n\n\
        - “add buy milk and call mom”\n\
        - “what is open?”\n\
        - “mark the milk one done”\n\
        - “rename task 3 to buy oat milk”\n\
        - “delete task 2”\n\
        - “how am I doing?”"
    };
}
pub(crate) const HELP: &str = help!();
pub(crate) const HELLO: &str = concat!("Hello! ", help!());
pub(crate) const WELCOME: &str = "You're welcome! Is there anything else I can do?";
pub(crate) const BYE: &str = "Goodbye! Your list will be here when you come back.";
pub(crate) const WHO: &str = "I am the offline model of this todo list: a program that understands plain English about tasks by fixed rules. \
    I am not ChatGPT or any other language model; whoever runs this app can set one up in my place.";
pub(crate) const NOT_UNDERSTOOD: &str = concat!("Sorry, that is beyond me. ", help!());
pub(crate) const EMPTY: &str = "Your list is empty. Say “add buy milk” to put something on it.";
pub(crate) const YES: &str = "All right. What should I do with your tasks?";
pub(crate) const NO: &str = "All right, I left everything as it is.";
pub(crate) const LEFT: &str = "All right, I left that as it is.";
pub(crate) const NOTHING_DONE: &str = "There was nothing to do.";
pub(crate) const QUESTIONS: &str = "I have more than one question; this one first.";
pub(crate) const ONE_AT_A_TIME: &str = "I can change only one task at a time. Tell me its number.";
pub(crate) const CANNOT_UNDO: &str =
    "Sorry, I cannot undo anything here. Tell me how the task should be, and I will change it.";
pub(crate) const CANNOT_REOPEN: &str = "Sorry, I cannot reopen a completed task from here. You can untick it in your task list, or tell me to add it again.";

pub(crate) const WHEN: &str = "When should it be due?";
pub(crate) const TITLE: &str = "What should the task be called?";
/// How other questions begin that the next turn reads.
pub(crate) const OFFER: &str = "Should I add ";
pub(crate) const SURE: &str = "Are you sure you want to delete all ";
const NEW_TITLE: &str = "What should the new title of #";

/// What can be done with a task: the tool for it, and what the questions call it.
const ACTS: [(Act, &str, &str); 5] = [
    (Act::Complete, "complete_task", "mark as done"),
    (Act::Reopen, "reopen_task", "reopen"),
    (Act::Delete, "delete_task", "delete"),
    (Act::Update, "update_task", "change"),
    (Act::Show, "list_tasks", "show"),
];
/// What a tool is for, and what is said of what it did.
const TOOLS: [(&str, &str, &str); 6] = [
    ("add_task", "add tasks", "Added {}"),
    ("complete_task", "complete tasks", "Marked {} as done"),
    ("reopen_task", "reopen tasks", "Reopened {}"),
    ("delete_task", "delete tasks", "Deleted {}"),
    ("update_task", "change tasks", "Updated {}"),
    ("undo", "undo", "Took back the last change to {}"),
];
/// What is said of a change that was not made, and of several.
const UNMADE: [(Fate, &str, &str); 3] = [
    (
        Fate::Refused,
        "You said no, so I did not do it.",
        "You said no, so I did none of it.",
    ),
    (
        Fate::NotMade,
        "One change was not made.",
        "{} changes were not made.",
    ),
    (
        Fate::NotKnown,
        "I do not know whether one change was made; look at the list before you ask for it again.",
        "I do not know whether {} changes were made; look at the list before you ask for them again.",
    ),
];
const DONE_MARK: &str = " (done)";
const CANDIDATES_LIMIT: usize = 10;

impl Act {
    fn row(self) -> (&'static str, &'static str) {
        let row = ACTS.iter().find(|(act, ..)| *act == self);
        row.map_or(("", ""), |(_, tool, verb)| (tool, verb))
    }

    pub fn tool(self) -> &'static str {
        self.row().0
    }
}

pub(crate) fn no_tool(tool: &str) -> String {
    let row = TOOLS.iter().find(|(name, ..)| *name == tool);
    let what = row.map_or("see your tasks", |(_, what, _)| what);
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

pub(crate) fn no_match(words: &str, empty: bool) -> String {
    let start = format!("I found no task that matches “{words}”");
    if empty {
        return format!("{start}: your list is empty.");
    }
    format!("{start}. Say “show my tasks” to see what there is.")
}

/// That a list was not whole.
pub(crate) fn not_seen(beyond: usize) -> String {
    format!("I could look at the newest tasks only; {beyond} older ones are not among them.")
}

pub(crate) fn stopped(made: usize, left: usize) -> String {
    format!("I stopped after {made}; {left} more are left. Say “go on” for the rest.")
}

pub(crate) fn nothing_to(act: Act) -> String {
    format!("There is no such task to {}.", act.row().1)
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

/// A line of a list, with a mark where the task is done.
pub(crate) fn line(task: &Task) -> String {
    let mark = if task.completed { DONE_MARK } else { "" };
    format!("- #{} {}{mark}", task.id, task.title)
}

/// The task in a line of a list.
pub(crate) fn read_line(line: &str) -> Option<Task> {
    let task = read_option(line.trim().strip_prefix("- ")?);
    (task.id != 0).then_some(task)
}

/// The task in a choice that a person was given. Its number is 0 where the choice has only the title.
pub(crate) fn read_option(option: &str) -> Task {
    let numbered = option
        .strip_prefix('#')
        .and_then(|rest| rest.split_once(' '));
    let numbered = numbered.and_then(|(id, title)| Some((id.parse().ok()?, title)));
    let (id, title) = numbered.unwrap_or((0, option));
    let bare = title.strip_suffix(DONE_MARK);
    Task {
        id,
        title: bare.unwrap_or(title).to_owned(),
        description: None,
        completed: bare.is_some(),
    }
}

/// What is to be done with the task that a question asks for.
pub(crate) fn asked_which(question: &str) -> Option<Act> {
    let (_, verb) = question.strip_prefix("Which ")?.split_once(" should I ")?;
    let verb = verb.strip_suffix('?')?;
    let row = ACTS.iter().find(|(.., known)| *known == verb);
    row.map(|(act, ..)| *act)
}

pub(crate) fn which_one(act: Act) -> String {
    format!("Which one should I {}?", act.row().1)
}

pub(crate) fn which_at_all(act: Act) -> String {
    let verb = act.row().1;
    format!("Tell me the number of the task or a word of its title.\n\nWhich task should I {verb}?")
}

pub(crate) fn which(act: Act, words: &str, tasks: &[&Task]) -> String {
    let number = match tasks.len() {
        2 => "Two".to_owned(),
        more => more.to_string(),
    };
    choice(&format!("{number} tasks match “{words}”:"), act, tasks)
}

pub(crate) fn did_you_mean(act: Act, words: &str, tasks: &[&Task]) -> String {
    let these = if tasks.len() == 1 {
        "this one"
    } else {
        "one of these"
    };
    let head = format!("I found no task called “{words}”. Did you mean {these}?");
    choice(&head, act, tasks)
}

fn choice(head: &str, act: Act, tasks: &[&Task]) -> String {
    let lines = tasks.iter().take(CANDIDATES_LIMIT).map(|task| line(task));
    let lines: Vec<String> = lines.collect();
    format!("{head}\n\n{}\n\n{}", lines.join("\n"), which_one(act))
}

pub(crate) fn new_title(id: i64) -> String {
    format!("{NEW_TITLE}{id} be?")
}

/// The task whose new title a question asks for.
pub(crate) fn asked_new_title(question: &str) -> Option<i64> {
    let id = question.strip_prefix(NEW_TITLE)?.strip_suffix(" be?")?;
    id.parse().ok()
}

pub(crate) fn are_you_sure(count: usize, status: Status) -> String {
    let open = if status == Status::Pending {
        "open "
    } else {
        ""
    };
    format!("This cannot be undone.\n\n{SURE}{count} {open}tasks?")
}

pub(crate) fn offer(tasks: &[NewTask]) -> String {
    match tasks {
        [task] => format!("{OFFER}“{}” as a task?", task.title),
        _ => format!("{OFFER}these {} tasks?", tasks.len()),
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
        (Some(total), Some(0), _) => format!("All your {total} tasks are done. Well done!"),
        (Some(total), Some(open), Some(done)) => {
            let tasks = if total == 1 { "task" } else { "tasks" };
            format!("You have {total} {tasks}: {open} open and {done} done.")
        }
        _ => list_failed(result),
    }
}

pub(crate) fn list_failed(result: &Value) -> String {
    let message = results::error(result).map_or("the list made no sense.", |(_, message)| message);
    format!("I could not look at your tasks: {message}")
}

/// A sentence for each kind of change, a list where there are several of a kind. `moved` when dates were to be changed.
pub(crate) fn changes(done: &[&Done], moved: bool) -> Vec<String> {
    let together = |a: &&Done, b: &&Done| {
        let fate = a.fate();
        let alike = fate != Fate::Made || (a.name == b.name && a.name != "update_task");
        fate == b.fate() && fate != Fate::Failed && alike
    };
    let told = done.chunk_by(together).filter_map(|group| {
        let (first, fate) = (group.first()?, group.first()?.fate());
        let unmade = UNMADE.iter().find(|(unmade, ..)| *unmade == fate);
        Some(match (unmade, group) {
            (Some((_, one, _)), [_]) => (*one).to_owned(),
            (Some((_, _, several)), _) => several.replace("{}", &group.len().to_string()),
            (None, [_]) if fate == Fate::Failed => failure(first),
            (None, [_]) => change(first, moved),
            (None, _) => several(
                &first.name,
                group.iter().map(|done| (done.id(), done.title())),
            ),
        })
    });
    told.collect()
}

/// That a tool has done it to a task, or to several.
fn made(tool: &str, what: &str) -> String {
    let row = TOOLS.iter().find(|(name, ..)| *name == tool);
    row.map_or_else(
        || format!("{tool} is done"),
        |(.., said)| said.replace("{}", what),
    )
}

fn several<'t>(tool: &str, tasks: impl Iterator<Item = (Option<i64>, &'t str)>) -> String {
    let lines = tasks.map(|(id, title)| format!("- #{} {title}", id.unwrap_or_default()));
    let lines: Vec<String> = lines.collect();
    let head = made(tool, &format!("{} tasks", lines.len()));
    format!("{head}:\n\n{}", lines.join("\n"))
}

fn change(done: &Done, moved: bool) -> String {
    let id = done.id().unwrap_or_default();
    let task = mention(id, done.title());
    let argument = |name: &str| done.arguments.get(name).and_then(Value::as_str);
    let (title, description) = (argument("title"), argument("description"));
    let due = description.and_then(due::label_of);
    match (done.name.as_str(), due) {
        ("undo", _) => undone(&done.result),
        ("add_task", Some(due)) => format!("Added {task}, due {due}."),
        ("update_task", Some(due)) if moved => format!("{task} is now due {due}."),
        ("update_task", _) if title.is_none() => format!("Updated the description of {task}."),
        ("update_task", _) => format!("Renamed #{id} to “{}”.", done.title()),
        (tool, _) => format!("{}.", made(tool, &task)),
    }
}

/// What was restored, and what was not and why.
fn undone(result: &Value) -> String {
    let restored = results::named(result, "restored");
    let restored = match restored.as_slice() {
        [] => None,
        [task] => Some(format!("{}.", made("undo", &mention(task.id, &task.title)))),
        tasks => {
            let tasks = tasks
                .iter()
                .map(|task| (Some(task.id), task.title.as_str()));
            Some(several("undo", tasks))
        }
    };
    let refused = result.get("refused").and_then(Value::as_array);
    let refused = refused.into_iter().flatten().map(|task| {
        let field = |name: &str| task.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = task.get("id").and_then(Value::as_i64).unwrap_or_default();
        let task = mention(id, field("title"));
        format!(
            "I could not take back the change to {task}: {}",
            field("reason")
        )
    });
    let parts: Vec<String> = restored.into_iter().chain(refused).collect();
    if parts.is_empty() {
        return "There was nothing to undo.".to_owned();
    }
    parts.join("\n\n")
}

fn failure(done: &Done) -> String {
    let (code, message) = results::error(&done.result).unwrap_or(("unknown", ""));
    match (done.name.as_str(), done.id()) {
        (_, Some(id)) if code == "not_found" => no_such(id),
        ("add_task", _) => format!("I could not add “{}”: {message}", done.title()),
        (_, Some(id)) => format!("I could not change #{id}: {message}"),
        (_, None) => format!("That did not work: {message}"),
    }
}
