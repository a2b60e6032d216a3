//! What the backend and the MCP server agree on beyond the protocol: which tools change a task, by which key a change is
//! made once, and what the answer says was done.
//!
//! It stands here because the key ends in a table of this crate: when an answer was lost, the backend asks
//! [`crate::tasks::outcome`] and has to know what the MCP server would have answered.

use serde::Serialize;

use crate::task::Task;

/// The field of a call's metadata with the key that makes a repeated change one change.
pub const IDEMPOTENCY_KEY: &str = "todo/idempotencyKey";
/// The longest such key, in characters.
pub const IDEMPOTENCY_KEY_MAX: usize = 255;

/// The field of a call's metadata with the turn of the chat that makes it: what a turn changes is undone at once.
pub const TURN: &str = "todo/turn";

/// A key as it is stored: keys of tools and keys of the REST interface must not meet.
#[must_use]
pub fn stored_key(key: &str) -> String {
    format!("mcp:{key}")
}

/// A tool that changes a task, at most once per key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeTool {
    /// Makes a task.
    Add,
    /// Marks a task as done.
    Complete,
    /// Marks a task as open again.
    Reopen,
    /// Changes a task's texts.
    Update,
    /// Deletes a task.
    Delete,
    /// Makes several tasks.
    AddSeveral,
    /// Completes, reopens or deletes several tasks.
    ChangeSeveral,
    /// Takes changes back.
    Undo,
}

impl ChangeTool {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Add,
        Self::Complete,
        Self::Reopen,
        Self::Update,
        Self::Delete,
        Self::AddSeveral,
        Self::ChangeSeveral,
        Self::Undo,
    ];

    /// Those that change one task, and answer a [`Changed`].
    pub const OF_ONE_TASK: [Self; 5] = [
        Self::Add,
        Self::Complete,
        Self::Reopen,
        Self::Update,
        Self::Delete,
    ];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// Its name in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add_task",
            Self::Complete => "complete_task",
            Self::Reopen => "reopen_task",
            Self::Update => "update_task",
            Self::Delete => "delete_task",
            Self::AddSeveral => "add_tasks",
            Self::ChangeSeveral => "change_tasks",
            Self::Undo => "undo",
        }
    }

    /// The word by which its answer says what was done.
    #[must_use]
    pub fn status(self) -> &'static str {
        match self {
            Self::Add | Self::AddSeveral => "created",
            Self::Complete => "completed",
            Self::Reopen => "reopened",
            Self::Update | Self::ChangeSeveral => "updated",
            Self::Delete => "deleted",
            Self::Undo => "undone",
        }
    }
}

/// What a tool answers that changes one task. Those of several tasks answer a [`crate::tasks::BatchDone`], and
/// [`ChangeTool::Undo`] a [`crate::changes::Undone`].
#[derive(Debug, Serialize)]
pub struct Changed {
    /// The task.
    pub task_id: i64,
    /// What was done with it: [`ChangeTool::status`].
    pub status: &'static str,
    /// Its title.
    pub title: String,
    /// The batch of the change, by which it can be undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_id: Option<String>,
}

impl Changed {
    /// What a tool answers that has made its change.
    #[must_use]
    pub fn new(tool: ChangeTool, task: Task, batch: Option<String>) -> Self {
        Self {
            task_id: task.id,
            status: tool.status(),
            title: task.title,
            undo_id: batch,
        }
    }
}
