//! Several tasks by their ids.

use sqlx::query_as;

use crate::{Db, Error, task::Task};

/// Those of the tasks that the owner has, in the order of the ids asked for.
///
/// # Errors
/// When the database is away or busy.
pub async fn some(db: &Db, owner: &str, ids: &[i64]) -> Result<Vec<Task>, Error> {
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
