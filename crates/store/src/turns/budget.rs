//! What a person may ask of the model, and what was asked.

use sqlx::{PgConnection, query, query_as};

use crate::{Db, Error};

/// How much a person may ask for; 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Turns in a minute.
    pub requests_per_minute: i64,
    /// Turns in a day.
    pub requests_per_day: i64,
    /// Tokens in a minute.
    pub tokens_per_minute: i64,
    /// Tokens in a day.
    pub tokens_per_day: i64,
}

/// What was asked for in some time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Turns.
    pub requests: i64,
    /// Tokens, to the model and from it.
    pub tokens: i64,
}

/// What a person asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// In the minute that runs.
    pub minute: Spent,
    /// In the day that runs.
    pub day: Spent,
    /// Turns of the last 30 days.
    pub turns: i64,
    /// Tokens to the model in these.
    pub input_tokens: i64,
    /// Tokens from the model in these.
    pub output_tokens: i64,
}

/// Takes one request from the budget, over all replicas; or says in how many seconds there is room again.
pub(super) async fn spend(
    connection: &mut PgConnection,
    owner: &str,
    limits: &Limits,
) -> sqlx::Result<Result<(), u32>> {
    // A window begins with its first request. The row is locked whether there is room or not.
    let taken = query!(
        r#"insert into chat_budgets as b
             (user_id, minute_from, minute_requests, minute_tokens, day_from, day_requests, day_tokens)
         values ($1, now(), 1, 0, now(), 1, 0)
         on conflict (user_id) do update set
             minute_from = case when b.minute_from > now() - interval '1 minute' then b.minute_from else now() end,
             minute_requests = case when b.minute_from > now() - interval '1 minute' then b.minute_requests else 0 end + 1,
             minute_tokens = case when b.minute_from > now() - interval '1 minute' then b.minute_tokens else 0 end,
             day_from = case when b.day_from > now() - interval '1 day' then b.day_from else now() end,
             day_requests = case when b.day_from > now() - interval '1 day' then b.day_requests else 0 end + 1,
             day_tokens = case when b.day_from > now() - interval '1 day' then b.day_tokens else 0 end
         where (b.minute_from <= now() - interval '1 minute'
                 or (($2::bigint = 0 or b.minute_requests < $2) and ($3::bigint = 0 or b.minute_tokens < $3)))
             and (b.day_from <= now() - interval '1 day'
                 or (($4::bigint = 0 or b.day_requests < $4) and ($5::bigint = 0 or b.day_tokens < $5)))"#,
        owner,
        limits.requests_per_minute,
        limits.tokens_per_minute,
        limits.requests_per_day,
        limits.tokens_per_day,
    );
    if taken.execute(&mut *connection).await?.rows_affected() == 1 {
        return Ok(Ok(()));
    }
    let wait = query!(
        r#"select ceil(extract(epoch from case
               when day_from > now() - interval '1 day'
                   and (($2::bigint > 0 and day_requests >= $2) or ($3::bigint > 0 and day_tokens >= $3))
               then day_from + interval '1 day' else minute_from + interval '1 minute' end - now()))::bigint
               as "seconds!"
           from chat_budgets where user_id = $1"#,
        owner,
        limits.requests_per_day,
        limits.tokens_per_day,
    );
    let wait = wait.fetch_one(connection).await?.seconds;
    Ok(Err(u32::try_from(wait.max(1)).unwrap_or(1)))
}

/// What a person asked for lately.
///
/// # Errors
/// When the database is away or busy.
pub async fn usage(db: &Db, owner: &str) -> Result<Usage, Error> {
    struct Row {
        minute_requests: i64,
        minute_tokens: i64,
        day_requests: i64,
        day_tokens: i64,
        turns: i64,
        input_tokens: i64,
        output_tokens: i64,
    }
    let mut connection = db.connection().await?;
    let row = query_as!(
        Row,
        r#"select
               coalesce(case when b.minute_from > now() - interval '1 minute' then b.minute_requests end, 0)
                   as "minute_requests!",
               coalesce(case when b.minute_from > now() - interval '1 minute' then b.minute_tokens end, 0)
                   as "minute_tokens!",
               coalesce(case when b.day_from > now() - interval '1 day' then b.day_requests end, 0)
                   as "day_requests!",
               coalesce(case when b.day_from > now() - interval '1 day' then b.day_tokens end, 0)
                   as "day_tokens!",
               t.turns as "turns!", t.input_tokens as "input_tokens!", t.output_tokens as "output_tokens!"
           from (
               select count(*) as turns, coalesce(sum(input_tokens), 0)::bigint as input_tokens,
                   coalesce(sum(output_tokens), 0)::bigint as output_tokens
               from turns where user_id = $1 and created_at > now() - interval '30 days'
           ) t
           left join chat_budgets b on b.user_id = $1"#,
        owner,
    );
    let row = db.run(row.fetch_one(&mut *connection)).await?;
    Ok(Usage {
        minute: Spent {
            requests: row.minute_requests,
            tokens: row.minute_tokens,
        },
        day: Spent {
            requests: row.day_requests,
            tokens: row.day_tokens,
        },
        turns: row.turns,
        input_tokens: row.input_tokens,
        output_tokens: row.output_tokens,
    })
}

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
