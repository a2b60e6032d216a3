//! Deleting a task.

use sqlx::{PgConnection, query_as};

use crate::{Db, Error, task::Task};

/// Deletes a task and tells what it was.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn delete(db: &Db, owner: &str, id: i64) -> Result<Task, Error> {
    let mut connection = db.connection().await?;
    db.run(remove(&mut connection, owner, id))
        .await?
        .ok_or(Error::NotFound)
}

pub(super) async fn remove(
    connection: &mut PgConnection,
    owner: &str,
    id: i64,
) -> sqlx::Result<Option<Task>> {
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
