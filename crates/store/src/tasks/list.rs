//! Listing tasks page by page, each page at the same cost however many tasks there are.

use chrono::{DateTime, Datelike as _, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{Postgres, QueryBuilder, Row as _, postgres::PgRow};

use super::read::summary;
use crate::{
    Db, Error, Invalid,
    task::{Sort, Status, Task},
};

/// The longest page.
pub const PAGE_MAX: i64 = 1_000;

/// Which page of which list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Which tasks.
    pub status: Status,
    /// In which order.
    pub sort: Sort,
    /// How many at most; brought into 1 to [`PAGE_MAX`].
    pub limit: i64,
    /// Where the last page ended; `None` is the beginning.
    pub cursor: Option<Cursor>,
}

/// One page of tasks.
#[derive(Debug, Clone)]
pub struct TaskPage {
    /// The tasks, in order.
    pub tasks: Vec<Task>,
    /// How many the whole list has.
    pub total: i64,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// A place in one person's list: it names the last task seen by what the list is ordered by, so it stays good when
/// that task is changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    list: u64,
    created_at: DateTime<Utc>,
    title: String,
    id: i64,
}

impl Cursor {
    fn after(task: &Task, list: u64) -> Self {
        Self {
            list,
            created_at: task.created_at,
            title: task.title.clone(),
            id: task.id,
        }
    }

    /// Cursors come back from outside, so this one may name a place that PostgreSQL cannot even read.
    fn is_of(&self, list: u64) -> bool {
        self.list == list
            && (1..=9999).contains(&self.created_at.year())
            && !self.title.contains('\0')
    }
}

/// Tells one list from another: a cursor taken from someone else's list, or from another order, is refused and not
/// guessed at.
fn list_name(owner: &str, status: Status, sort: Sort) -> u64 {
    let digest = Sha256::digest(format!("{owner}\n{status:?}\n{sort:?}"));
    digest.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

/// One page of the owner's tasks.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list; or the database is away or busy.
pub async fn list(db: &Db, owner: &str, query: &ListQuery) -> Result<TaskPage, Error> {
    let name = list_name(owner, query.status, query.sort);
    if query
        .cursor
        .as_ref()
        .is_some_and(|cursor| !cursor.is_of(name))
    {
        let message = "The cursor does not belong to this list.";
        return Err(Invalid::new("cursor", "invalid", message).into());
    }
    let limit = query.limit.clamp(1, PAGE_MAX);
    // One more than asked tells whether there is a next page.
    let mut sql = statement(owner, query, limit + 1);
    let select = sql.build().try_map(|row| decode(&row));
    let rows = db.run(async |c| select.fetch_all(c).await).await?;
    let total = match rows.first() {
        Some((_, listed)) => *listed,
        None if query.cursor.is_none() => 0,
        None => {
            let summary = summary(db, owner).await?;
            match query.status {
                Status::All => summary.total,
                Status::Pending => summary.pending,
                Status::Completed => summary.completed,
            }
        }
    };
    let mut tasks: Vec<Task> = rows.into_iter().map(|(task, _)| task).collect();
    let more = i64::try_from(tasks.len()).is_ok_and(|n| n > limit);
    if more {
        tasks.pop();
    }
    let next = tasks
        .last()
        .filter(|_| more)
        .map(|last| Cursor::after(last, name));
    Ok(TaskPage { tasks, total, next })
}

/// A task, and how many the whole list has. By place, for looking up each column of each row by name would cost more
/// than the rest of it.
fn decode(row: &PgRow) -> sqlx::Result<(Task, i64)> {
    let task = Task {
        id: row.try_get(0)?,
        user_id: row.try_get(1)?,
        title: row.try_get(2)?,
        description: row.try_get(3)?,
        completed: row.try_get(4)?,
        created_at: row.try_get(5)?,
        updated_at: row.try_get(6)?,
    };
    Ok((task, row.try_get(7)?))
}

/// One statement for each combination, and not one with `$2 is null or completed = $2`: each can use an index that is
/// in its order from the first row on, under the generic plan too. Equal combinations are equal text, so that each is
/// prepared once a connection.
fn statement(owner: &str, query: &ListQuery, limit: i64) -> QueryBuilder<Postgres> {
    let listed = match query.status {
        Status::All => "total",
        Status::Pending => "total - completed",
        Status::Completed => "completed",
    };
    let mut sql = QueryBuilder::new(
        "select id, user_id, title, description, completed, created_at, updated_at, coalesce((select ",
    );
    sql.push(listed)
        .push(" from task_counts where user_id = $1), 0) as listed from tasks where user_id = ")
        .push_bind(owner);
    if let Some(completed) = query.status.completed() {
        sql.push(" and completed = ").push_bind(completed);
    }
    // A row value makes the cursor an index condition.
    if let Some(cursor) = &query.cursor {
        match query.sort {
            Sort::Created => sql
                .push(" and (created_at, id) < (")
                .push_bind(cursor.created_at),
            Sort::Title => sql
                .push(" and (left(lower(title), 200), id) > (left(lower(")
                .push_bind(&cursor.title)
                .push("), 200)"),
        };
        sql.push(", ").push_bind(cursor.id).push(")");
    }
    sql.push(match query.sort {
        Sort::Created => " order by created_at desc, id desc limit ",
        Sort::Title => " order by left(lower(title), 200), id limit ",
    });
    sql.push_bind(limit);
    sql
}

#[cfg(test)]
mod tests;
