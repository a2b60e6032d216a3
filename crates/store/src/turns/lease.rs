//! The lease on a conversation: one turn at a time holds it, the others wait in the order in which they were opened.

use serde_json::Value;
use sqlx::{query, query_as, query_scalar};

use super::turn::{Runner, State};
use crate::{
    Db, Error,
    conversations::{self, Conversation, FULL},
    events::News,
    messages::Role,
};

/// What came of asking for the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The turn has it now.
    Yes,
    /// Another turn comes first.
    NotYet,
    /// Another runner works on this turn.
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

/// How a turn ended, and what it cost.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// The last state.
    pub state: State,
    /// How, in a word for programs.
    pub outcome: &'a str,
    /// The model that answered.
    pub model: &'a str,
    /// Tokens to the model.
    pub input_tokens: i64,
    /// Tokens from the model.
    pub output_tokens: i64,
}

/// Asks for the conversation, which also renews the lease of a turn that waits. A turn that was opened earlier comes
/// first, as long as it is alive.
///
/// # Errors
/// [`Error::NotFound`] when the conversation is gone, or the database is away or busy.
pub async fn take(
    db: &Db,
    owner: &str,
    conversation: i64,
    runner: &Runner,
) -> Result<Taken, Error> {
    let taken = query!(
        r#"with it as (
             select c.id, (c.turn is null or c.turn_expires_at < now() or c.turn = $4)
                 and not exists (
                     select from turns e where e.conversation_id = $2 and e.id < $3 and is_alive(e)
                 ) as free
             from conversations c where c.user_id = $1 and c.id = $2 for update
         ), mine as (
             update turns t set
                 alive_until = lease_until(),
                 state = case when it.free then 'running' else t.state end
             from it where t.id = $3 and t.user_id = $1 and t.runner = $4 returning t.id
         ), taken as (
             update conversations c set turn = $4, turn_expires_at = lease_until()
             from it, mine where c.id = it.id and it.free
         )
         select free as "free!", exists (select from mine) as "mine!" from it"#,
        owner,
        conversation,
        runner.turn,
        runner.name,
    );
    let taken = db.write(
        owner,
        async |c| taken.fetch_optional(c).await,
        |taken| {
            let begun = taken.as_ref().is_some_and(|taken| taken.mine && taken.free);
            begun.then(|| News::conversation(conversation))
        },
    );
    let taken = taken.await?.ok_or(Error::NotFound)?;
    Ok(match (taken.mine, taken.free) {
        (false, _) => Taken::Lost,
        (true, true) => Taken::Yes,
        (true, false) => Taken::NotYet,
    })
}

/// Renews the lease of a turn that has its conversation. False when it no longer has it.
///
/// # Errors
/// When the database is away or busy.
pub async fn renew(db: &Db, owner: &str, runner: &Runner) -> Result<bool, Error> {
    let renewed = query!(
        "with mine as (
             update turns set alive_until = lease_until()
             where user_id = $1 and id = $2 and runner = $3 and state = 'running'
             returning conversation_id
         )
         update conversations c set turn_expires_at = lease_until()
         from mine where c.id = mine.conversation_id and c.turn = $3",
        owner,
        runner.turn,
        runner.name,
    );
    let renewed = db.run(async |c| renewed.execute(c).await).await?;
    Ok(renewed.rows_affected() == 1)
}

/// Takes up a turn that failed, was left, or that nobody works on any more. False when somebody does.
///
/// # Errors
/// When the database is away or busy.
pub async fn claim(db: &Db, owner: &str, runner: &Runner) -> Result<bool, Error> {
    let claimed = query_scalar!(
        r#"update turns set state = 'queued', runner = $3, outcome = null, ended_at = null, alive_until = lease_until()
         where user_id = $1 and id = $2 and conversation_id is not null
             and state in ('failed', 'left', 'queued', 'running') and not is_alive(turns)
         returning conversation_id as "conversation_id!""#,
        owner,
        runner.turn,
        runner.name,
    );
    let claimed = db.write(
        owner,
        async |c| claimed.fetch_optional(c).await,
        |conversation| conversation.map(News::conversation),
    );
    Ok(claimed.await?.is_some())
}

