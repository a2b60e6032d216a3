//! What the model cost beside its answers.

use sqlx::query;

use crate::{Db, Error};

/// Adds tokens that were used for a conversation after its last turn had ended, to that turn and to what its owner
/// may still ask for.
///
/// # Errors
/// When the database is away or busy.
pub async fn charge(
    db: &Db,
    owner: &str,
    conversation: i64,
    input_tokens: i64,
    output_tokens: i64,
) -> Result<(), Error> {
    let mut connection = db.connection().await?;
    let charged = query!(
        "with counted as (
             update turns set input_tokens = input_tokens + $3, output_tokens = output_tokens + $4
             where id = (select id from turns where user_id = $1 and conversation_id = $2 order by id desc limit 1)
         )
         update chat_budgets set
             minute_tokens = minute_tokens + case when minute_from > now() - interval '1 minute' then $3 + $4 else 0 end,
             day_tokens = day_tokens + case when day_from > now() - interval '1 day' then $3 + $4 else 0 end
         where user_id = $1",
        owner,
        conversation,
        input_tokens,
        output_tokens,
    );
    db.run(charged.execute(&mut *connection)).await.map(drop)
}
