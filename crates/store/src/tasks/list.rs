//! Listing tasks page by page, each page at the same cost however many tasks there are.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, query_as};

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
            && (FAR_PAST..=FAR_FUTURE).contains(&self.created_at)
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
    let mut connection = db.connection().await?;
    // One more than asked tells whether there is a next page.
    let rows = match query.sort {
        Sort::Created => {
            db.run(by_created(&mut connection, owner, query, limit + 1))
                .await?
        }
        Sort::Title => {
            db.run(by_title(&mut connection, owner, query, limit + 1))
                .await?
        }
    };
    let total = match rows.first() {
        Some(row) => row.listed,
        None if query.cursor.is_none() => 0,
        None => {
            drop(connection);
            let summary = super::summary(db, owner).await?;
            match query.status {
                Status::All => summary.total,
                Status::Pending => summary.pending,
                Status::Completed => summary.completed,
            }
        }
    };
    let mut tasks: Vec<Task> = rows.into_iter().map(Row::into_task).collect();
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

struct Row {
    id: i64,
    user_id: String,
    title: String,
    description: Option<String>,
    completed: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    listed: i64,
}

impl Row {
    fn into_task(self) -> Task {
        Task {
            id: self.id,
            user_id: self.user_id,
            title: self.title,
            description: self.description,
            completed: self.completed,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

// Four statements and not one with `$2 is null or completed = $2`: each can use an index that is in its order from
// the first row on, under the generic plan too. The count comes from the counter, once per statement.

async fn by_created(
    connection: &mut PgConnection,
    owner: &str,
    query: &ListQuery,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    // A row value makes the cursor an index condition. Without a cursor: a time after every task.
    let (before, before_id) = query
        .cursor
        .as_ref()
        .map_or((FAR_FUTURE, i64::MAX), |c| (c.created_at, c.id));
    match query.status.completed() {
        None => {
            query_as!(
                Row,
                r#"select id, user_id, title, description, completed, created_at, updated_at,
                    coalesce((select total from task_counts where user_id = $1), 0) as "listed!"
                from tasks
                where user_id = $1 and (created_at, id) < ($2, $3)
                order by created_at desc, id desc limit $4"#,
                owner,
                before,
                before_id,
                limit,
            )
            .fetch_all(connection)
            .await
        }
        Some(completed) => {
            query_as!(
                Row,
                r#"select id, user_id, title, description, completed, created_at, updated_at,
                    coalesce((select case when $5 then completed else total - completed end
                        from task_counts where user_id = $1), 0) as "listed!"
                from tasks
                where user_id = $1 and completed = $5 and (created_at, id) < ($2, $3)
                order by created_at desc, id desc limit $4"#,
                owner,
                before,
                before_id,
                limit,
                completed,
            )
            .fetch_all(connection)
            .await
        }
    }
}

async fn by_title(
    connection: &mut PgConnection,
    owner: &str,
    query: &ListQuery,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    let (after, after_id) = query
        .cursor
        .as_ref()
        .map_or(("", i64::MIN), |c| (c.title.as_str(), c.id));
    match query.status.completed() {
        None => {
            query_as!(
                Row,
                r#"select id, user_id, title, description, completed, created_at, updated_at,
                    coalesce((select total from task_counts where user_id = $1), 0) as "listed!"
                from tasks
                where user_id = $1 and (left(lower(title), 200), id) > (left(lower($2), 200), $3)
                order by left(lower(title), 200), id limit $4"#,
                owner,
                after,
                after_id,
                limit,
            )
            .fetch_all(connection)
            .await
        }
        Some(completed) => {
            query_as!(
                Row,
                r#"select id, user_id, title, description, completed, created_at, updated_at,
                    coalesce((select case when $5 then completed else total - completed end
                        from task_counts where user_id = $1), 0) as "listed!"
                from tasks
                where user_id = $1 and completed = $5 and (left(lower(title), 200), id) > (left(lower($2), 200), $3)
                order by left(lower(title), 200), id limit $4"#,
                owner,
                after,
                after_id,
                limit,
                completed,
            )
            .fetch_all(connection)
            .await
        }
    }
}

/// The year 1: earlier than any task.
const FAR_PAST: DateTime<Utc> = match DateTime::from_timestamp(-62_135_596_800, 0) {
    Some(time) => time,
    None => DateTime::<Utc>::UNIX_EPOCH,
};

/// The year 9999: later than any task, and within what PostgreSQL can hold.
const FAR_FUTURE: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(time) => time,
    None => DateTime::<Utc>::UNIX_EPOCH,
};
