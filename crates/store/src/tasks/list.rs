//! Listing tasks page by page, each page at the same cost however many tasks there are.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike as _, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{Postgres, QueryBuilder, Row as _, postgres::PgRow};

use crate::{
    Db, Error, Invalid,
    account::refuse_deleted,
    task::{Search, Sort, Status, Task},
};

/// The longest page.
pub const PAGE_MAX: i64 = 1_000;

/// Which page of which list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Which tasks.
    pub status: Status,
    /// Only those in which all these words are.
    pub search: Option<Search>,
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

/// As clients carry it.
impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        URL_SAFE_NO_PAD.encode(serde_json::json!(cursor).to_string())
    }
}

impl TryFrom<String> for Cursor {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor.ok_or_else(|| {
            let message = "The cursor is not one that this service gave.";
            Invalid::new("cursor", "invalid", message)
        })
    }
}

/// Tells one list from another: a cursor taken from someone else's list, from another order or of other words, is refused
/// and not guessed at.
fn list_name(owner: &str, query: &ListQuery) -> u64 {
    let (status, sort) = (query.status, query.sort);
    let words = query.search.as_ref().map_or("", Search::as_str);
    let digest = Sha256::digest(format!("{owner}\n{status:?}\n{sort:?}{words}"));
    digest.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

/// One page of the owner's tasks.
///
/// # Errors
/// [`Error::Invalid`] for a cursor of another list; or the database is away or busy.
pub async fn list(db: &Db, owner: &str, query: &ListQuery) -> Result<TaskPage, Error> {
    let name = list_name(owner, query);
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
    let rows = rows(db, owner, query, limit + 1).await?;
    let total = match rows.first() {
        Some((_, listed)) => *listed,
        None if query.cursor.is_none() => 0,
        // All after the cursor are gone; those before it are counted still.
        None => {
            let beginning = ListQuery {
                cursor: None,
                ..query.clone()
            };
            let rows = self::rows(db, owner, &beginning, 1).await?;
            rows.first().map_or(0, |(_, listed)| *listed)
        }
    };
    if total == 0 {
        refuse_deleted(db, owner).await?;
    }
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

async fn rows(
    db: &Db,
    owner: &str,
    query: &ListQuery,
    limit: i64,
) -> Result<Vec<(Task, i64)>, Error> {
    let mut sql = statement(owner, query, limit);
    let select = sql.build().try_map(|row| decode(&row));
    db.run(async |c| select.fetch_all(c).await).await
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
    let mut sql = QueryBuilder::new(
        "select id, user_id, title, description, completed, created_at, updated_at, coalesce((select ",
    );
    if query.search.is_some() {
        // What has these words is not counted beforehand.
        sql.push("count(*)");
        filter(&mut sql, owner, query);
    } else {
        sql.push(match query.status {
            Status::All => "total",
            Status::Pending => "total - completed",
            Status::Completed => "completed",
        });
        sql.push(" from task_counts where user_id = ")
            .push_bind(owner);
    }
    sql.push("), 0) as listed");
    filter(&mut sql, owner, query);
    // A row value makes the cursor an index condition.
    if let Some(cursor) = &query.cursor {
        match query.sort {
            Sort::Created => sql
                .push(" and (created_at, id) < (")
                .push_bind(cursor.created_at),
            Sort::Title => sql
                .push(" and (left(folded(title), 200) collate \"C\", id) > (left(folded(")
                .push_bind(&cursor.title)
                .push("), 200)"),
        };
        sql.push(", ").push_bind(cursor.id).push(")");
    }
    sql.push(match query.sort {
        Sort::Created => " order by created_at desc, id desc limit ",
        Sort::Title => " order by left(folded(title), 200) collate \"C\", id limit ",
    });
    sql.push_bind(limit);
    sql
}

fn filter(sql: &mut QueryBuilder<Postgres>, owner: &str, query: &ListQuery) {
    sql.push(" from tasks where user_id = ").push_bind(owner);
    if let Some(completed) = query.status.completed() {
        sql.push(" and completed = ").push_bind(completed);
    }
    if let Some(search) = &query.search {
        // In a subquery the patterns are made once and not for each row.
        sql.push(" and search_text like all ((select search_patterns(")
            .push_bind(search.as_str())
            .push("))::text[])");
    }
}

#[cfg(test)]
mod tests;
