//! Questions back to the user. The last line of each is fixed wording that the next turn reads.

use crate::answers::{marked_line, read_line};
use crate::command::{Act, NewTask, Status};
use crate::results::Task;

const CANDIDATES_LIMIT: usize = 10;
const WHICH_ONE: &str = "Which one should I ";
const WHICH_TASK: &str = "Which task should I ";
pub(crate) const TITLE: &str = "What should the task be called?";
const NEW_TITLE: &str = "What should the new title of #";
const SURE_ALL: &str = "Are you sure you want to delete all ";

/// What is to be done with a task, as the questions say it.
const VERBS: [(Act, &str); 5] = [
    (Act::Complete, "mark as done"),
    (Act::Reopen, "reopen"),
    (Act::Delete, "delete"),
    (Act::Update, "change"),
    (Act::Show, "show"),
];

/// A question that the user may be answering.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Which of these, if any were listed.
    Which(Act, Vec<Task>),
    Title,
    NewTitle(i64),
    /// Whether to add what was said.
    Add,
    /// Whether to delete all.
    Delete(Status),
}

/// The question at the end of an answer.
pub(crate) fn read(answer: &str) -> Option<Asked> {
    let mut lines = answer.trim_end().lines().rev();
    let question = lines.next()?;
    if let Some(act) = asked_which(question) {
        let lines = lines.skip_while(|line| line.trim().is_empty());
        let mut candidates: Vec<Task> = lines.map_while(read_line).collect();
        candidates.reverse();
        return Some(Asked::Which(act, candidates));
    }
    if question == TITLE {
        return Some(Asked::Title);
    }
    if let Some(rest) = question.strip_prefix(NEW_TITLE) {
        return rest.strip_suffix(" be?")?.parse().ok().map(Asked::NewTitle);
    }
    if let Some(rest) = question.strip_prefix(SURE_ALL) {
        let (_, kind) = rest.split_once(' ')?;
        return match kind {
            "tasks?" => Some(Asked::Delete(Status::All)),
            "open tasks?" => Some(Asked::Delete(Status::Pending)),
            _ => None,
        };
    }
    (question.starts_with("Should I add ") && question.ends_with('?')).then_some(Asked::Add)
}

/// What is to be done with the task that a question asks for.
pub(crate) fn asked_which(question: &str) -> Option<Act> {
    let rest = question
        .strip_prefix(WHICH_ONE)
        .or_else(|| question.strip_prefix(WHICH_TASK));
    let verb = rest?.strip_suffix('?')?;
    VERBS
        .iter()
        .find(|(_, known)| *known == verb)
        .map(|(act, _)| *act)
}

fn verb(act: Act) -> &'static str {
    VERBS
        .iter()
        .find(|(known, _)| *known == act)
        .map_or("", |(_, verb)| *verb)
}

pub(crate) fn which_one(act: Act) -> String {
    format!("{WHICH_ONE}{}?", verb(act))
}

pub(crate) fn which_at_all(act: Act) -> String {
    format!(
        "Tell me the number of the task or a word of its title.\n\n{WHICH_TASK}{}?",
        verb(act)
    )
}

pub(crate) fn which(act: Act, words: &str, tasks: &[&Task]) -> String {
    let number = match tasks.len() {
        2 => "Two".to_owned(),
        3 => "Three".to_owned(),
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
    choice(
        &format!("I found no task called “{words}”. Did you mean {these}?"),
        act,
        tasks,
    )
}

fn choice(head: &str, act: Act, tasks: &[&Task]) -> String {
    let lines = tasks
        .iter()
        .take(CANDIDATES_LIMIT)
        .map(|task| marked_line(task));
    let lines: Vec<String> = lines.collect();
    format!("{head}\n\n{}\n\n{}", lines.join("\n"), which_one(act))
}

pub(crate) fn new_title(id: i64) -> String {
    format!("{NEW_TITLE}{id} be?")
}

pub(crate) fn are_you_sure(count: usize, status: Status) -> String {
    let kind = if status == Status::Pending {
        "open tasks"
    } else {
        "tasks"
    };
    format!("This cannot be undone.\n\n{SURE_ALL}{count} {kind}?")
}

pub(crate) fn offer(tasks: &[NewTask]) -> String {
    match tasks {
        [task] => format!("Should I add “{}” as a task?", task.title),
        _ => format!("Should I add these {} tasks?", tasks.len()),
    }
}
