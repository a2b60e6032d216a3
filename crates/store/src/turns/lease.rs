//! The lease on a conversation: one turn at a time holds it, the others wait in the order in which they were opened.

use super::{Conversation, Db, Error, Runner, State, Value, query, query_as};
use crate::conversations::{FULL, FULL_REASON};

/// What came of asking for the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The turn has it now.
    Yes,
    /// Another turn comes first.
    NotYet,
    /// Somebody else works on this turn.
    Lost,
}

/// A turn that nobody works on any more.
#[derive(Debug, Clone, PartialEq)]
pub struct Abandoned {
    /// Which.
    pub id: i64,
    /// The row that it was to answer, if it had one yet.
    pub message_id: Option<i64>,
    /// What was said, if that is no row yet.
    pub question: Option<Value>,
}

/// Asks for the conversation, which is also a sign of life of a turn that waits. A turn that was opened earlier comes
/// first, as long as somebody waits for it.
///
/// # Errors
/// [`Error::NotFound`] when the conversation is gone, or the database is away or busy.
pub async fn take(
    db: &Db,
    owner: &str,
    conversation: i64,
    runner: &Runner,
) -> Result<Taken, Error> {
    let mut connection = db.connection().await?;
    let taken = query!(
        r#"with it as (
             select c.id, (c.turn is null or c.turn_expires_at < now() or c.turn = $4)
                 and not exists (
                     select from turns e where e.conversation_id = $2 and e.id < $3
                         and e.state in ('queued', 'running') and e.alive_until > now()
                 ) as free
             from conversations c where c.user_id = $1 and c.id = $2 for update
         ), mine as (
             update turns t set
                 alive_until = now() + interval '15 seconds',
                 state = case when it.free then 'running' else t.state end
             from it where t.id = $3 and t.user_id = $1 and t.runner = $4 returning t.id
         ), taken as (
             update conversations c set turn = $4, turn_expires_at = now() + interval '15 seconds'
             from it, mine where c.id = it.id and it.free
         )
         select free as "free!", exists (select from mine) as "mine!" from it"#,
        owner,
        conversation,
        runner.turn,
        runner.name,
    );
    let taken = db.run(taken.fetch_optional(&mut *connection)).await?;
    let taken = taken.ok_or(Error::NotFound)?;
    Ok(match (taken.mine, taken.free) {
        (false, _) => Taken::Lost,
        (true, true) => Taken::Yes,
        (true, false) => Taken::NotYet,
    })
}

/// A sign of life of a turn that has its conversation. False when it no longer has it.
///
/// # Errors
/// When the database is away or busy.
pub async fn renew(db: &Db, owner: &str, runner: &Runner) -> Result<bool, Error> {
    let mut connection = db.connection().await?;
    let renewed = query!(
        "with mine as (
             update turns set alive_until = now() + interval '15 seconds'
             where user_id = $1 and id = $2 and runner = $3 and state = 'running'
             returning conversation_id
         )
         update conversations c set turn_expires_at = now() + interval '15 seconds'
         from mine where c.id = mine.conversation_id and c.turn = $3",
        owner,
        runner.turn,
        runner.name,
    );
    let renewed = db.run(renewed.execute(&mut *connection)).await?;
    Ok(renewed.rows_affected() == 1)
}

/// Takes up a turn that failed, was left, or that nobody works on any more. False when somebody does.
///
/// # Errors
/// When the database is away or busy.
pub async fn claim(db: &Db, owner: &str, runner: &Runner) -> Result<bool, Error> {
    let mut connection = db.connection().await?;
    let claimed = query!(
        "update turns set state = 'queued', runner = $3, outcome = null, ended_at = null,
             alive_until = now() + interval '15 seconds'
         where user_id = $1 and id = $2 and conversation_id is not null and (
             state in ('failed', 'left')
             or (state in ('queued', 'running') and coalesce(alive_until, '-infinity') <= now())
         )",
        owner,
        runner.turn,
        runner.name,
    );
    let claimed = db.run(claimed.execute(&mut *connection)).await?;
    Ok(claimed.rows_affected() == 1)
}

