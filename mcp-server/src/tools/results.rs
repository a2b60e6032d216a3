//! What the tools answer. Doc comments here are part of the output schemas.

use chrono::{DateTime, Utc};
use rmcp::schemars::{self, JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use store::{
    changes::{self, Reason, Refused, Restored},
    task::{Summary, Task},
    tasks::TaskPage,
    tools::{ChangeTool, Changed},
};

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Done {
    /// The id of the task.
    task_id: i64,
    /// What was done with it.
    #[schemars(schema_with = "status")]
    status: &'static str,
    /// Its title.
    title: String,
    /// Give it to `undo` to take the change back.
    #[serde(skip_serializing_if = "Option::is_none")]
    undo_id: Option<String>,
}

impl From<Changed> for Done {
    fn from(changed: Changed) -> Self {
        Self {
            task_id: changed.task_id,
            status: changed.status,
            title: changed.title,
            undo_id: changed.undo_id,
        }
    }
}

fn status(_: &mut SchemaGenerator) -> Schema {
    let tools = ChangeTool::ALL.into_iter();
    let tools = tools.filter(|tool| *tool != ChangeTool::Undo);
    json_schema!({"type": "string", "enum": tools.map(ChangeTool::status).collect::<Vec<_>>()})
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Undone {
    /// What was undone, as it is named in the result of the change.
    batch: String,
    /// Give it to `undo` to do the change again.
    undo_id: String,
    /// The tasks that are again as they were before.
    restored: Vec<RecentTask>,
    /// The tasks that were left alone.
    refused: Vec<RefusedTask>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct RefusedTask {
    id: i64,
    title: String,
    /// Why: it was changed since, it is gone, or what it was cannot be read any more.
    #[schemars(schema_with = "reason")]
    reason: Reason,
}

fn reason(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": [Reason::Changed, Reason::Gone, Reason::Unreadable]})
}

impl From<changes::Undone> for Undone {
    fn from(undone: changes::Undone) -> Self {
        let restored = undone.restored.into_iter();
        let restored = restored.map(|Restored { id, title }| RecentTask { id, title });
        let refused = undone.refused.into_iter();
        let refused =
            refused.map(|Refused { id, title, reason }| RefusedTask { id, title, reason });
        Self {
            batch: undone.batch,
            undo_id: undone.undo_id,
            restored: restored.collect(),
            refused: refused.collect(),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TaskList {
    /// The tasks, newest first.
    tasks: Vec<ListedTask>,
    /// How many tasks are in this answer.
    count: usize,
    /// How many tasks there are in all, of those asked for.
    total: i64,
    /// Says so when there are more tasks than this answer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Give it to `list_tasks` as `cursor` for the next tasks, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl TaskList {
    pub(crate) fn new(page: TaskPage, details: bool) -> Self {
        let TaskPage { tasks, total, next } = page;
        let listed = |task| ListedTask::new(task, details);
        let tasks: Vec<_> = tasks.into_iter().map(listed).collect();
        let count = tasks.len();
        let all = usize::try_from(total).is_ok_and(|total| total <= count);
        let note = (!all).then(|| format!("These are {count} of {total} tasks."));
        Self {
            tasks,
            count,
            total,
            note,
            next_cursor: next.map(String::from),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct ListedTask {
    /// The id to call other tools with.
    id: i64,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Whether it is done.
    completed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    created_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    updated_at: Option<DateTime<Utc>>,
}

impl ListedTask {
    /// What nobody asked for stays out: a model reads all of it again with every later message.
    fn new(task: Task, details: bool) -> Self {
        let Task {
            id,
            title,
            description,
            completed,
            created_at,
            updated_at,
            user_id: _,
        } = task;
        Self {
            id,
            title,
            description: description.filter(|_| details),
            completed,
            created_at: Some(created_at).filter(|_| details),
            updated_at: Some(updated_at).filter(|_| details),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TaskSummary {
    /// How many tasks there are.
    total: i64,
    /// How many are not done yet.
    pending: i64,
    /// How many are done.
    completed: i64,
    /// The newest tasks that are not done yet, at most five.
    recent: Vec<RecentTask>,
}

impl TaskSummary {
    pub(crate) fn new(summary: Summary, newest_open: Vec<Task>) -> Self {
        let Summary {
            total,
            pending,
            completed,
        } = summary;
        let recent = newest_open.into_iter();
        let recent = recent
            .map(|task| RecentTask {
                id: task.id,
                title: task.title,
            })
            .collect();
        Self {
            total,
            pending,
            completed,
            recent,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct RecentTask {
    id: i64,
    title: String,
}
