//! Every query on tasks. Each names the owner.

mod change;
mod create;
mod delete;
mod list;
mod once;

use sqlx::query_as;

pub use self::{
    change::change,
    create::{create, create_once},
    delete::delete,
    list::{Cursor, ListQuery, PAGE_MAX, TaskPage, list},
    once::{Write, Written, once, outcome, write},
};
use crate::{
    Db, Error,
    task::{Summary, Task, TaskChange},
};

/// One task, if the owner has it.
///
/// # Errors
/// When the database is away or busy.
pub async fn get(db: &Db, owner: &str, id: i64) -> Result<Option<Task>, Error> {
    let mut connection = db.connection().await?;
    let task = query_as!(
        Task,
        "select id, user_id, title, description, completed, created_at, updated_at
         from tasks where user_id = $1 and id = $2",
        owner,
        id,
    );
    db.run(task.fetch_optional(&mut *connection)).await
}

/// Those of the tasks that the owner has, in the order of the ids asked for.
///
/// # Errors
/// When the database is away or busy.
pub async fn by_ids(db: &Db, owner: &str, ids: &[i64]) -> Result<Vec<Task>, Error> {
    let mut connection = db.connection().await?;
    let rows = query_as!(
        Task,
        "select id, user_id, title, description, completed, created_at, updated_at
         from tasks where user_id = $1 and id = any($2)",
        owner,
        ids,
    );
    let mut tasks = db.run(rows.fetch_all(&mut *connection)).await?;
    tasks.sort_by_key(|task| ids.iter().position(|id| *id == task.id));
    Ok(tasks)
}

/// Marks a task done or open again. Doing it twice is the same as once.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn set_completed(db: &Db, owner: &str, id: i64, completed: bool) -> Result<Task, Error> {
    change(
        db,
        owner,
        id,
        &TaskChange {
            completed: Some(completed),
            ..TaskChange::default()
        },
    )
    .await
}

/// Marks an open task done, and a done one open.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn toggle(db: &Db, owner: &str, id: i64) -> Result<Task, Error> {
    let mut connection = db.connection().await?;
    let task = query_as!(
        Task,
        "update tasks set completed = not completed, updated_at = now()
         where user_id = $1 and id = $2
         returning id, user_id, title, description, completed, created_at, updated_at",
        owner,
        id,
    );
    db.run(task.fetch_optional(&mut *connection))
        .await?
        .ok_or(Error::NotFound)
}

/// How many tasks the owner has, without counting them.
///
/// # Errors
/// When the database is away or busy.
pub async fn summary(db: &Db, owner: &str) -> Result<Summary, Error> {
    let mut connection = db.connection().await?;
    let counts = sqlx::query!(
        "select total, completed from task_counts where user_id = $1",
        owner
    );
    let counts = db.run(counts.fetch_optional(&mut *connection)).await?;
    let (total, completed) = counts.map_or((0, 0), |c| (c.total, c.completed));
    Ok(Summary {
        total,
        pending: total - completed,
        completed,
    })
}
