//! Changing a task.

use sqlx::{PgConnection, query_as};

use crate::{
    Db, Error,
    task::{Description, Task, TaskChange, Title},
};

/// Changes the fields given and no others, so that two people editing different fields both keep their work.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn change(db: &Db, owner: &str, id: i64, change: &TaskChange) -> Result<Task, Error> {
    let mut connection = db.connection().await?;
    db.run(update(&mut connection, owner, id, change))
        .await?
        .ok_or(Error::NotFound)
}

pub(super) async fn update(
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