/// Declares dead, and tells, the earlier turns of a conversation that nobody works on any more. For the turn that has
/// it: later turns are not its business. A question that is no row yet is told until it is one.
///
/// # Errors
/// When the database is away or busy.
pub async fn abandoned(
    db: &Db,
    owner: &str,
    conversation: i64,
    runner: &Runner,
) -> Result<Vec<Abandoned>, Error> {
    let dead = query_as!(
        Abandoned,
        r#"with dead as (
             update turns set state = 'failed', outcome = 'interrupted', ended_at = now(), alive_until = null
             where user_id = $1 and conversation_id = $2 and id < $3 and (
                 (state in ('queued', 'running') and not is_alive(turns))
                 or (state = 'failed' and outcome = 'interrupted' and question is not null)
             )
             returning id, message_id, question
         )
         select id as "id!", message_id, question from dead order by id"#,
        owner,
        conversation,
        runner.turn,
    );
    let dead = db.write(
        owner,
        async |c| dead.fetch_all(c).await,
        |dead| (!dead.is_empty()).then(|| News::conversation(conversation)),
    );
    dead.await
}

/// Declares dead the turns that have or wait for a conversation whose lease has expired, and adds a row to it for each
/// that had begun, with these words and this payload: that its answer is unfinished. Does nothing while somebody works there.
///
/// # Errors
/// When the database is away or busy.
pub async fn mark_dead(
    db: &Db,
    owner: &str,
    conversation: i64,
    text: &str,
    payload: &Value,
) -> Result<(), Error> {
    // The conversation's row is locked first, so that no turn takes it before the rows are there.
    let marked = query!(
        "with free as (
             update conversations set turn = null, turn_expires_at = null
             where user_id = $1 and id = $2 and turn is not null and turn_expires_at < now() returning id
         ), dead as (
             update turns t set state = 'failed', outcome = 'interrupted', ended_at = now(), alive_until = null
             from free f
             where t.user_id = $1 and t.conversation_id = f.id and t.state = 'running' and t.message_id is not null
             returning t.id
         )
         insert into messages (conversation_id, user_id, role, content, payload, turn_id)
         select $2, $1, $3, $4, $5, id from dead",
        owner,
        conversation,
        Role::Unfinished.as_str(),
        text,
        payload,
    );
    let marked = db.write(
        owner,
        async |c| marked.execute(c).await,
        |marked| (marked.rows_affected() > 0).then(|| News::conversation(conversation)),
    );
    marked.await.map(drop)
}

/// Ends a turn and gives its conversation free. Gives the conversation when it was locked by this, because it is full.
///
/// # Errors
/// When the database is away or busy.
pub async fn end(
    db: &Db,
    owner: &str,
    runner: &Runner,
    ending: Ending<'_>,
) -> Result<Option<Conversation>, Error> {
    let ended = query!(
        r#"select id, coalesce(is_full(id, $9), false) as "full!" from end_turn($1, $2, $3, $4, $5, $6, $7, $8) as id"#,
        owner,
        runner.turn,
        runner.name,
        ending.state.as_str(),
        ending.outcome,
        ending.model,
        ending.input_tokens,
        ending.output_tokens,
        FULL,
    );
    let ended = db.write(
        owner,
        async |c| ended.fetch_one(c).await,
        // Without an id the turn had lost its conversation: it may have ended all the same.
        |ended| {
            Some(
                ended
                    .id
                    .map_or_else(News::conversations, News::conversation),
            )
        },
    );
    let ended = ended.await?;
    match ended.id.filter(|_| ended.full) {
        Some(full) => {
            let locked = db.write(
                owner,
                async |c| conversations::lock_full(c, owner, full).await,
                |locked| locked.as_ref().map(|locked| News::conversation(locked.id)),
            );
            locked.await
        }
        None => Ok(None),
    }
}
