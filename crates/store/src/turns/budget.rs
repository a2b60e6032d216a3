//! What a person may ask of the model, and what was asked.

use sqlx::{PgConnection, query};

use crate::{Db, Error, account::refuse_deleted};

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

/// Takes one request from the budget, over all replicas; or says in how many seconds there is room again, and then the
/// transaction must be rolled back.
pub(super) async fn spend(
    connection: &mut PgConnection,
    owner: &str,
    limits: &Limits,
) -> sqlx::Result<Result<(), u32>> {
    let now = query!(
        r#"select minute_requests as "minute_requests!", minute_tokens as "minute_tokens!",
               day_requests as "day_requests!", day_tokens as "day_tokens!",
               ceil(extract(epoch from minute_from + interval '1 minute' - now()))::bigint as "minute_left!",
               ceil(extract(epoch from day_from + interval '1 day' - now()))::bigint as "day_left!"
           from add_to_budget($1, 1, 0)"#,
        owner,
    );
    let now = now.fetch_one(connection).await?;
    let over = |limit, used| limit > 0 && used > limit;
    let seconds = if over(limits.requests_per_day, now.day_requests)
        || over(limits.tokens_per_day, now.day_tokens + 1)
    {
        now.day_left
    } else if over(limits.requests_per_minute, now.minute_requests)
        || over(limits.tokens_per_minute, now.minute_tokens + 1)
    {
        now.minute_left
    } else {
        return Ok(Ok(()));
    };
    Ok(Err(u32::try_from(seconds.max(1)).unwrap_or(1)))
}

/// What a person asked for lately.
///
/// # Errors
/// When the database is away or busy.
pub async fn usage(db: &Db, owner: &str) -> Result<Usage, Error> {
    let row = query!(
        r#"select b.minute_requests as "minute_requests!", b.minute_tokens as "minute_tokens!",
               b.day_requests as "day_requests!", b.day_tokens as "day_tokens!",
               t.turns as "turns!", t.input_tokens as "input_tokens!", t.output_tokens as "output_tokens!"
           from (
               select count(*) as turns, coalesce(sum(input_tokens), 0)::bigint as input_tokens,
                   coalesce(sum(output_tokens), 0)::bigint as output_tokens
               from turns where user_id = $1 and created_at > now() - interval '30 days'
           ) t
           left join chat_budgets stored on stored.user_id = $1, current_budget(stored) b"#,
        owner,
    );
    let row = db.run(async |c| row.fetch_one(c).await).await?;
    if row.turns == 0 {
        refuse_deleted(db, owner).await?;
    }
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
    let charged = query!(
        "with charged as (
             update turns set input_tokens = input_tokens + $3, output_tokens = output_tokens + $4
             where id = (select id from turns where user_id = $1 and conversation_id = $2 order by id desc limit 1)
             returning id
         )
         select b.user_id from charged, add_to_budget($1, 0, $3 + $4) b",
        owner,
        conversation,
        input_tokens,
        output_tokens,
    );
    db.run(async |c| charged.fetch_optional(c).await)
        .await
        .map(drop)
}