/// Declares dead, and tells, the earlier turns of a conversation that nobody works on any more. For the one that has
/// it: what was said later is not its business. A question that is no row yet is told until it is one.
///
/// # Errors
/// When the database is away or busy.
pub async fn abandoned(
    db: &Db,
    owner: &str,
    conversation: i64,
    runner: &Runner,
) -> Result<Vec<Abandoned>, Error> {
    let mut connection = db.connection().await?;
    let dead = query_as!(
        Abandoned,
        r#"with dead as (
             update turns set state = 'failed', outcome = 'interrupted', ended_at = now(), alive_until = null
             where user_id = $1 and conversation_id = $2 and id < $3 and (
                 (state in ('queued', 'running') and coalesce(alive_until, '-infinity') <= now())
                 or (state = 'failed' and outcome = 'interrupted' and question is not null)
             )
             returning id, message_id, question
         )
         select id as "id!", message_id, question from dead order by id"#,
        owner,
        conversation,
        runner.turn,
    );
    db.run(dead.fetch_all(&mut *connection)).await
}

/// Ends a turn: says how, what it cost and which model answered, and gives its conversation free. Gives the
/// conversation when it was locked by this, because it is full.
///
/// # Errors
/// When the database is away or busy.
#[expect(clippy::too_many_arguments, reason = "all that is known at the end")]
pub async fn end(
    db: &Db,
    owner: &str,
    runner: &Runner,
    state: State,
    outcome: &str,
    model: &str,
    input_tokens: i64,
    output_tokens: i64,
) -> Result<Option<Conversation>, Error> {
    let mut connection = db.connection().await?;
    let row = query_as!(
        Conversation,
        r#"with ended as (
             update turns set state = $4, outcome = $5, model = $6, ended_at = now(), alive_until = null,
                 question = null, input_tokens = input_tokens + $7, output_tokens = output_tokens + $8
             where user_id = $1 and id = $2 and runner = $3
             returning conversation_id
         ), counted as (
             insert into chat_budgets as b
                 (user_id, minute_from, minute_requests, minute_tokens, day_from, day_requests, day_tokens)
             select $1, now(), 0, $7 + $8, now(), 0, $7 + $8 from ended
             on conflict (user_id) do update set
                 minute_from = case when b.minute_from > now() - interval '1 minute' then b.minute_from else now() end,
                 minute_requests = case when b.minute_from > now() - interval '1 minute' then b.minute_requests else 0 end,
                 minute_tokens = case when b.minute_from > now() - interval '1 minute' then b.minute_tokens else 0 end
                     + excluded.minute_tokens,
                 day_from = case when b.day_from > now() - interval '1 day' then b.day_from else now() end,
                 day_requests = case when b.day_from > now() - interval '1 day' then b.day_requests else 0 end,
                 day_tokens = case when b.day_from > now() - interval '1 day' then b.day_tokens else 0 end
                     + excluded.day_tokens
         ), forgotten as (
             delete from turns where user_id = $1 and created_at < now() - interval '31 days' and id <> $2
                 and state not in ('queued', 'running')
         ), full_now as (
             select exists (
                 select from ended, messages m where m.conversation_id = ended.conversation_id
                 order by m.id offset $9::bigint - 1 limit 1
             ) as it
         ), freed as (
             update conversations c set turn = null, turn_expires_at = null,
                 status = case when f.it and c.status = 'active' then 'locked' else c.status end,
                 status_reason = case when f.it and c.status = 'active' then $10 else c.status_reason end
             from ended, full_now f where c.id = ended.conversation_id and c.turn = $3
             returning c.id, user_id, title, status, status_reason, renamed, created_at, updated_at, f.it as full_now
         )
         select id as "id!", user_id as "user_id!", title, status as "status!", status_reason,
             renamed as "renamed!", created_at as "created_at!", updated_at as "updated_at!"
         from freed where full_now and status = 'locked'"#,
        owner,
        runner.turn,
        runner.name,
        state.as_str(),
        outcome,
        model,
        input_tokens,
        output_tokens,
        FULL,
        FULL_REASON,
    );
    db.run(row.fetch_optional(&mut *connection)).await
}
