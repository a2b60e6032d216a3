//! Changing tasks at most once per request, however often the request is made.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, query};

use super::write::{Write, apply};
use crate::{
    Db, Error,
    db::End,
    task::{Description, NewTask, Task, Title},
};

/// The outcome of [`once`].
#[derive(Debug, Clone)]
pub struct Written {
    /// The task as it was when it was made or changed; the deleted one as it was before.
    pub task: Task,
    /// Whether it had been done before, by the same request.
    pub replayed: bool,
}

/// What came of a key.
enum Found {
    /// It was used now.
    Now(Task),
    /// It had been used for the same.
    Before(Option<Value>),
    /// It had been used for something else, or was given up.
    Otherwise,
    /// There is no such task.
    Nothing,
}

/// Makes a change at most once per key and owner within 24 hours: the same request again is answered as it was
/// answered first, whichever replica it reaches, and however many arrive at once. The change and its answer are one
/// transaction.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::KeyReused`] when the key came with other input, or after [`outcome`] gave it up; or
/// the database is away or busy.
pub async fn once(db: &Db, owner: &str, key: &str, write: Write<'_>) -> Result<Written, Error> {
    let hash = fingerprint(write);
    let found = db.transaction(async |tx| {
        // Old keys go when their owner changes something: no timer, so nothing wakes a sleeping database.
        query!(
            "delete from idempotency_keys
             where user_id = $1 and created_at < now() - interval '24 hours'",
            owner,
        )
        .execute(&mut *tx)
        .await?;
        if !take(tx, owner, key, &hash).await? {
            let (was, response) = stored(tx, owner, key).await?;
            return Ok(End::Rollback(if was == hash {
                Found::Before(response)
            } else {
                Found::Otherwise
            }));
        }
        // What was not done leaves no key.
        let Some(task) = apply(tx, owner, write).await? else {
            return Ok(End::Rollback(Found::Nothing));
        };
        query!(
            "update idempotency_keys set response = $3 where user_id = $1 and key = $2",
            owner,
            key,
            serde_json::to_value(&task).unwrap_or_default(),
        )
        .execute(&mut *tx)
        .await?;
        Ok(End::Commit(Found::Now(task)))
    });
    match found.await? {
        Found::Now(task) => Ok(Written {
            task,
            replayed: false,
        }),
        Found::Before(response) => Ok(Written {
            task: read(response.unwrap_or_default())?,
            replayed: true,
        }),
        Found::Otherwise => Err(Error::KeyReused),
        Found::Nothing => Err(Error::NotFound),
    }
}

/// Makes a task at most once, as [`once`] does.
///
/// # Errors
/// As [`once`].
pub async fn create_once(db: &Db, owner: &str, key: &str, new: &NewTask) -> Result<Written, Error> {
    once(db, owner, key, Write::Create(new)).await
}

/// What became of the change with this key: the answer it got, or `None` when it was not made. A change that is being
/// made is waited for, and one that was not made never will be: the key is used up. Keys are known for 24 hours.
///
/// # Errors
/// When the database is away or busy.
pub async fn outcome(db: &Db, owner: &str, key: &str) -> Result<Option<Task>, Error> {
    let response = db.transaction(async |tx| {
        let given_up = take(tx, owner, key, GIVEN_UP).await?;
        Ok(End::Commit(if given_up {
            None
        } else {
            stored(tx, owner, key).await?.1
        }))
    });
    response.await?.map(read).transpose()
}

/// The fingerprint of no request.
const GIVEN_UP: &[u8] = &[];

/// Whether the key was free. Who has it at this moment is waited for.
async fn take(
    connection: &mut PgConnection,
    owner: &str,
    key: &str,
    hash: &[u8],
) -> sqlx::Result<bool> {
    let taken = query!(
        "insert into idempotency_keys (user_id, key, request_hash) values ($1, $2, $3)
         on conflict do nothing",
        owner,
        key,
        hash,
    );
    Ok(taken.execute(connection).await?.rows_affected() == 1)
}

async fn stored(
    connection: &mut PgConnection,
    owner: &str,
    key: &str,
) -> sqlx::Result<(Vec<u8>, Option<Value>)> {
    let stored = query!(
        "select request_hash, response from idempotency_keys where user_id = $1 and key = $2",
        owner,
        key,
    );
    let stored = stored.fetch_one(connection).await?;
    Ok((stored.request_hash, stored.response))
}

fn read(response: Value) -> Result<Task, Error> {
    serde_json::from_value(response).map_err(|e| Error::Database(sqlx::Error::Decode(e.into())))
}

/// What makes two requests the same: the parsed input, so that spacing and key order do not matter.
fn fingerprint(write: Write<'_>) -> Vec<u8> {
    let input = match write {
        Write::Create(new) => json!([
            Title::as_str(&new.title),
            new.description.as_ref().map(Description::as_str),
        ]),
        Write::Change(id, change) => json!([
            "change",
            id,
            change.title.as_ref().map(Title::as_str),
            change
                .description
                .as_ref()
                .map(|description| [description.as_ref().map(Description::as_str)]),
            change.completed,
        ]),
        Write::Delete(id) => json!(["delete", id]),
    };
    Sha256::digest(input.to_string()).to_vec()
}
