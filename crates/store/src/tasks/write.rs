//! Making, changing and deleting tasks.

use sqlx::{PgConnection, query, query_as};

use super::once::Written;
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

/// What came of a change.
pub(super) struct Applied {
    /// The task as it is afterwards; a deleted one, as it was.
    pub task: Task,
    /// Whether it is another than before.
    pub changed: bool,
}

/// Makes a change, as often as it is asked for.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn write(
    db: &Db,
    author: impl Into<Author<'_>>,
    write: Write<'_>,
) -> Result<Written, Error> {
    let author = author.into();
    let done = db.write_row(
        author.owner(),
        async |c| apply(c, &author, write).await,
        |_| News::tasks(),
    );
    let Applied { task, changed } = done.await?.ok_or(Error::NotFound)?;
    Ok(Written {
        task,
        batch: author.batch_of(changed),
        changed,
        replayed: false,
    })
}

/// Makes a task.
///
/// # Errors
/// When the database is away or busy.
pub async fn create(db: &Db, author: impl Into<Author<'_>>, new: &NewTask) -> Result<Task, Error> {
    let made = write(db, author, Write::Create(new)).await?;
    Ok(made.task)
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
    let changed = write(db, author, Write::Change(id, change)).await?;
    Ok(changed.task)
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
    let deleted = write(db, author, Write::Delete(id)).await?;
    Ok(deleted.task)
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
) -> sqlx::Result<Option<Applied>> {
    let (owner, origin) = (author.owner(), author.origin());
    let task = match write {
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
            .await?
        }
        Write::Change(id, change) => {
            let description = change.description.as_ref();
            let row = query!(
                r#"update tasks t set
                     title = coalesce($3, t.title),
                     description = case when $4 then $5 else t.description end,
                     completed = coalesce($6, t.completed),
                     updated_at = now()
                 from set_config('todo.origin', $7, true),
                     (select title, description, completed from tasks where user_id = $1 and id = $2) was
                 where t.user_id = $1 and t.id = $2
                 returning t.id, t.user_id, t.title, t.description, t.completed, t.created_at, t.updated_at,
                     (t.title, t.description, t.completed) is distinct from (was.title, was.description, was.completed)
                         as "changed!""#,
                owner,
                id,
                change.title.as_ref().map(Title::as_str),
                description.is_some(),
                description.and_then(|d| d.as_ref().map(Description::as_str)),
                change.completed,
                origin,
            );
            return Ok(row.fetch_optional(connection).await?.map(|row| Applied {
                changed: row.changed,
                task: Task {
                    id: row.id,
                    user_id: row.user_id,
                    title: row.title,
                    description: row.description,
                    completed: row.completed,
                    created_at: row.created_at,
                    updated_at: row.updated_at,
                },
            }));
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
            .await?
        }
    };
    Ok(task.map(|task| Applied {
        task,
        changed: true,
    }))
}
