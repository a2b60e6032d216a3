//! What a turn happens in: the words, the clock and the tools of the request.

use jiff::Zoned;

use crate::command::{Act, Change, Command, Target};
use crate::wire::Tool;

/// Asks the person which of several tasks was meant, with choices to click.
pub(crate) const ASK: &str = "ask_person";

pub(crate) struct Scene<'r> {
    pub said: &'r str,
    pub now: Option<Zoned>,
    pub tools: &'r [Tool],
}

impl Scene<'_> {
    /// Whether a tool was offered.
    pub fn has(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name == name)
    }

    /// The tool that reopens a task, if one was offered that can, and its argument `completed`.
    pub fn reopening(&self) -> Option<(&str, Option<bool>)> {
        if self.has("reopen_task") {
            return Some(("reopen_task", None));
        }
        let takes = |tool: &&Tool| {
            let schema = tool.parameters.as_ref();
            ["complete_task", "update_task"].contains(&tool.name.as_str())
                && schema.is_some_and(|schema| schema.pointer("/properties/completed").is_some())
        };
        let tool = self.tools.iter().find(takes)?;
        Some((&tool.name, Some(false)))
    }

    /// Whether the whole list has to be looked at before anything else.
    pub fn needs_list(&self, command: &Command) -> bool {
        let Command::On(act, target, change) = command else {
            return false;
        };
        match target {
            Target::Missing | Target::JustAdded => false,
            Target::Ids(_) => match change {
                Change::Due(_) | Change::Later(_) => true,
                // What else the description says is kept.
                Change::Description(_) | Change::Note(_) => self.now.is_some(),
                _ => *act == Act::Show,
            },
            Target::It | Target::Them | Target::Nth(_) | Target::LastOne => *act == Act::Show,
            _ => true,
        }
    }

    /// What cannot be done since a tool for it was not offered.
    pub fn lacks(&self, command: &Command) -> Option<&'static str> {
        const SEE: &str = "see your tasks";
        let (tool, what) = match command {
            Command::Add(tasks) if !tasks.is_empty() => (Some("add_task"), "add tasks"),
            Command::On(Act::Complete, ..) => (Some("complete_task"), "complete tasks"),
            Command::On(Act::Delete, ..) => (Some("delete_task"), "delete tasks"),
            Command::On(Act::Update, ..) => (Some("update_task"), "change tasks"),
            Command::On(Act::Reopen, ..) => (None, SEE),
            Command::Summary if self.has("task_summary") => return None,
            Command::On(Act::Show, ..) | Command::List(_) | Command::Due(_) | Command::Summary => {
                (Some("list_tasks"), SEE)
            }
            _ => return None,
        };
        let list = self.needs_list(command).then_some("list_tasks");
        let mut tools = tool.into_iter().chain(list);
        tools.any(|tool| !self.has(tool)).then_some(what)
    }
}
