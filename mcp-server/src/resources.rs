//! What clients can attach to a conversation: a person's open tasks, and each task.

use rmcp::{
    ErrorData,
    model::{CacheScope, ReadResourceResult, Resource, ResourceContents, ResourceTemplate},
};
use serde_json::{Value, json};
use store::{
    Db,
    task::{Sort, Status},
    tasks::{self, ListQuery, TaskPage},
};

use crate::{
    Principal,
    failure::Failure,
    tools::{LIST_MAX, OneTask, TaskList},
};

const OPEN_TASKS: &str = "todo://tasks";
const JSON: &str = "application/json";

pub(crate) fn all() -> Vec<Resource> {
    let open = Resource::new(OPEN_TASKS, "tasks")
        .with_title("Open tasks")
        .with_description("The user's tasks that are not done yet, newest first, at most 200.")
        .with_mime_type(JSON);
    vec![open]
}

pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let task = ResourceTemplate::new(format!("{OPEN_TASKS}/{{id}}"), "task")
        .with_title("Task")
        .with_description("One task of the user's with its description, by its id.")
        .with_mime_type(JSON);
    vec![task]
}

/// What a person's resource says at this moment.
pub(crate) async fn read(
    db: &Db,
    caller: &Principal,
    uri: &str,
) -> Result<ReadResourceResult, ErrorData> {
    let content = content(db, caller, uri).await.map_err(protocol_error)?;
    let content = content.ok_or_else(|| {
        ErrorData::resource_not_found("There is no such resource.", Some(json!({ "uri": uri })))
    })?;
    let content = ResourceContents::text(content.to_string(), uri).with_mime_type(JSON);
    Ok(ReadResourceResult::new(vec![content])
        .with_ttl_ms(0)
        .with_cache_scope(CacheScope::Private))
}

async fn content(db: &Db, caller: &Principal, uri: &str) -> Result<Option<Value>, store::Error> {
    if uri == OPEN_TASKS {
        let open = open_tasks(db, caller, LIST_MAX).await?;
        return Ok(Some(json!(TaskList::new(open, false))));
    }
    let id = uri.strip_prefix(OPEN_TASKS);
    let id = id.and_then(|rest| rest.strip_prefix('/'));
    let Some(id) = id.and_then(|id| id.parse::<i64>().ok()) else {
        return Ok(None);
    };
    let task = tasks::get(db, &caller.user_id, id).await?;
    Ok(task.map(|task| json!(OneTask::from(&task))))
}

/// The person's tasks that are not done, newest first.
pub(crate) async fn open_tasks(
    db: &Db,
    caller: &Principal,
    limit: i64,
) -> Result<TaskPage, store::Error> {
    let query = ListQuery {
        status: Status::Pending,
        sort: Sort::Created,
        limit,
        ..ListQuery::default()
    };
    tasks::list(db, &caller.user_id, &query).await
}

/// Why a resource or a prompt cannot be given: these have no results that tell of a failure.
pub(crate) fn protocol_error(error: store::Error) -> ErrorData {
    let failure = Failure::from(error);
    ErrorData::internal_error(failure.message.clone(), Some(json!(failure)))
}
