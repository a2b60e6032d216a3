//! Rows that people point at: where one is, and making a widget anew.

use serde_json::Value;
use sqlx::{PgConnection, query_as, query_scalar};

use super::{Message, Role};
use crate::{
    Db, Error,
    db::End,
    events::News,
    task::Task,
    text::{storable, storable_json},
};

/// The conversation that a row is in, if the owner has it.
///
/// # Errors
/// When the database is away or busy.
pub async fn place(db: &Db, owner: &str, id: i64) -> Result<Option<i64>, Error> {
    let place = query_scalar!(
        "select conversation_id from messages where user_id = $1 and id = $2",
        owner,
        id,
    );
    db.run(async |c| place.fetch_optional(c).await).await
}

/// Makes a widget anew from the tasks it shows as they are now. Two at once end with the truth: each reads the tasks
/// after the other has written. `None` when there is no such widget.
///
/// # Errors
/// When the database is away or busy.
pub async fn remake(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    id: i64,
    ids: &[i64],
    make: impl FnOnce(&[Task]) -> (String, Value) + Send,
) -> Result<Option<Message>, Error> {
    let work = async |tx: &mut PgConnection| {
        let found = query_scalar!(
            "select id from messages
             where user_id = $1 and conversation_id = $2 and id = $3 and role = $4 for update",
            owner,
            conversation_id,
            id,
            Role::Widget.as_str(),
        )
        .fetch_optional(&mut *tx)
        .await?;
        if found.is_none() {
            return Ok(End::Rollback(None));
        }
        let tasks = query_as!(
            Task,
            "select id, user_id, title, description, completed, created_at, updated_at
             from tasks where user_id = $1 and id = any($2)",
            owner,
            ids,
        )
        .fetch_all(&mut *tx)
        .await?;
        let (content, payload) = make(&tasks);
        let (content, payload) = (storable(&content), storable_json(&payload));
        let row = query_as!(
            Message,
            "update messages set content = $3, payload = $4 where user_id = $1 and id = $2
             returning id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at",
            owner,
            id,
            content.as_ref(),
            payload.as_ref(),
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(End::Commit(Some(row)))
    };
    let news = |_: &Option<Message>| Some(News::conversation(conversation_id));
    db.write_transaction(owner, work, news).await
}
