//! What the tools answer. Doc comments here are part of the output schemas.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rmcp::schemars::{self, JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use store::{
    activity::Activity,
    changes::{self, Reason, Refused, Restored},
    task::{Summary, Task},
    tasks::{BatchDone, Named, TaskPage, Written},
    tools::{ChangeTool, Changed},
};

use crate::failure::Failure;

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Done {
    /// The id of the task.
    task_id: i64,
    /// What was done with it.
    #[schemars(schema_with = "status")]
    status: &'static str,
    /// Its title.
    title: String,
    /// Whether it is another than before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    changed: Option<bool>,
    /// Give it to `undo` to take the change back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    undo_id: Option<String>,
    /// The task as it is now, as `get_task` shows it: described there, and not for each tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "object")]
    task: Option<ShownTask>,
}

impl Done {
    /// What a tool answers that made a change. In the `chat` it is as short as can be: its model reads it again with every later
    /// message.
    pub(crate) fn new(tool: ChangeTool, written: Written, chat: bool) -> Self {
        let Written { task, batch, .. } = written;
        let made_or_gone = [ChangeTool::Add, ChangeTool::Delete].contains(&tool);
        let changed = (!made_or_gone).then_some(written.changed);
        let shown = (!chat && tool != ChangeTool::Delete).then(|| ShownTask::new(&task, true));
        let Changed {
            task_id,
            status,
            title,
            undo_id,
        } = Changed::new(tool, task, batch);
        Self {
            task_id,
            status,
            title,
            changed: changed.filter(|_| !chat),
            undo_id,
            task: shown,
        }
    }
}

fn object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object"})
}

fn status(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ChangeTool::OF_ONE_TASK.map(ChangeTool::status)})
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OneTask {
    task: ShownTask,
}

impl From<&Task> for OneTask {
    fn from(task: &Task) -> Self {
        Self {
            task: ShownTask::new(task, true),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Added {
    /// The tasks that were made.
    tasks: Vec<NamedTask>,
    /// Those that were not.
    failures: Vec<Missed>,
    /// Give it to `undo` to take all of it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    undo_id: Option<String>,
}

impl Added {
    pub(crate) fn new(done: BatchDone, failures: Vec<Missed>) -> Self {
        Self {
            tasks: done.changed.into_iter().map(NamedTask::from).collect(),
            failures,
            undo_id: done.batch,
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ChangedTasks {
    /// The tasks that were changed.
    changed: Vec<NamedTask>,
    /// Those that were like that before.
    unchanged: Vec<NamedTask>,
    /// Those that there are not.
    failures: Vec<Missed>,
    /// Give it to `undo` to take all of it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    undo_id: Option<String>,
}

impl ChangedTasks {
    pub(crate) fn new(done: BatchDone, failures: Vec<Missed>) -> Self {
        let named = |tasks: Vec<Named>| tasks.into_iter().map(NamedTask::from).collect();
        Self {
            changed: named(done.changed),
            unchanged: named(done.unchanged),
            failures,
            undo_id: done.batch,
        }
    }
}

/// A part of a call that was refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Missed {
    /// Its place in the call, from 0.
    index: usize,
    code: Cow<'static, str>,
    message: Cow<'static, str>,
}

impl Missed {
    pub(crate) fn new(index: usize, failure: Failure) -> Self {
        Self {
            index,
            code: failure.code,
            message: failure.message,
        }
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ActivityList {
    /// What happened, newest first.
    activity: Vec<Happened>,
    /// Says so when there may be more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    note: Option<String>,
}

impl ActivityList {
    pub(crate) fn new(changes: Vec<Activity>, limit: i64) -> Self {
        let full = usize::try_from(limit).is_ok_and(|limit| changes.len() >= limit);
        let note = "There may be more: ask again with `until` as the last `at`.";
        Self {
            note: full.then(|| note.to_owned()),
            activity: changes.into_iter().map(Happened::from).collect(),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
struct Happened {
    #[schemars(with = "String")]
    at: DateTime<Utc>,
    kind: String,
    task_id: i64,
    title: String,
    /// By what: page, rest, chat or mcp.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    by: Option<String>,
    /// The client's name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    client: Option<String>,
    /// Give it to `undo` to take it back. Without it, it was taken back already.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    undo_id: Option<String>,
}

impl From<Activity> for Happened {
    fn from(change: Activity) -> Self {
        Self {
            at: change.at,
            kind: change.kind,
            task_id: change.task_id,
            title: change.title,
            by: change.means,
            client: change.client,
            undo_id: (!change.undone).then_some(change.batch),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Undone {
    /// What was undone, as it is named in the result of the change.
    batch: String,
    /// Give it to `undo` to do the change again.
    undo_id: String,
    /// The tasks that are again as they were before.
    restored: Vec<NamedTask>,
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
        let restored = restored.map(|Restored { id, title }| NamedTask { id, title });
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
    tasks: Vec<ShownTask>,
    /// How many tasks are in this answer.
    count: usize,
    /// How many tasks there are in all, of those asked for.
    total: i64,
    /// Says so when there are more tasks than this answer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    note: Option<String>,
    /// Give it to `list_tasks` as `cursor` for the next tasks, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    next_cursor: Option<String>,
}

impl TaskList {
    pub(crate) fn new(page: TaskPage, details: bool) -> Self {
        let TaskPage { tasks, total, next } = page;
        let shown = |task| ShownTask::new(task, details);
        let tasks: Vec<_> = tasks.iter().map(shown).collect();
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
struct ShownTask {
    id: i64,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    description: Option<String>,
    /// Whether it is done.
    completed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    created_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    updated_at: Option<DateTime<Utc>>,
}

impl ShownTask {
    /// What nobody asked for stays out: a model reads all of it again with every later message.
    fn new(task: &Task, details: bool) -> Self {
        Self {
            id: task.id,
            title: task.title.clone(),
            description: task.description.clone().filter(|_| details),
            completed: task.completed,
            created_at: Some(task.created_at).filter(|_| details),
            updated_at: Some(task.updated_at).filter(|_| details),
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
    recent: Vec<NamedTask>,
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
            .map(|Task { id, title, .. }| NamedTask { id, title })
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
struct NamedTask {
    id: i64,
    title: String,
}

impl From<Named> for NamedTask {
    fn from(Named { id, title }: Named) -> Self {
        Self { id, title }
    }
}
