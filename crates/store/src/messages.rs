//! What was said and done in a conversation, row by row, in the order of the ids.

mod append;
mod shown;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{query, query_as, query_scalar};

pub use self::{
    append::{New, append, append_reserved, ask, reserve},
    shown::{place, remake},
};
use crate::{
    Db, Error,
    conversations::{Order, PAGE_MAX, Page},
    text::{storable, storable_json},
};

/// Who speaks, or what a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The person.
    User,
    /// The model, in words.
    Assistant,
    /// A round of tool calls that the model asked for, with their results.
    Tool,
    /// A widget that the person can act on; `content` is what it says in words.
    Widget,
    /// A question to the person, and the answer once it is given; `content` is the question in words.
    Input,
    /// A note to the model, never shown to people.
    System,
}

impl Role {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::Widget => "widget",
            Self::Input => "input",
            Self::System => "system",
        }
    }
}

/// Rows that a predecessor made have `user`, `assistant` and sometimes other words; those are kept from people, as
/// they may be prompts.
impl From<String> for Role {
    fn from(word: String) -> Self {
        match word.as_str() {
            "user" => Self::User,
            "assistant" => Self::Assistant,
            "tool" => Self::Tool,
            "widget" => Self::Widget,
            "input" => Self::Input,
            _ => Self::System,
        }
    }
}

/// One row of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Unique in the database, and the order within the conversation.
    pub id: i64,
    /// Where it belongs.
    pub conversation_id: i64,
    /// Who speaks.
    pub role: Role,
    /// What is said; empty in a round of tool calls.
    pub content: String,
    /// The calls of a round and what became of them.
    pub tool_calls: Option<Value>,
    /// What the row holds beside its words: the parts of a message, a widget, a question with its answer.
    pub payload: Option<Value>,
    /// What the person thought of it: `positive` or `negative`.
    pub feedback: Option<String>,
    /// The turn that wrote it, if one did.
    pub turn_id: Option<i64>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

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
    let mut connection = db.connection().await?;
    let tool_calls = storable_json(tool_calls);
    let row = query_as!(
        Message,
        "update messages set tool_calls = $3 where user_id = $1 and id = $2
         returning id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at",
        owner,
        id,
        tool_calls.as_ref(),
    );
    db.run(row.fetch_optional(&mut *connection))
        .await?
        .ok_or(Error::NotFound)
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
    let mut connection = db.connection().await?;
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
    db.run(row.fetch_optional(&mut *connection))
        .await?
        .ok_or(Error::NotFound)
}

/// One row, if the owner has it in this conversation.
///
/// # Errors
/// When the database is away or busy.
pub async fn get(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    id: i64,
) -> Result<Option<Message>, Error> {
    let mut connection = db.connection().await?;
    let row = query_as!(
        Message,
        "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
         from messages where user_id = $1 and conversation_id = $2 and id = $3",
        owner,
        conversation_id,
        id,
    );
    db.run(row.fetch_optional(&mut *connection)).await
}

/// A page of the rows that people may see, after the one with id `after`. `limit` is brought into 1 to [`PAGE_MAX`].
///
/// # Errors
/// When the database is away or busy.
pub async fn list(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    order: Order,
    after: Option<i64>,
    limit: i64,
) -> Result<Page<Message>, Error> {
    let limit = limit.clamp(1, PAGE_MAX);
    let after = after.unwrap_or(order.start());
    let mut connection = db.connection().await?;
    let rows = match order {
        Order::Asc => {
            let rows = query_as!(
                Message,
                "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
                 from messages
                 where user_id = $1 and conversation_id = $2 and id > $3
                     and role in ('user', 'assistant', 'tool', 'widget', 'input')
                 order by id limit $4",
                owner,
                conversation_id,
                after,
                limit + 1,
            );
            db.run(rows.fetch_all(&mut *connection)).await?
        }
        Order::Desc => {
            let rows = query_as!(
                Message,
                "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
                 from messages
                 where user_id = $1 and conversation_id = $2 and id < $3
                     and role in ('user', 'assistant', 'tool', 'widget', 'input')
                 order by id desc limit $4",
                owner,
                conversation_id,
                after,
                limit + 1,
            );
            db.run(rows.fetch_all(&mut *connection)).await?
        }
    };
    Ok(Page::from_surplus(rows, limit))
}

/// The newest `n` rows, oldest first, with those that people do not see: what the model is told.
///
/// # Errors
/// When the database is away or busy.
pub async fn recent(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    n: i64,
) -> Result<Vec<Message>, Error> {
    let mut connection = db.connection().await?;
    let rows = query_as!(
        Message,
        "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
         from messages where user_id = $1 and conversation_id = $2
         order by id desc limit $3",
        owner,
        conversation_id,
        n.clamp(0, 1_000),
    );
    let mut rows = db.run(rows.fetch_all(&mut *connection)).await?;
    rows.reverse();
    Ok(rows)
}

/// A row and everything after it, oldest first, with what people do not see.
///
/// # Errors
/// When the database is away or busy.
pub async fn since(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    id: i64,
) -> Result<Vec<Message>, Error> {
    let mut connection = db.connection().await?;
    let rows = query_as!(
        Message,
        "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
         from messages where user_id = $1 and conversation_id = $2 and id >= $3
         order by id limit 1000",
        owner,
        conversation_id,
        id,
    );
    db.run(rows.fetch_all(&mut *connection)).await
}

/// How many rows that people may see came before one.
///
/// # Errors
/// When the database is away or busy.
pub async fn count_before(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    id: i64,
) -> Result<i64, Error> {
    let mut connection = db.connection().await?;
    let count = query_scalar!(
        r#"select count(*) as "count!" from messages
           where user_id = $1 and conversation_id = $2 and id < $3
               and role in ('user', 'assistant', 'tool', 'widget', 'input')"#,
        owner,
        conversation_id,
        id,
    );
    db.run(count.fetch_one(&mut *connection)).await
}

/// What a turn wrote that people may see, after the row with id `after`, oldest first.
///
/// # Errors
/// When the database is away or busy.
pub async fn of_turn(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    turn_id: i64,
    after: i64,
) -> Result<Vec<Message>, Error> {
    let mut connection = db.connection().await?;
    let rows = query_as!(
        Message,
        "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
         from messages
         where user_id = $1 and conversation_id = $2 and turn_id = $3 and id > $4
             and role in ('user', 'assistant', 'tool', 'widget', 'input')
         order by id limit 1000",
        owner,
        conversation_id,
        turn_id,
        after,
    );
    db.run(rows.fetch_all(&mut *connection)).await
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
    let mut connection = db.connection().await?;
    let gone = query!(
        "delete from messages
         where user_id = $1 and conversation_id = $2 and id > $3 and id <> all($4)",
        owner,
        conversation_id,
        id,
        keep,
    );
    db.run(gone.execute(&mut *connection)).await.map(drop)
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
    let mut connection = db.connection().await?;
    let done = query!(
        "update messages set feedback = $4
         where user_id = $1 and conversation_id = $2 and id = any($3)",
        owner,
        conversation_id,
        ids,
        kind,
    );
    db.run(done.execute(&mut *connection)).await.map(drop)
}
