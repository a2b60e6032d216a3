//! The tools that change one task, and undo.

use rmcp::{
    handler::server::wrapper::{Json, Parameters},
    model::RequestMetaObject,
    tool, tool_router,
};
use store::{
    Error,
    task::{Description, TaskChange, Title},
    tasks::{self, Write},
    tools::ChangeTool,
    undo::{self, Which},
};

use super::{
    Tools,
    arguments::{AddTask, Checked, Clearable, OneTask, Undo, UpdateTask},
    author, idempotency_key,
    results::{Done, Undone},
    turn,
};
use crate::{Principal, failure::Failure};

#[tool_router(router = on_one_task, vis = "pub(super)")]
impl Tools {
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
        let new = arguments?.parse()?;
        let write = Write::Create(&new);
        self.change(ChangeTool::Add, &caller, &meta, write).await
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
        let change = completed(true);
        let write = Write::Change(arguments?.task_id.0, &change);
        self.change(ChangeTool::Complete, &caller, &meta, write)
            .await
    }

    /// Mark one task as not done again.
    #[tool(
        title = "Reopen task",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn reopen_task(
        &self,
        caller: Principal,
        meta: RequestMetaObject,
        Parameters(Checked(arguments)): Parameters<Checked<OneTask>>,
    ) -> Result<Json<Done>, Failure> {
        let change = completed(false);
        let write = Write::Change(arguments?.task_id.0, &change);
        self.change(ChangeTool::Reopen, &caller, &meta, write).await
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
            clear,
        } = arguments?;
        let clears = clear.is_some_and(|fields| fields.contains(&Clearable::Description));
        if clears && description.is_some() {
            let hint = "Give a new `description` or clear it, and call update_task again.";
            return Err(Failure::invalid(
                "The description cannot be changed and removed at once.",
                hint,
            ));
        }
        let description = match description {
            Some(text) => Some(Description::parse(&text)?),
            None => clears.then_some(None),
        };
        let change = TaskChange {
            title: title.map(|title| Title::parse(&title)).transpose()?,
            description,
            completed: None,
        };
        if change == TaskChange::default() {
            let hint = "Give a new `title` or `description`, or what to `clear`, and call update_task again.";
            return Err(Failure::invalid("There is nothing to change.", hint));
        }
        let write = Write::Change(task_id.0, &change);
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
        let write = Write::Delete(arguments?.task_id.0);
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
        let written = written.map_err(|error| match (error, write) {
            // A missing task is reported with the id that was asked for.
            (Error::NotFound, Write::Change(id, _) | Write::Delete(id)) => Failure::no_task(id),
            (other, _) => other.into(),
        })?;
        Ok(Json(Done::new(tool, written, turn(meta).is_some())))
    }
}

fn completed(completed: bool) -> TaskChange {
    TaskChange {
        completed: Some(completed),
        ..TaskChange::default()
    }
}
