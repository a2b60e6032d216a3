//! The tools that change several tasks in one call: each has its outcome, and one undo takes all of it back.

use rmcp::{
    RoleServer,
    handler::server::wrapper::{Json, Parameters},
    model::{ProgressNotificationParam, RequestMetaObject},
    service::Peer,
    tool, tool_router,
};
use store::tasks::{self, Batch, BatchDone};

use super::{
    Tools,
    arguments::{AddTask, AddTasks, ChangeTasks, Checked},
    author, idempotency_key,
    results::{Added, ChangedTasks, Missed},
};
use crate::{Principal, failure::Failure};

const ADDED_MAX: usize = 25;
const CHANGED_MAX: usize = 50;

#[tool_router(router = on_several_tasks, vis = "pub(super)")]
impl Tools {
    /// Add 1 to 25 tasks at once. One that is refused does not hold up the others.
    #[tool(
        title = "Add tasks",
        annotations(
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = false
        )
    )]
    async fn add_tasks(
        &self,
        caller: Principal,
        meta: RequestMetaObject,
        peer: Peer<RoleServer>,
        Parameters(Checked(arguments)): Parameters<Checked<AddTasks>>,
    ) -> Result<Json<Added>, Failure> {
        let asked = arguments?.tasks;
        within(ADDED_MAX, asked.len(), "tasks")?;
        let progress = Progress::begin(asked.len(), &meta, peer).await;
        let (mut new, mut failures) = (Vec::new(), Vec::new());
        for (index, Checked(task)) in asked.into_iter().enumerate() {
            match task.and_then(AddTask::parse) {
                Ok(task) => new.push(task),
                Err(failure) => failures.push(Missed::new(index, failure)),
            }
        }
        let done = self.batch(&caller, &meta, Batch::Create(&new)).await?;
        progress.end().await;
        Ok(Json(Added::new(done, failures)))
    }

    /// Complete, reopen or delete 1 to 50 tasks at once. Delete only when the user asks to delete or remove them.
    #[tool(
        title = "Change tasks",
        annotations(
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn change_tasks(
        &self,
        caller: Principal,
        meta: RequestMetaObject,
        peer: Peer<RoleServer>,
        Parameters(Checked(arguments)): Parameters<Checked<ChangeTasks>>,
    ) -> Result<Json<ChangedTasks>, Failure> {
        let ChangeTasks { task_ids, action } = arguments?;
        within(CHANGED_MAX, task_ids.len(), "task_ids")?;
        let progress = Progress::begin(task_ids.len(), &meta, peer).await;
        let (mut ids, mut failures) = (Vec::new(), Vec::new());
        for (index, Checked(id)) in task_ids.into_iter().enumerate() {
            match id {
                Ok(id) => ids.push((index, id.0)),
                Err(failure) => failures.push(Missed::new(index, failure)),
            }
        }
        let asked: Vec<i64> = ids.iter().map(|(_, id)| *id).collect();
        let batch = Batch::Change(action.into(), &asked);
        let done = self.batch(&caller, &meta, batch).await?;
        let found = |id| {
            let mut tasks = done.changed.iter().chain(&done.unchanged);
            tasks.any(|task| task.id == id)
        };
        let missing = ids.into_iter().filter(|(_, id)| !found(*id));
        failures.extend(missing.map(|(index, id)| Missed::new(index, Failure::no_task(id))));
        failures.sort_by_key(Missed::index);
        progress.end().await;
        Ok(Json(ChangedTasks::new(done, failures)))
    }
}

impl Tools {
    async fn batch(
        &self,
        caller: &Principal,
        meta: &RequestMetaObject,
        batch: Batch<'_>,
    ) -> Result<BatchDone, Failure> {
        let (author, key) = (author(caller, meta), idempotency_key(meta)?);
        Ok(tasks::batch(&self.db, &author, key.as_deref(), batch).await?)
    }
}

/// Tells a client that asked for it how far a call is. All of a batch is one transaction, so there are two steps: begun and
/// done. With the first one the answer becomes a stream.
struct Progress {
    peer: Peer<RoleServer>,
    /// What is told at the end.
    done: Option<ProgressNotificationParam>,
}

impl Progress {
    async fn begin(count: usize, meta: &RequestMetaObject, peer: Peer<RoleServer>) -> Self {
        let all = u32::try_from(count).map_or(0.0, f64::from);
        let step = |progress| {
            let token = meta.get_progress_token()?;
            Some(ProgressNotificationParam::new(token, progress).with_total(all))
        };
        if let Some(begun) = step(0.0) {
            // Who left hears nothing, and nothing depends on it.
            let _ = peer.notify_progress(begun).await;
        }
        Self {
            done: step(all),
            peer,
        }
    }

    async fn end(self) {
        if let Some(done) = self.done {
            let _ = self.peer.notify_progress(done).await;
        }
    }
}

fn within(max: usize, count: usize, field: &str) -> Result<(), Failure> {
    if (1..=max).contains(&count) {
        return Ok(());
    }
    let message = format!("The argument `{field}` must have 1 to {max} entries, and has {count}.");
    let hint = "Correct it and call the tool again, several times if there are more.";
    Err(Failure::invalid(message, hint))
}
