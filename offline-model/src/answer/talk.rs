//! Sentences that need no tool.

use super::questions::{Kind, subject};
use crate::command::{Command, SmallTalk};
use crate::tasks::Task;

const HELP: &str = "I look after your todo list. You can say:\n\n\
    - “add buy milk and call mom”\n\
    - “what is open?”\n\
    - “mark the milk one done”\n\
    - “rename task 3 to buy oat milk”\n\
    - “delete task 2”\n\
    - “how am I doing?”";

pub(crate) fn small_talk(talk: SmallTalk) -> String {
    match talk {
        SmallTalk::Hello => format!("Hello! {HELP}"),
        SmallTalk::Thanks => "You're welcome! Is there anything else I can do?".to_owned(),
        SmallTalk::Bye => "Goodbye! Your list will be here when you come back.".to_owned(),
        SmallTalk::Yes => "All right. What should I do with your tasks?".to_owned(),
        SmallTalk::No => "All right, I left everything as it is.".to_owned(),
        SmallTalk::Help => HELP.to_owned(),
    }
}

pub(crate) fn not_understood() -> String {
    format!("Sorry, that is beyond me. {HELP}")
}

pub(crate) fn already(kind: Kind, task: &Task) -> String {
    let state = if kind == Kind::Reopen {
        "still open"
    } else {
        "already done"
    };
    format!("{} is {state}.", subject(task))
}

pub(crate) fn no_match(words: &str, listed: &[Task]) -> String {
    if listed.is_empty() {
        return format!("I found no task that matches “{words}”: your list is empty.");
    }
    format!("I found no task that matches “{words}”. Say “show my tasks” to see what there is.")
}

pub(crate) fn nothing_to(kind: Kind) -> String {
    match kind {
        Kind::Complete => "There is no open task to mark as done.",
        Kind::Reopen => "There is no completed task to reopen.",
        Kind::Delete => "There is no such task to delete.",
        Kind::Update | Kind::Show => "There is no such task.",
    }
    .to_owned()
}

pub(crate) fn one_at_a_time() -> String {
    "I can change only one task at a time. Tell me its number.".to_owned()
}

pub(crate) fn cannot_reopen() -> String {
    "Sorry, I cannot reopen a completed task from here. You can untick it in your task list, or \
     tell me to add it again."
        .to_owned()
}

pub(crate) fn no_tool(command: &Command) -> String {
    let what = match command {
        Command::Add(_) => "add tasks",
        Command::Complete(_) => "complete tasks",
        Command::Delete(_) | Command::DeleteSure(_) => "delete tasks",
        Command::Update(..) => "change tasks",
        _ => "see your tasks",
    };
    format!("Sorry, I cannot {what} right now: the tool for it is not available to me.")
}
