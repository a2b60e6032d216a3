//! What tools there are and how careful one has to be with each.

use std::collections::HashMap;

use model::ToolSpec;
use rmcp::model::Tool;
use serde_json::Value;
use store::tools::ChangeTool;

use crate::chat::built_in_tools;

/// The tools of the MCP server that the chat does without, in one place. Every request to the model carries the others; and
/// consent judges changes one by one, so those of several tasks are none for the chat.
const LEFT_OUT: [&str; 5] = [
    "add_tasks",
    "change_tasks",
    "get_task",
    "list_activity",
    "reopen_task",
];

/// What the tools are called and how careful one has to be with each.
#[derive(Debug, Default)]
pub(crate) struct ToolList {
    /// All that a model gets, the built-in ones among them. Shared by the turns, which would hold 16 kB each otherwise.
    pub offered: Vec<ToolSpec>,
    kinds: HashMap<String, Kind>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    reads: bool,
    repeatable: bool,
    destroys: bool,
}

impl ToolList {
    pub fn new(tools: Vec<Tool>) -> Self {
        let mut list = Self::default();
        let used = |tool: &Tool| !LEFT_OUT.contains(&tool.name.as_ref());
        for tool in tools.into_iter().filter(used) {
            let hints = tool.annotations.unwrap_or_default();
            let reads = hints.read_only_hint == Some(true);
            // Deleting twice answers "not found" the second time, which is not what happened.
            let harmless =
                hints.idempotent_hint == Some(true) && hints.destructive_hint == Some(false);
            let keyed = ChangeTool::named(&tool.name).is_some();
            let kind = Kind {
                reads,
                repeatable: reads || harmless || keyed,
                // What does not say that it is harmless is not.
                destroys: !reads && hints.destructive_hint != Some(false),
            };
            list.kinds.insert(tool.name.to_string(), kind);
            list.offered.push(ToolSpec {
                name: tool.name.into_owned(),
                description: tool.description.unwrap_or_default().into_owned(),
                parameters: Value::Object((*tool.input_schema).clone()),
            });
        }
        list.offered = built_in_tools::with(list.offered);
        list
    }

    /// Whether there is such a tool.
    pub fn knows(&self, tool: &str) -> bool {
        self.kinds.contains_key(tool)
    }

    /// Whether the tool may change something. One that nobody knows is taken to.
    pub fn writes(&self, tool: &str) -> bool {
        !self.kinds.get(tool).is_some_and(|kind| kind.reads)
    }

    /// Whether the tool may take something away. One that nobody knows takes nothing: it is not called.
    pub fn destroys(&self, tool: &str) -> bool {
        self.kinds.get(tool).is_some_and(|kind| kind.destroys)
    }

    /// Whether a call whose answer was lost may be sent again.
    pub fn repeatable(&self, tool: &str) -> bool {
        self.kinds.get(tool).is_some_and(|kind| kind.repeatable)
    }
}
