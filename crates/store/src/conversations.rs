//! Conversations: their titles, their order, and who may run a turn in them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{PgConnection, query, query_as};

use crate::{Db, Error, account::refuse_deleted, events::News, text::storable};

/// The longest page of conversations or messages.
pub const PAGE_MAX: i64 = 200;

/// So many messages fill a conversation.
pub const FULL: i64 = 10_000;
/// Why a full conversation is locked.
const FULL_REASON: &str = "This conversation is full. Start a new one.";

/// A conversation, which is a `ChatKit` thread too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conversation {
    /// Unique in the database.
    pub id: i64,
    /// The owner.
    pub user_id: String,
    /// Unset until it is known.
    pub title: Option<String>,
    /// Whether anything may still be said in it.
    pub status: Status,
    /// Why not, in a sentence for people.
    pub status_reason: Option<String>,
    /// Whether the title is the person's own.
    pub renamed: bool,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When something was last said in it.
    pub updated_at: DateTime<Utc>,
}

/// Whether anything may still be said in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It may.
    Active,
    /// Not now.
    Locked,
    /// Never again.
    Closed,
}

impl Status {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Closed => "closed",
        }
    }
}

impl From<String> for Status {
    fn from(word: String) -> Self {
        match word.as_str() {
            "locked" => Self::Locked,
            "closed" => Self::Closed,
            _ => Self::Active,
        }
    }
}

/// One page of a longer list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, in order.
    pub data: Vec<T>,
    /// Whether there are more, exactly.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// Makes a page of rows that were asked for with one more than the limit.
    pub(crate) fn from_surplus(mut data: Vec<T>, limit: i64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = data.len() > limit;
        data.truncate(limit);
        Self { data, has_more }
    }

    /// The page with every row in another form.
    #[must_use]
    pub fn map<U>(self, form: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(form).collect(),
            has_more: self.has_more,
        }
    }
}

/// In which direction a list of ids goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    Asc,
    /// Newest first.
    Desc,
}

impl Order {
    /// The id that every first page comes after.
    pub(crate) fn start(self) -> i64 {
        match self {
            Self::Asc => 0,
            Self::Desc => i64::MAX,
        }
    }
}

/// Begins a conversation.
///
/// # Errors
/// When the database is away or busy.
pub async fn create(db: &Db, owner: &str, title: Option<&str>) -> Result<Conversation, Error> {
    let title = title.map(storable);
    let row = query_as!(
        Conversation,
        "insert into conversations (user_id, title) values ($1, $2)
         returning id, user_id, title, status, status_reason, renamed, created_at, updated_at",
        owner,
        title.as_deref(),
    );
    db.run(async |c| row.fetch_one(c).await).await
}

/// One conversation, if the owner has it.
///
/// # Errors
/// When the database is away or busy.
pub async fn get(db: &Db, owner: &str, id: i64) -> Result<Option<Conversation>, Error> {
    let row = query_as!(
        Conversation,
        "select id, user_id, title, status, status_reason, renamed, created_at, updated_at
         from conversations where user_id = $1 and id = $2",
        owner,
        id,
    );
    let found = db.run(async |c| row.fetch_optional(c).await).await?;
    if found.is_none() {
        refuse_deleted(db, owner).await?;
    }
    Ok(found)
}

/// A page of conversations in the order they were begun, after the one with id `after`. `limit` is brought into
/// 1 to [`PAGE_MAX`].
///
/// # Errors
/// When the database is away or busy.
pub async fn list(
    db: &Db,
    owner: &str,
    order: Order,
    after: Option<i64>,
    limit: i64,
) -> Result<Page<Conversation>, Error> {
    let limit = limit.clamp(1, PAGE_MAX);
    let after = after.unwrap_or(order.start());
    let rows = match order {
        Order::Desc => {
            let rows = query_as!(
                Conversation,
                "select id, user_id, title, status, status_reason, renamed, created_at, updated_at
                 from conversations where user_id = $1 and id < $2 order by id desc limit $3",
                owner,
                after,
                limit + 1,
            );
            db.run(async |c| rows.fetch_all(c).await).await?
        }
        Order::Asc => {
            let rows = query_as!(
                Conversation,
                "select id, user_id, title, status, status_reason, renamed, created_at, updated_at
                 from conversations where user_id = $1 and id > $2 order by id limit $3",
                owner,
                after,
                limit + 1,
            );
            db.run(async |c| rows.fetch_all(c).await).await?
        }
    };
    if rows.is_empty() {
        refuse_deleted(db, owner).await?;
    }
    Ok(Page::from_surplus(rows, limit))
}

