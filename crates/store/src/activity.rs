//! What happened to a person's tasks, from the log of changes.

use chrono::{DateTime, Utc};
use sqlx::query_as;

use crate::{Db, Error, account::refuse_deleted};

/// The most changes that are told at once.
pub const ACTIVITY_MAX: i64 = 200;

/// Which changes.
#[derive(Debug, Clone, Copy)]
pub struct ActivityQuery<'a> {
    /// Only those of this [`Activity::kind`].
    pub kind: Option<&'a str>,
    /// Not before this moment.
    pub since: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
    /// How many at most; brought into 1 to [`ACTIVITY_MAX`].
    pub limit: i64,
}

/// A change of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// `created`, `changed`, `completed`, `reopened` or `deleted`.
    pub kind: String,
    /// The task.
    pub task_id: i64,
    /// Its title, that before its deletion too.
    pub title: String,
    /// By what it was made: `page`, `rest`, `chat` or `mcp`; `None` when another program made it.
    pub means: Option<String>,
    /// The name of the client that made it, as far as it is known.
    pub client: Option<String>,
    /// By which it can be undone.
    pub batch: String,
    /// Whether it was undone.
    pub undone: bool,
}

/// Changes of the owner's tasks in the last 30 days, newest first.
///
/// # Errors
/// When the database is away or busy.
pub async fn list(db: &Db, owner: &str, query: &ActivityQuery<'_>) -> Result<Vec<Activity>, Error> {
    let rows = query_as!(
        Activity,
        r#"select at as "at!", kind as "kind!", task_id as "task_id!", coalesce(title, '') as "title!", means, client,
             batch as "batch!", undone as "undone!"
         from (
             select at, number, task_id, means, batch, undone_by is not null as undone,
                 coalesce(after, before)->>'title' as title,
                 case when means in ('mcp', 'rest') then source end as client,
                 case when before is null then 'created' when after is null then 'deleted'
                     when before->'completed' = after->'completed' then 'changed'
                     when (after->>'completed')::boolean then 'completed' else 'reopened' end as kind
             from task_changes where user_id = $1 and at > now() - interval '30 days'
         ) changes
         where ($2::text is null or kind = $2) and ($3::timestamptz is null or at >= $3)
             and ($4::timestamptz is null or at < $4)
         order by number desc, task_id desc limit $5"#,
        owner,
        query.kind,
        query.since,
        query.until,
        query.limit.clamp(1, ACTIVITY_MAX),
    );
    let changes = db.run(async |c| rows.fetch_all(c).await).await?;
    if changes.is_empty() {
        refuse_deleted(db, owner).await?;
    }
    Ok(changes)
}
