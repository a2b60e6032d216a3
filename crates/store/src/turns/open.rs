//! Opening a turn: everything that may stand against it is asked before anything is stored.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, query, query_as, query_scalar};

use super::{
    budget::{Limits, spend},
    turn::Turn,
};
use crate::{
    Db, Error,
    conversations::{Conversation, FULL, Status, lock_full},
    db::End,
    events::News,
    text::{storable, storable_json},
};

/// A turn to be opened.
#[derive(Debug, Clone, Copy)]
pub struct NewTurn<'a> {
    /// The client's name for it.
    pub key: Option<&'a str>,
    /// What is asked: another request under the same key is refused.
    pub request: &'a Value,
    /// Where.
    pub place: Place<'a>,
    /// What the person says, kept until it is a row.
    pub question: Option<&'a Value>,
    /// Who will work on it.
    pub runner: &'a str,
}

/// Where a turn is.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// In a new conversation of this title.
    New(&'a str),
    /// In this one.
    In(i64),
}

/// What came of opening a turn.
#[derive(Debug, Clone)]
pub enum Opened {
    /// It is open, with nothing done yet.
    New(i64, Conversation),
    /// It was opened before, under the same key.
    Known(Turn),
    /// The key belongs to another request.
    OtherRequest,
    /// There is no such conversation.
    Gone,
    /// Nothing may be said there.
    Shut(Conversation),
    /// The person has asked for too much; there is room again in so many seconds.
    Limited(u32),
}

/// Opens a turn. Whatever is not [`Opened::New`] has changed nothing, but that a full conversation is locked.
///
/// # Errors
/// When the database is away or busy.
pub async fn open(
    db: &Db,
    owner: &str,
    new: &NewTurn<'_>,
    limits: &Limits,
) -> Result<Opened, Error> {
    let hash = Sha256::digest(new.request.to_string()).to_vec();
    loop {
        // Two with one key at once: the second finds the first when that has committed.
        let opened = db.write_transaction(
            owner,
            async |tx| attempt(tx, owner, new, &hash, limits).await,
            |opened| opened.as_ref().and_then(news),
        );
        if let Some(opened) = opened.await? {
            return Ok(opened);
        }
    }
}

/// A turn was added to a conversation, or the conversation was locked.
fn news(opened: &Opened) -> Option<News> {
    match opened {
        Opened::New(_, conversation) | Opened::Shut(conversation) => {
            Some(News::conversation(conversation.id))
        }
        _ => None,
    }
}

async fn known(
    connection: &mut PgConnection,
    owner: &str,
    key: Option<&str>,
    hash: &[u8],
) -> sqlx::Result<Option<Opened>> {
    let Some(key) = key else { return Ok(None) };
    let row = query!(
        r#"select id, conversation_id, message_id, state, outcome, created_at, request_hash,
               is_alive(turns) as "alive!"
           from turns where user_id = $1 and key = $2"#,
        owner,
        key,
    );
    let row = row.fetch_optional(connection).await?;
    Ok(row.map(|row| {
        if row.request_hash != hash {
            return Opened::OtherRequest;
        }
        Opened::Known(Turn {
            id: row.id,
            conversation_id: row.conversation_id,
            message_id: row.message_id,
            state: row.state.into(),
            outcome: row.outcome,
            alive: row.alive,
            created_at: row.created_at,
        })
    }))
}

/// `None` when another request with the key was quicker.
async fn attempt(
    tx: &mut PgConnection,
    owner: &str,
    new: &NewTurn<'_>,
    hash: &[u8],
    limits: &Limits,
) -> sqlx::Result<End<Option<Opened>>> {
    let refused = |why| Ok(End::Rollback(Some(why)));
    if let Some(known) = known(tx, owner, new.key, hash).await? {
        return refused(known);
    }
    let conversation = match new.place {
        Place::New(title) => begin(tx, owner, title).await?,
        Place::In(id) => {
            let Some((conversation, full)) = find(tx, owner, id).await? else {
                return refused(Opened::Gone);
            };
            if conversation.status != Status::Active {
                return refused(Opened::Shut(conversation));
            }
            if full {
                let locked = lock_full(tx, owner, id).await?;
                return Ok(End::Commit(Some(locked.map_or(Opened::Gone, Opened::Shut))));
            }
            conversation
        }
    };
    let question = new.question.map(storable_json);
    let id = query_scalar!(
        "insert into turns (user_id, conversation_id, key, request_hash, question, runner, alive_until)
         values ($1, $2, $3, $4, $5, $6, lease_until())
         on conflict (user_id, key) do nothing returning id",
        owner,
        conversation.id,
        new.key,
        hash,
        question.as_deref(),
        new.runner,
    );
    let Some(id) = id.fetch_optional(&mut *tx).await? else {
        return Ok(End::Rollback(None));
    };
    if let Err(seconds) = spend(tx, owner, limits).await? {
        return refused(Opened::Limited(seconds));
    }
    Ok(End::Commit(Some(Opened::New(id, conversation))))
}

async fn begin(
    connection: &mut PgConnection,
    owner: &str,
    title: &str,
) -> sqlx::Result<Conversation> {
    let title = storable(title);
    let row = query_as!(
        Conversation,
        "insert into conversations (user_id, title) values ($1, $2)
         returning id, user_id, title, status, status_reason, renamed, created_at, updated_at",
        owner,
        title.as_ref(),
    );
    row.fetch_one(connection).await
}

/// The conversation, and whether it is full.
async fn find(
    connection: &mut PgConnection,
    owner: &str,
    id: i64,
) -> sqlx::Result<Option<(Conversation, bool)>> {
    let row = query_as!(
        Conversation,
        "select id, user_id, title, status, status_reason, renamed, created_at, updated_at
         from conversations where user_id = $1 and id = $2",
        owner,
        id,
    );
    let Some(conversation) = row.fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let full = query_scalar!(r#"select is_full($1, $2) as "full!""#, id, FULL);
    Ok(Some((conversation, full.fetch_one(connection).await?)))
}
