//! Questions back to the user. The last line of each is fixed wording that the next turn reads.

use super::{line, mention};
use crate::command::{Change, Command, NewTask, Target};
use crate::tasks::Task;

/// What is to be done with a task that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Complete,
    Reopen,
    Delete,
    Update,
    Show,
}

const KINDS: [Kind; 5] = [
    Kind::Complete,
    Kind::Reopen,
    Kind::Delete,
    Kind::Update,
    Kind::Show,
];
const CANDIDATES_LIMIT: usize = 10;

const ASK_TITLE: &str = "What should the task be called?";
const NEW_TITLE: (&str, &str) = ("What should the new title of #", " be?");
const SURE: (&str, &str, &str) = (
    "Are you sure you want to delete all ",
    " tasks",
    " open tasks",
);
const OFFER: &str = "Should I add ";

impl Kind {
    fn verb(self) -> &'static str {
        match self {
            Self::Complete => "mark as done",
            Self::Reopen => "reopen",
            Self::Delete => "delete",
            Self::Update => "change",
            Self::Show => "show",
        }
    }

    /// Whether it makes sense for the task as it is.
    pub fn applies(self, task: &Task) -> bool {
        match self {
            Self::Complete => !task.completed,
            Self::Reopen => task.completed,
            Self::Delete | Self::Update | Self::Show => true,
        }
    }

    /// The command for it, about no task yet.
    pub fn command(self) -> Command {
        let target = Target::Missing;
        match self {
            Self::Complete => Command::Complete(target),
            Self::Reopen => Command::Reopen(target),
            Self::Delete => Command::Delete(target),
            Self::Update => Command::Update(target, Change::default()),
            Self::Show => Command::Find(target),
        }
    }
}

pub(crate) fn which(kind: Kind, words: &str, tasks: &[&Task]) -> String {
    let number = match tasks.len() {
        2 => "Two".to_owned(),
        3 => "Three".to_owned(),
        more => more.to_string(),
    };
    let question = format!("Which one should I {}?", kind.verb());
    format!(
        "{number} tasks match “{words}”:\n\n{}\n\n{question}",
        candidates(tasks)
    )
}

pub(crate) fn did_you_mean(kind: Kind, words: &str, tasks: &[&Task]) -> String {
    let these = if tasks.len() == 1 {
        "this one"
    } else {
        "one of these"
    };
    let question = format!("Which one should I {}?", kind.verb());
    let list = candidates(tasks);
    format!("I found no task called “{words}”. Did you mean {these}?\n\n{list}\n\n{question}")
}

pub(crate) fn which_at_all(kind: Kind) -> String {
    format!(
        "Tell me the number of the task or a word of its title.\n\nWhich task should I {}?",
        kind.verb()
    )
}

/// Reads the last line of the three above.
pub(crate) fn asked_which(question: &str) -> Option<Kind> {
    let verb = ["Which one should I ", "Which task should I "]
        .iter()
        .find_map(|start| question.strip_prefix(start))?
        .strip_suffix('?')?;
    KINDS.into_iter().find(|kind| kind.verb() == verb)
}

pub(crate) fn ask_title() -> String {
    ASK_TITLE.to_owned()
}

pub(crate) fn ask_new_title(id: i64) -> String {
    let (before, after) = NEW_TITLE;
    format!("{before}{id}{after}")
}

pub(crate) fn asked_new_title(question: &str) -> Option<i64> {
    question
        .strip_prefix(NEW_TITLE.0)?
        .strip_suffix(NEW_TITLE.1)?
        .parse()
        .ok()
}

pub(crate) fn are_you_sure(count: usize, open_only: bool) -> String {
    let (start, all, open) = SURE;
    let kind = if open_only { open } else { all };
    format!("This cannot be undone.\n\n{start}{count}{kind}?")
}

/// Whether the question was about deleting only the open ones, if it was about deleting.
pub(crate) fn asked_if_sure(question: &str) -> Option<bool> {
    let what = question.strip_prefix(SURE.0)?.strip_suffix('?')?;
    Some(what.ends_with(SURE.2))
}

pub(crate) fn offer(tasks: &[NewTask]) -> String {
    match tasks {
        [task] => format!("{OFFER}“{}” as a task?", task.title),
        _ => format!("{OFFER}these {} tasks?", tasks.len()),
    }
}

pub(crate) fn asked_to_add(question: &str) -> bool {
    question.starts_with(OFFER)
}

fn candidates(tasks: &[&Task]) -> String {
    let shown = tasks.iter().take(CANDIDATES_LIMIT);
    let lines: Vec<String> = shown
        .map(|task| line(task.id, &task.title) + if task.completed { " (done)" } else { "" })
        .collect();
    lines.join("\n")
}

/// "#3 “Pay rent” …", for sentences about one task.
pub(super) fn subject(task: &Task) -> String {
    mention(task.id, &task.title)
}
