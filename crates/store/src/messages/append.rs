//! Adding rows to a conversation.

use serde_json::Value;
use sqlx::{query_as, query_scalar};

use super::{Message, Role};
use crate::{
    Db, Error,
    events::News,
    text::{storable, storable_json},
    turns::Runner,
};

/// A row to be added.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    role: Role,
    content: &'a str,
    tool_calls: Option<&'a Value>,
    payload: Option<&'a Value>,
    runner: Option<&'a Runner>,
    id: Option<i64>,
}

impl<'a> New<'a> {
    /// Somebody's words.
    #[must_use]
    pub fn said(role: Role, content: &'a str) -> Self {
        Self {
            role,
            content,
            tool_calls: None,
            payload: None,
            runner: None,
            id: None,
        }
    }

    /// A round of tool calls.
    #[must_use]
    pub fn round(tool_calls: &'a Value) -> Self {
        Self {
            tool_calls: Some(tool_calls),
            ..Self::said(Role::Tool, "")
        }
    }

    /// With something beside its words.
    #[must_use]
    pub fn with_payload(self, payload: Option<&'a Value>) -> Self {
        Self { payload, ..self }
    }

    /// Written by a turn, and only as long as the conversation is its.
    #[must_use]
    pub fn by(self, runner: &'a Runner) -> Self {
        let runner = Some(runner);
        Self { runner, ..self }
    }

    /// Under an id that [`reserve`] gave. The row's order is that of the id, so nothing else may be added to the
    /// conversation in between: whoever does this has the turn.
    #[must_use]
    pub fn reserved(self, id: i64) -> Self {
        let id = Some(id);
        Self { id, ..self }
    }
}

/// Adds a row to a conversation of the owner.
///
/// # Errors
/// [`Error::NotFound`] when the conversation is gone, not the owner's, or no longer the turn's; or the database is
/// away or busy.
pub async fn append(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    new: New<'_>,
) -> Result<Message, Error> {
    let content = storable(new.content);
    let tool_calls = new.tool_calls.map(storable_json);
    let payload = new.payload.map(storable_json);
    // The conversation's row is locked first, so ids are in the order of the commits.
    let row = query_as!(
        Message,
        r#"with conversation as (
             update conversations set updated_at = now()
             where user_id = $1 and id = $2 and ($8::text is null or turn = $8) returning id
         )
         insert into messages (id, conversation_id, user_id, role, content, tool_calls, payload, turn_id)
         select coalesce($9, nextval(pg_get_serial_sequence('messages', 'id'))), id, $1, $3, $4, $5, $6, $7
         from conversation
         returning id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at"#,
        owner,
        conversation_id,
        new.role.as_str(),
        content.as_ref(),
        tool_calls.as_deref(),
        payload.as_deref(),
        new.runner.map(|runner| runner.turn),
        new.runner.map(|runner| runner.name.as_str()),
        new.id,
    );
    let added = db.write_row(
        owner,
        async |c| row.fetch_optional(c).await,
        |row| News::conversation(row.conversation_id),
    );
    added.await?.ok_or(Error::NotFound)
}

/// Adds what a person says, as the question that a turn answers.
///
/// # Errors
/// As [`append`].
pub async fn ask(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    runner: &Runner,
    content: &str,
    payload: Option<&Value>,
) -> Result<Message, Error> {
    let content = storable(content);
    let payload = payload.map(storable_json);
    let row = query_as!(
        Message,
        r#"with conversation as (
             update conversations set updated_at = now()
             where user_id = $1 and id = $2 and turn = $6 returning id
         ), question as (
             insert into messages (conversation_id, user_id, role, content, payload, turn_id)
             select id, $1, 'user', $3, $4, $5 from conversation
             returning id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
         ), asked as (
             update turns t set message_id = q.id, question = null from question q
             where t.user_id = $1 and t.id = $5
         )
         select id as "id!", conversation_id as "conversation_id!", role as "role!", content as "content!",
             tool_calls, payload, feedback, turn_id, created_at as "created_at!"
         from question"#,
        owner,
        conversation_id,
        content.as_ref(),
        payload.as_deref(),
        runner.turn,
        runner.name,
    );
    let added = db.write_row(
        owner,
        async |c| row.fetch_optional(c).await,
        |row| News::conversation(row.conversation_id),
    );
    added.await?.ok_or(Error::NotFound)
}

/// The id of a row that is shown while it is still being written, as an answer is; it is added with
/// [`New::reserved`] when it is whole. An id that is never used is no loss.
///
/// # Errors
/// When the database is away or busy.
pub async fn reserve(db: &Db) -> Result<i64, Error> {
    let id = query_scalar!(r#"select nextval(pg_get_serial_sequence('messages', 'id')) as "id!""#);
    db.run(async |c| id.fetch_one(c).await).await
}
