//! Which tools there are, and which a command needs.

use crate::api::Tool;
use crate::command::{Command, Target};

/// The tools of a request.
pub(crate) struct Offered<'r>(pub &'r [Tool]);

impl Offered<'_> {
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|tool| tool.name == name)
    }

    /// Whether the tool `name` takes an argument `argument`.
    pub fn takes(&self, name: &str, argument: &str) -> bool {
        let tool = self.0.iter().find(|tool| tool.name == name);
        let schema = tool.and_then(|tool| tool.parameters.as_ref());
        schema.is_some_and(|schema| schema.pointer(&format!("/properties/{argument}")).is_some())
    }
}

/// Whether the whole list has to be looked at before anything else.
pub(super) fn needs_list(command: &Command) -> bool {
    match command {
        Command::Find(target) => !matches!(target, Target::Missing),
        // What else the description says is kept.
        Command::Update(Target::Ids(_), change) => change.due.is_some(),
        _ => command.target().is_some_and(|target| {
            matches!(target, Target::Words(_) | Target::Every(_) | Target::All(_))
        }),
    }
}

/// Whether a tool that the command needs was not offered.
pub(super) fn lacks_tool(command: &Command, offered: &Offered<'_>) -> bool {
    let tool = match command {
        Command::Add(_) => Some("add_task"),
        Command::Complete(_) => Some("complete_task"),
        Command::Delete(_) | Command::DeleteSure(_) => Some("delete_task"),
        Command::Update(..) => Some("update_task"),
        Command::List(_) | Command::Find(_) | Command::Due(_) => Some("list_tasks"),
        Command::Summary if !offered.has("task_summary") => Some("list_tasks"),
        _ => None,
    };
    let list = needs_list(command).then_some("list_tasks");
    tool.into_iter().chain(list).any(|name| !offered.has(name))
}
