//! Reading tasks, and how many there are.

use sqlx::{query, query_as};

use crate::{
    Db, Error,
    account::refuse_deleted,
    task::{Summary, Task},
};

/// One task, if the owner has it.
///
/// # Errors
/// When the database is away or busy.
pub async fn get(db: &Db, owner: &str, id: i64) -> Result<Option<Task>, Error> {
    let task = query_as!(
        Task,
        "select id, user_id, title, description, completed, created_at, updated_at
         from tasks where user_id = $1 and id = $2",
        owner,
        id,
    );
    let task = db.run(async |c| task.fetch_optional(c).await).await?;
    if task.is_none() {
        refuse_deleted(db, owner).await?;
    }
    Ok(task)
}

/// Those of the tasks that the owner has, in the order of the ids asked for.
///
/// # Errors
/// When the database is away or busy.
pub async fn by_ids(db: &Db, owner: &str, ids: &[i64]) -> Result<Vec<Task>, Error> {
    let rows = query_as!(
        Task,
        "select id, user_id, title, description, completed, created_at, updated_at
         from tasks where user_id = $1 and id = any($2)",
        owner,
        ids,
    );
    let mut tasks = db.run(async |c| rows.fetch_all(c).await).await?;
    tasks.sort_by_key(|task| ids.iter().position(|id| *id == task.id));
    Ok(tasks)
}

/// How many tasks the owner has, without counting them.
///
/// # Errors
/// When the database is away or busy.
pub async fn summary(db: &Db, owner: &str) -> Result<Summary, Error> {
    let counts = query!(
        "select total, completed from task_counts where user_id = $1",
        owner
    );
    let counts = db.run(async |c| counts.fetch_optional(c).await).await?;
    if counts.is_none() {
        refuse_deleted(db, owner).await?;
    }
    let (total, completed) = counts.map_or((0, 0), |c| (c.total, c.completed));
    Ok(Summary {
        total,
        pending: total - completed,
        completed,
    })
}
