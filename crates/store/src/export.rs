//! Conversations as their owner exports them.

use sqlx::query_as;

use crate::{Db, Error, messages::Message};

/// The rows of one conversation after the one with id `after`, oldest first, but for notes to the model. At most
/// `limit` of them, and at most about 1 MiB of text, but always one when there is one.
///
/// # Errors
/// When the database is away or busy.
pub async fn messages(
    db: &Db,
    owner: &str,
    conversation: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Message>, Error> {
    let rows = query_as!(
        Message,
        r#"with part as (
             select m.*, sum(pg_column_size(m.content) + coalesce(pg_column_size(m.payload), 0)
                 + coalesce(pg_column_size(m.tool_calls), 0)) over (order by m.id) as so_far,
                 row_number() over (order by m.id) as place
             from messages m
             where m.user_id = $1 and m.conversation_id = $2 and m.id > $3
                 and is_visible(m.role)
             order by m.id limit $4
         )
         select id as "id!", conversation_id as "conversation_id!", role as "role!", content as "content!",
             tool_calls, payload, feedback, turn_id, created_at as "created_at!"
         from part where place = 1 or so_far < 1048576 order by id"#,
        owner,
        conversation,
        after,
        limit,
    );
    db.run(async |c| rows.fetch_all(c).await).await
}
