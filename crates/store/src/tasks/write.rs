//! Making, changing and deleting tasks.

use sqlx::{PgConnection, query_as};

use crate::{
    Db, Error,
    task::{Description, NewTask, Task, TaskChange, Title},
};

/// A change of the tasks.
#[derive(Debug, Clone, Copy)]
pub enum Write<'a> {
    /// Makes a task.
    Create(&'a NewTask),
    /// Changes the fields given and no others, so that two people editing different fields both keep their work.
    Change(i64, &'a TaskChange),
    /// Deletes the task with this id.
    Delete(i64),
}

/// Makes a change, as often as it is asked for. Tells the task as it is afterwards; a deleted one, as it was.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn write(db: &Db, owner: &str, write: Write<'_>) -> Result<Task, Error> {
    db.run(async |c| apply(c, owner, write).await)
        .await?
        .ok_or(Error::NotFound)
}

/// Makes a task.
///
/// # Errors
/// When the database is away or busy.
pub async fn create(db: &Db, owner: &str, new: &NewTask) -> Result<Task, Error> {
    write(db, owner, Write::Create(new)).await
}

/// Changes a task.
///
/// # Errors
/// As [`write`].
pub async fn change(db: &Db, owner: &str, id: i64, change: &TaskChange) -> Result<Task, Error> {
    write(db, owner, Write::Change(id, change)).await
}

/// Marks a task done or open again. Doing it twice is the same as once.
///
/// # Errors
/// As [`write`].
pub async fn set_completed(db: &Db, owner: &str, id: i64, completed: bool) -> Result<Task, Error> {
    let completed = TaskChange {
        completed: Some(completed),
        ..TaskChange::default()
    };
    change(db, owner, id, &completed).await
}

/// Deletes a task and tells what it was.
///
/// # Errors
/// As [`write`].
pub async fn delete(db: &Db, owner: &str, id: i64) -> Result<Task, Error> {
    write(db, owner, Write::Delete(id)).await
}

/// Marks an open task done, and a done one open.
///
/// # Errors
/// As [`write`].
pub async fn toggle(db: &Db, owner: &str, id: i64) -> Result<Task, Error> {
    let task = query_as!(
        Task,
        "update tasks set completed = not completed, updated_at = now()
         where user_id = $1 and id = $2
         returning id, user_id, title, description, completed, created_at, updated_at",
        owner,
        id,
    );
    db.run(async |c| task.fetch_optional(c).await)
        .await?
        .ok_or(Error::NotFound)
}

/// `None` when there is no such task.
pub(super) async fn apply(
    connection: &mut PgConnection,
    owner: &str,
    write: Write<'_>,
) -> sqlx::Result<Option<Task>> {
    match write {
        Write::Create(new) => insert(connection, owner, new).await.map(Some),
        Write::Change(id, change) => update(connection, owner, id, change).await,
        Write::Delete(id) => remove(connection, owner, id).await,
    }
}

async fn insert(connection: &mut PgConnection, owner: &str, new: &NewTask) -> sqlx::Result<Task> {
    query_as!(
        Task,
        "insert into tasks (user_id, title, description) values ($1, $2, $3)
         returning id, user_id, title, description, completed, created_at, updated_at",
        owner,
        new.title.as_str(),
        new.description.as_ref().map(Description::as_str),
    )
    .fetch_one(connection)
    .await
}

async fn update(
    connection: &mut PgConnection,
    owner: &str,
    id: i64,
    change: &TaskChange,
) -> sqlx::Result<Option<Task>> {
    let description = change.description.as_ref();
    query_as!(
        Task,
        "update tasks set
             title = coalesce($3, title),
             description = case when $4 then $5 else description end,
             completed = coalesce($6, completed),
             updated_at = now()
         where user_id = $1 and id = $2
         returning id, user_id, title, description, completed, created_at, updated_at",
        owner,
        id,
        change.title.as_ref().map(Title::as_str),
        description.is_some(),
        description.and_then(|d| d.as_ref().map(Description::as_str)),
        change.completed,
    )
    .fetch_optional(connection)
    .await
}

async fn remove(connection: &mut PgConnection, owner: &str, id: i64) -> sqlx::Result<Option<Task>> {
    query_as!(
        Task,
        "delete from tasks where user_id = $1 and id = $2
         returning id, user_id, title, description, completed, created_at, updated_at",
        owner,
        id,
    )
    .fetch_optional(connection)
    .await
}
