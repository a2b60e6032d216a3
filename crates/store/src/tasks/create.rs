//! Making a task.

use sqlx::{PgConnection, query_as};

use super::{Write, Written, once};
use crate::{
    Db, Error,
    task::{Description, NewTask, Task},
};

/// Makes a task.
///
/// # Errors
/// When the database is away or busy.
pub async fn create(db: &Db, owner: &str, new: &NewTask) -> Result<Task, Error> {
    let mut connection = db.connection().await?;
    db.run(insert(&mut connection, owner, new)).await
}

/// Makes a task at most once, as [`once`] does.
///
/// # Errors
/// As [`once`].
pub async fn create_once(db: &Db, owner: &str, key: &str, new: &NewTask) -> Result<Written, Error> {
    once(db, owner, key, Write::Create(new)).await
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    owner: &str,
    new: &NewTask,
) -> sqlx::Result<Task> {
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
