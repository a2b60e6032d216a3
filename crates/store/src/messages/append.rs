//! Adding rows to a conversation.

use serde_json::Value;
use sqlx::{query_as, query_scalar};

use super::{Message, Role};
use crate::{
    Db, Error,
    text::{storable, storable_json},
};

/// Adds a row to a conversation of the owner.
///
/// # Errors
/// [`Error::NotFound`] when the conversation is gone or not the owner's; or the database is away or busy.
pub async fn append(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    role: Role,
    content: &str,
    tool_calls: Option<&Value>,
) -> Result<Message, Error> {
    let mut connection = db.connection().await?;
    let content = storable(content);
    let tool_calls = tool_calls.map(storable_json);
    // The conversation's row is locked first, so ids are in the order of the commits.
    let row = query_as!(
        Message,
        r#"with conversation as (
             update conversations set updated_at = now() where user_id = $1 and id = $2 returning id
         )
         insert into messages (conversation_id, user_id, role, content, tool_calls)
         select id, $1, $3, $4, $5 from conversation
         returning id, conversation_id, role, content, tool_calls, feedback, created_at"#,
        owner,
        conversation_id,
        role.as_str(),
        content.as_ref(),
        tool_calls.as_deref(),
    );
    db.run(row.fetch_optional(&mut *connection))
        .await?
        .ok_or(Error::NotFound)
}

/// The id of a row that is shown while it is still being written, as an answer is; it is added with
/// [`append_reserved`] when it is whole. An id that is never used is no loss.
///
/// # Errors
/// When the database is away or busy.
pub async fn reserve(db: &Db) -> Result<i64, Error> {
    let mut connection = db.connection().await?;
    let id = query_scalar!(r#"select nextval(pg_get_serial_sequence('messages', 'id')) as "id!""#);
    db.run(id.fetch_one(&mut *connection)).await
}

/// Adds a row under an id that [`reserve`] gave. Its order is that of the id, so nothing else may be
/// added to the conversation in between: whoever calls this has the turn.
///
/// # Errors
/// [`Error::NotFound`] when the conversation is gone or not the owner's; or the database is away or busy.
pub async fn append_reserved(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    id: i64,
    role: Role,
    content: &str,
) -> Result<Message, Error> {
    let mut connection = db.connection().await?;
    let content = storable(content);
    let row = query_as!(
        Message,
        r#"with conversation as (
             update conversations set updated_at = now() where user_id = $1 and id = $2 returning id
         )
         insert into messages (id, conversation_id, user_id, role, content)
         select $5, id, $1, $3, $4 from conversation
         returning id, conversation_id, role, content, tool_calls, feedback, created_at"#,
        owner,
        conversation_id,
        role.as_str(),
        content.as_ref(),
        id,
    );
    db.run(row.fetch_optional(&mut *connection))
        .await?
        .ok_or(Error::NotFound)
}
