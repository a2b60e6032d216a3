//! Making, changing and deleting tasks.

use sqlx::{PgConnection, query_as};

use crate::{
    Db, Error,
    changes::Author,
    events::News,
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
pub async fn write(
    db: &Db,
    author: impl Into<Author<'_>>,
    write: Write<'_>,
) -> Result<Task, Error> {
    let author = author.into();
    let done = db.write_row(
        author.owner(),
        async |c| apply(c, &author, write).await,
        |_| News::tasks(),
    );
    done.await?.ok_or(Error::NotFound)
}

/// Makes a task.
///
/// # Errors
/// When the database is away or busy.
pub async fn create(db: &Db, author: impl Into<Author<'_>>, new: &NewTask) -> Result<Task, Error> {
    write(db, author, Write::Create(new)).await
}

/// Changes a task.
///
/// # Errors
/// As [`write`].
pub async fn change(
    db: &Db,
    author: impl Into<Author<'_>>,
    id: i64,
    change: &TaskChange,
) -> Result<Task, Error> {
    write(db, author, Write::Change(id, change)).await
}

/// Marks a task done or open again. Doing it twice is the same as once.
///
/// # Errors
/// As [`write`].
pub async fn set_completed(
    db: &Db,
    author: impl Into<Author<'_>>,
    id: i64,
    completed: bool,
) -> Result<Task, Error> {
    let completed = TaskChange {
        completed: Some(completed),
        ..TaskChange::default()
    };
    change(db, author, id, &completed).await
}

/// Deletes a task and tells what it was.
///
/// # Errors
/// As [`write`].
pub async fn delete(db: &Db, author: impl Into<Author<'_>>, id: i64) -> Result<Task, Error> {
    write(db, author, Write::Delete(id)).await
}

/// Marks an open task done, and a done one open.
///
/// # Errors
/// As [`write`].
pub async fn toggle(db: &Db, author: impl Into<Author<'_>>, id: i64) -> Result<Task, Error> {
    let author = author.into();
    let task = query_as!(
        Task,
        "update tasks set completed = not completed, updated_at = now()
         from set_config('todo.origin', $3, true)
         where user_id = $1 and id = $2
         returning id, user_id, title, description, completed, created_at, updated_at",
        author.owner(),
        id,
        author.origin(),
    );
    let toggled = db.write_row(
        author.owner(),
        async |c| task.fetch_optional(c).await,
        |_| News::tasks(),
    );
    toggled.await?.ok_or(Error::NotFound)
}

/// Makes a change. Each statement sets, for its own transaction, whose change it is: the trigger that logs it reads that.
/// `None` when there is no such task.
pub(super) async fn apply(
    connection: &mut PgConnection,
    author: &Author<'_>,
    write: Write<'_>,
) -> sqlx::Result<Option<Task>> {
    let (owner, origin) = (author.owner(), author.origin());
    match write {
        Write::Create(new) => {
            query_as!(
                Task,
                "insert into tasks (user_id, title, description)
                 select $1::text, $2::text, $3::text from set_config('todo.origin', $4, true)
                 returning id, user_id, title, description, completed, created_at, updated_at",
                owner,
                new.title.as_str(),
                new.description.as_ref().map(Description::as_str),
                origin,
            )
            .fetch_optional(connection)
            .await
        }
        Write::Change(id, change) => {
            let description = change.description.as_ref();
            query_as!(
                Task,
                "update tasks set
                     title = coalesce($3, title),
                     description = case when $4 then $5 else description end,
                     completed = coalesce($6, completed),
                     updated_at = now()
                 from set_config('todo.origin', $7, true)
                 where user_id = $1 and id = $2
                 returning id, user_id, title, description, completed, created_at, updated_at",
                owner,
                id,
                change.title.as_ref().map(Title::as_str),
                description.is_some(),
                description.and_then(|d| d.as_ref().map(Description::as_str)),
                change.completed,
                origin,
            )
            .fetch_optional(connection)
            .await
        }
        Write::Delete(id) => {
            query_as!(
                Task,
                "delete from tasks using set_config('todo.origin', $3, true) where user_id = $1 and id = $2
                 returning id, user_id, title, description, completed, created_at, updated_at",
                owner,
                id,
                origin,
            )
            .fetch_optional(connection)
            .await
        }
    }
}
