//! Reading rows: one, a page for people, the past for the model.

use sqlx::{query_as, query_scalar};

use super::Message;
use crate::{
    Db, Error,
    conversations::{Order, PAGE_MAX, Page},
};

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
    let row = query_as!(
        Message,
        "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
         from messages where user_id = $1 and conversation_id = $2 and id = $3",
        owner,
        conversation_id,
        id,
    );
    db.run(async |c| row.fetch_optional(c).await).await
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
    let rows = match order {
        Order::Asc => {
            let rows = query_as!(
                Message,
                "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
                 from messages
                 where user_id = $1 and conversation_id = $2 and id > $3
                     and is_visible(role)
                 order by id limit $4",
                owner,
                conversation_id,
                after,
                limit + 1,
            );
            db.run(async |c| rows.fetch_all(c).await).await?
        }
        Order::Desc => {
            let rows = query_as!(
                Message,
                "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
                 from messages
                 where user_id = $1 and conversation_id = $2 and id < $3
                     and is_visible(role)
                 order by id desc limit $4",
                owner,
                conversation_id,
                after,
                limit + 1,
            );
            db.run(async |c| rows.fetch_all(c).await).await?
        }
    };
    Ok(Page::from_surplus(rows, limit))
}

/// The rows from the one with this id on, and so many before it, oldest first, with those that people do not see: what a
/// turn reads. [`i64::MAX`] is after every row.
///
/// # Errors
/// When the database is away or busy.
pub async fn around(
    db: &Db,
    owner: &str,
    conversation_id: i64,
    id: i64,
    before: i64,
) -> Result<Vec<Message>, Error> {
    let rows = query_as!(
        Message,
        r#"with part as (
             (select * from messages where user_id = $1 and conversation_id = $2 and id < $3 order by id desc limit $4)
             union all
             (select * from messages where user_id = $1 and conversation_id = $2 and id >= $3 order by id limit 1000)
         )
         select id as "id!", conversation_id as "conversation_id!", role as "role!", content as "content!",
             tool_calls, payload, feedback, turn_id, created_at as "created_at!"
         from part order by id"#,
        owner,
        conversation_id,
        id,
        before.clamp(0, 1_000),
    );
    db.run(async |c| rows.fetch_all(c).await).await
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
    let count = query_scalar!(
        r#"select count(*) as "count!" from messages
           where user_id = $1 and conversation_id = $2 and id < $3
               and is_visible(role)"#,
        owner,
        conversation_id,
        id,
    );
    db.run(async |c| count.fetch_one(c).await).await
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
    let rows = query_as!(
        Message,
        "select id, conversation_id, role, content, tool_calls, payload, feedback, turn_id, created_at
         from messages
         where user_id = $1 and conversation_id = $2 and turn_id = $3 and id > $4
             and is_visible(role)
         order by id limit 1000",
        owner,
        conversation_id,
        turn_id,
        after,
    );
    db.run(async |c| rows.fetch_all(c).await).await
}
