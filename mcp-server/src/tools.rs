//! The tools: who calls, what comes in, what goes out. The rules and the SQL are the store's.

mod arguments;
mod results;

use std::sync::LazyLock;

use rmcp::{
    handler::server::{
        router::tool::ToolRouter,
        wrapper::{Json, Parameters},
    },
    model::RequestMetaObject,
    tool, tool_router,
};
use serde_json::Value;
use store::{
    Db, Error,
    changes::{Author, Means},
    task::{Description, NewTask, Search, Sort, Status, TaskChange, Title},
    tasks::{self, Cursor, ListQuery, Write, Written},
    tools::{ChangeTool, Changed, IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_MAX, TURN, stored_key},
    undo::{self, Which},
};

use self::{
    arguments::{AddTask, Checked, ListTasks, Nothing, OneTask, Undo, UpdateTask},
    results::{Done, TaskList, TaskSummary, Undone},
};
use crate::{Principal, failure::Failure, schema};

const LIST_DEFAULT: i64 = 100;
const LIST_MAX: i64 = 200;
const RECENT: i64 = 5;

/// Made once: the macro's default builds the router anew for every request.
pub(crate) static ROUTER: LazyLock<ToolRouter<Tools>> = LazyLock::new(|| {
    let mut router = Tools::tool_router();
    router
        .map
        .values_mut()
        .for_each(|route| schema::simplify(&mut route.attr));
    router
});

/// The tools over one database. Cheap to clone.
#[derive(Clone)]
pub struct Tools {
    db: Db,
}

#[tool_router]
impl Tools {
    /// Tools that work on the tasks in this database.
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Add one task to the user's todo list.
    #[tool(
        title = "Add task",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn add_task(
        &self,
        caller: Principal,
        meta: RequestMetaObject,
        Parameters(Checked(arguments)): Parameters<Checked<AddTask>>,
    ) -> Result<Json<Done>, Failure> {
        let AddTask { title, description } = arguments?;
        let new = NewTask {
            title: Title::parse(&title)?,
            description: parse_description(description)?,
        };
        let write = Write::Create(&new);
        self.change(ChangeTool::Add, &caller, &meta, write).await
    }

    /// List the user's tasks with their ids, newest first. Also use it, with `query`, to find the id of a task that the
    /// user names by words.
    #[tool(
        title = "List tasks",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn list_tasks(
        &self,
        caller: Principal,
        Parameters(Checked(arguments)): Parameters<Checked<ListTasks>>,
    ) -> Result<Json<TaskList>, Failure> {
        let arguments = arguments?;
        let search = arguments.query.as_deref().map(Search::parse);
        let query = ListQuery {
            status: arguments.status.map_or(Status::All, Status::from),
            search: search.transpose()?.flatten(),
            sort: Sort::Created,
            limit: arguments.limit.unwrap_or(LIST_DEFAULT).clamp(1, LIST_MAX),
            cursor: arguments.cursor.map(Cursor::try_from).transpose()?,
        };
        let page = tasks::list(&self.db, &caller.user_id, &query).await?;
        let details = arguments.details.unwrap_or_default();
        Ok(Json(TaskList::new(page, details)))
    }

    /// Mark one task as done.
    #[tool(
        title = "Complete task",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn complete_task(
        &self,
        caller: Principal,
        meta: RequestMetaObject,
        Parameters(Checked(arguments)): Parameters<Checked<OneTask>>,
    ) -> Result<Json<Done>, Failure> {
        let change = TaskChange {
            completed: Some(true),
            ..TaskChange::default()
        };
        let write = Write::Change(arguments?.task_id, &change);
        self.change(ChangeTool::Complete, &caller, &meta, write)
            .await
    }

    /// Change the title or the description of one task, or both.
    #[tool(
        title = "Update task",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn update_task(
        &self,
        caller: Principal,
        meta: RequestMetaObject,
        Parameters(Checked(arguments)): Parameters<Checked<UpdateTask>>,
    ) -> Result<Json<Done>, Failure> {
        let UpdateTask {
            task_id,
            title,
            description,
        } = arguments?;
        if title.is_none() && description.is_none() {
            let hint = "Give `title`, `description` or both, and call update_task again.";
            return Err(Failure::invalid("There is nothing to change.", hint));
        }
        let change = TaskChange {
            title: title.map(|title| Title::parse(&title)).transpose()?,
            description: description
                .map(|text| Description::parse(&text))
                .transpose()?,
            completed: None,
        };
        let write = Write::Change(task_id, &change);
        self.change(ChangeTool::Update, &caller, &meta, write).await
    }

