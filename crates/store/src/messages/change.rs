//! Changing and removing rows that are there.

use serde_json::Value;
use sqlx::{query, query_as};

use super::Message;
use crate::{
    Db, Error,
    events::News,
    text::{storable, storable_json},
};

/// Replaces the calls of a round by what is known of them now.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn set_tool_calls(
    db: &Db,
    owner: &str,
    id: i64,
    tool_calls: &Value,
) -> Result<Message, Error> {
    let tool_calls = storable_json(tool_calls);
    let row = query_as!(
        Message,
        "update messages set tool_calls = $3 where user_id = $1 and id = $2
         returning id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at",
        owner,
        id,
        tool_calls.as_ref(),
    );
    let changed = db.write_row(
        owner,
        async |c| row.fetch_optional(c).await,
        |row| News::conversation(row.conversation_id),
    );
    changed.await?.ok_or(Error::NotFound)
}

/// Replaces what a row holds beside its words, and the words: of a widget that changed, of a question that was
/// answered.
///
/// # Errors
/// [`Error::NotFound`], or the database is away or busy.
pub async fn set_payload(
    db: &Db,
    owner: &str,
    id: i64,
    content: &str,
    payload: &Value,
) -> Result<Message, Error> {
    let (content, payload) = (storable(content), storable_json(payload));
    let row = query_as!(
        Message,
        "update messages set content = $3, payload = $4 where user_id = $1 and id = $2
         returning id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at",
        owner,
        id,
        content.as_ref(),
        payload.as_ref(),
    );
    let changed = db.write_row(
        owner,
        async |c| row.fetch_optional(c).await,
        |row| News::conversation(row.conversation_id),
    );
    changed.await?.ok_or(Error::NotFound)
}

/// Keeps what the person thought of some rows. Rows that are not there are passed over.
///
/// # Errors
/// When the database is away or busy.
pub async fn set_feedback(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    ids: &[i64],
    kind: &str,
) -> Result<(), Error> {
    let done = query!(
        "update messages set feedback = $4
         where user_id = $1 and conversation_id = $2 and id = any($3)",
        owner,
        conversation_id,
        ids,
        kind,
    );
    let changed = db.write(
        owner,
        async |c| done.execute(c).await,
        |done| (done.rows_affected() > 0).then(|| News::conversation(conversation_id)),
    );
    changed.await.map(drop)
}

/// Removes what came after a row, but for the rows in `keep`.
///
/// # Errors
/// When the database is away or busy.
pub async fn delete_after(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    id: i64,
    keep: &[i64],
) -> Result<(), Error> {
    let gone = query!(
        "delete from messages
         where user_id = $1 and conversation_id = $2 and id > $3 and id <> all($4)",
        owner,
        conversation_id,
        id,
        keep,
    );
    let removed = db.write(
        owner,
        async |c| gone.execute(c).await,
        |gone| (gone.rows_affected() > 0).then(|| News::conversation(conversation_id)),
    );
    removed.await.map(drop)
}