/// Gives a conversation the title that its owner wants.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn rename(db: &Db, owner: &str, id: i64, title: &str) -> Result<Conversation, Error> {
    let title = storable(title);
    let row = query_as!(
        Conversation,
        "update conversations set title = $3, renamed = true
         where user_id = $1 and id = $2 and (title is distinct from $3 or not renamed)
         returning id, user_id, title, status, status_reason, renamed, created_at, updated_at",
        owner,
        id,
        title.as_ref(),
    );
    let renamed = db.write_row(
        owner,
        async |c| row.fetch_optional(c).await,
        |row| News::conversation(row.id),
    );
    match renamed.await? {
        Some(renamed) => Ok(renamed),
        // It has this title already, which is no news.
        None => get(db, owner, id).await?.ok_or(Error::NotFound),
    }
}

/// Gives a conversation a title of our own making. `None` when it has one of its owner's, which stays, or is gone.
///
/// # Errors
/// When the database is away or busy.
pub async fn name(
    db: &Db,
    owner: &str,
    id: i64,
    title: &str,
) -> Result<Option<Conversation>, Error> {
    let title = storable(title);
    let row = query_as!(
        Conversation,
        "update conversations set title = $3 where user_id = $1 and id = $2 and not renamed
         returning id, user_id, title, status, status_reason, renamed, created_at, updated_at",
        owner,
        id,
        title.as_ref(),
    );
    let named = db.write_row(
        owner,
        async |c| row.fetch_optional(c).await,
        |row| News::conversation(row.id),
    );
    named.await
}

/// Says whether anything may still be said in a conversation, and why not.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn set_status(
    db: &Db,
    owner: &str,
    id: i64,
    status: Status,
    reason: Option<&str>,
) -> Result<Conversation, Error> {
    let reason = reason.map(storable);
    let row = query_as!(
        Conversation,
        "update conversations set status = $3, status_reason = $4 where user_id = $1 and id = $2
         returning id, user_id, title, status, status_reason, renamed, created_at, updated_at",
        owner,
        id,
        status.as_str(),
        reason.as_deref(),
    );
    let changed = db.write_row(
        owner,
        async |c| row.fetch_optional(c).await,
        |row| News::conversation(row.id),
    );
    changed.await?.ok_or(Error::NotFound)
}

/// Locks a conversation that is full. `None` when it was not active.
pub(crate) async fn lock_full(
    connection: &mut PgConnection,
    owner: &str,
    id: i64,
) -> sqlx::Result<Option<Conversation>> {
    let row = query_as!(
        Conversation,
        "update conversations set status = 'locked', status_reason = $3
         where user_id = $1 and id = $2 and status = 'active'
         returning id, user_id, title, status, status_reason, renamed, created_at, updated_at",
        owner,
        id,
        FULL_REASON,
    );
    row.fetch_optional(connection).await
}

/// Deletes a conversation and all its messages, those that wait in line too.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn delete(db: &Db, owner: &str, id: i64) -> Result<(), Error> {
    // A turn outlives its conversation, for what it cost; what was to be said in it does not.
    let gone = query!(
        "with emptied as (
             update turns set question = null
             where user_id = $1 and conversation_id = $2 and question is not null
         )
         delete from conversations where user_id = $1 and id = $2",
        owner,
        id,
    );
    let gone = db.write(
        owner,
        async |c| gone.execute(c).await,
        |gone| (gone.rows_affected() > 0).then(|| News::conversation(id)),
    );
    if gone.await?.rows_affected() == 0 {
        Err(Error::NotFound)
    } else {
        Ok(())
    }
}

/// Deletes all conversations of a person with everything said in them, also what still waits to be said, and says
/// how many there were.
///
/// # Errors
/// When the database is away or busy.
pub async fn delete_all(db: &Db, owner: &str) -> Result<u64, Error> {
    let gone = query!(
        "with forgotten as (
             update turns set question = null where user_id = $1 and question is not null
         )
         delete from conversations where user_id = $1",
        owner,
    );
    let gone = db.write(
        owner,
        async |c| gone.execute(c).await,
        |gone| (gone.rows_affected() > 0).then(News::conversations),
    );
    Ok(gone.await?.rows_affected())
}