    /// Delete one task. Only when the user asks to delete or remove it.
    #[tool(
        title = "Delete task",
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn delete_task(
        &self,
        caller: Principal,
        meta: RequestMetaObject,
        Parameters(Checked(arguments)): Parameters<Checked<OneTask>>,
    ) -> Result<Json<Done>, Failure> {
        let write = Write::Delete(arguments?.task_id);
        self.change(ChangeTool::Delete, &caller, &meta, write).await
    }

    /// Take a change back, with everything that was changed together with it.
    #[tool(
        title = "Undo",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn undo(
        &self,
        caller: Principal,
        meta: RequestMetaObject,
        Parameters(Checked(arguments)): Parameters<Checked<Undo>>,
    ) -> Result<Json<Undone>, Failure> {
        let Undo { undo_id } = arguments?;
        let which = undo_id.as_deref().map_or(Which::LastOfMeans, Which::Batch);
        let author = author(&caller, &meta);
        let key = idempotency_key(&meta)?;
        let undone = undo::undo(&self.db, &author, key.as_deref(), which).await;
        let undone = undone.map_err(|error| match error {
            Error::NotFound => Failure::nothing_to_undo(),
            other => other.into(),
        })?;
        Ok(Json(undone.into()))
    }

    /// Count the user's tasks: all, pending and completed, with the newest pending ones.
    #[tool(
        title = "Task summary",
        annotations(
            read_only_hint = true,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn task_summary(
        &self,
        caller: Principal,
        Parameters(Checked(arguments)): Parameters<Checked<Nothing>>,
    ) -> Result<Json<TaskSummary>, Failure> {
        let Nothing {} = arguments?;
        let summary = tasks::summary(&self.db, &caller.user_id).await?;
        let newest_open = ListQuery {
            status: Status::Pending,
            sort: Sort::Created,
            limit: RECENT,
            ..ListQuery::default()
        };
        let newest_open = tasks::list(&self.db, &caller.user_id, &newest_open).await?;
        Ok(Json(TaskSummary::new(summary, newest_open.tasks)))
    }
}

impl Tools {
    /// Makes a change: once, when the call has a key.
    async fn change(
        &self,
        tool: ChangeTool,
        caller: &Principal,
        meta: &RequestMetaObject,
        write: Write<'_>,
    ) -> Result<Json<Done>, Failure> {
        let (db, author) = (&self.db, author(caller, meta));
        let written = match idempotency_key(meta)? {
            Some(key) => tasks::once(db, author, &key, write).await,
            None => tasks::write(db, author, write).await,
        };
        let Written { task, batch, .. } = written.map_err(|error| match (error, write) {
            // A missing task is reported with the id that was asked for.
            (Error::NotFound, Write::Change(id, _) | Write::Delete(id)) => Failure::no_task(id),
            (other, _) => other.into(),
        })?;
        Ok(Json(Changed::new(tool, task, batch).into()))
    }
}

fn parse_description(text: Option<String>) -> Result<Option<Description>, Failure> {
    Ok(text
        .map(|text| Description::parse(&text))
        .transpose()?
        .flatten())
}

/// Whose change a call is: one of the chat's says in which turn.
fn author<'a>(caller: &'a Principal, meta: &RequestMetaObject) -> Author<'a> {
    match meta.get(TURN).and_then(Value::as_i64) {
        Some(turn) => Author::turn(&caller.user_id, turn),
        None => Author::new(&caller.user_id, Means::Mcp),
    }
}

/// The call's key as it is stored.
fn idempotency_key(meta: &RequestMetaObject) -> Result<Option<String>, Failure> {
    let Some(value) = meta.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = value
        .as_str()
        .filter(|key| (1..=IDEMPOTENCY_KEY_MAX).contains(&key.chars().count()));
    let key = key.ok_or_else(|| {
        let message = format!("The metadata `{IDEMPOTENCY_KEY}` must be text of 1 to {IDEMPOTENCY_KEY_MAX} characters.");
        Failure::invalid(message, "Send a shorter key, or none.")
    })?;
    Ok(Some(stored_key(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_that_write_are_those_that_change_tasks() {
        let tools = ROUTER.list_all();
        let writing = tools.iter().filter(|tool| {
            let hints = tool.annotations.as_ref();
            hints.and_then(|hints| hints.read_only_hint) != Some(true)
        });
        let mut writing: Vec<&str> = writing.map(|tool| tool.name.as_ref()).collect();
        writing.sort_unstable();
        let mut changing = ChangeTool::ALL.map(ChangeTool::name);
        changing.sort_unstable();
        assert_eq!(writing, changing);
    }
}
