//! Changing tasks at most once per request, however often the request is made.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, query};

use super::write::{Applied, Write, apply};
use crate::{
    Db, Error,
    changes::Author,
    db::End,
    events::News,
    task::{Description, NewTask, Task, Title},
    tools::{ChangeTool, Changed},
};

/// The outcome of [`once`].
#[derive(Debug, Clone)]
pub struct Written {
    /// The task as it was when it was made or changed; the deleted one as it was before.
    pub task: Task,
    /// The batch of the change, by which it can be undone. `None` when there is nothing to undo, or an older release made it.
    pub batch: Option<String>,
    /// Whether the task is another than before.
    pub changed: bool,
    /// Whether it had been done before, by the same request.
    pub replayed: bool,
}

/// What is stored of an answer. Releases that know no batches read the task alone.
#[derive(Debug, Deserialize, Serialize)]
struct Answer {
    #[serde(flatten)]
    task: Task,
    #[serde(default)]
    batch: Option<String>,
    #[serde(default = "yes")]
    changed: bool,
}

/// Releases that did not say it.
fn yes() -> bool {
    true
}

/// What came of a key.
enum Found<T, N> {
    /// It was used now.
    Now(T),
    /// It had been used for the same.
    Before(Option<Value>),
    /// It had been used for something else, or was given up.
    Otherwise,
    /// Nothing was done.
    Nothing(N),
}

/// Makes a change at most once per key and owner within 24 hours: the same request again is answered as it was
/// answered first, whichever replica it reaches, and however many arrive at once. The change and its answer are one
/// transaction.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::KeyReused`] when the key came with other input, or after [`outcome`] gave it up; or
/// the database is away or busy.
pub async fn once(
    db: &Db,
    author: impl Into<Author<'_>>,
    key: &str,
    write: Write<'_>,
) -> Result<Written, Error> {
    let author = author.into();
    let input = input(write);
    let done = keyed(db, author.owner(), key, &input, async |tx| {
        let applied = apply(tx, &author, write).await?;
        Ok(applied
            .map(|Applied { task, changed }| Answer {
                task,
                batch: author.batch_of(changed),
                changed,
            })
            .ok_or(()))
    });
    let (answer, replayed) = done.await?.map_err(|()| Error::NotFound)?;
    Ok(Written {
        task: answer.task,
        batch: answer.batch,
        changed: answer.changed,
        replayed,
    })
}

/// Does something at most once per key, as [`once`] does. What was not done leaves no key, and says why.
pub(crate) async fn keyed<T: Serialize + DeserializeOwned, N>(
    db: &Db,
    owner: &str,
    key: &str,
    input: &Value,
    work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<Result<T, N>>,
) -> Result<Result<(T, bool), N>, Error> {
    // What makes two requests the same: the parsed input, so that spacing and key order do not matter.
    let hash = Sha256::digest(input.to_string()).to_vec();
    let keyed = async |tx: &mut PgConnection| {
        if !take(tx, owner, key, &hash).await? {
            let (was, response) = stored(tx, owner, key).await?;
            return Ok(End::Rollback(if was == hash {
                Found::Before(response)
            } else {
                Found::Otherwise
            }));
        }
        let done = match work(tx).await? {
            Ok(done) => done,
            Err(nothing) => return Ok(End::Rollback(Found::Nothing(nothing))),
        };
        query!(
            "update idempotency_keys set response = $3 where user_id = $1 and key = $2",
            owner,
            key,
            serde_json::to_value(&done).unwrap_or_default(),
        )
        .execute(&mut *tx)
        .await?;
        Ok(End::Commit(Found::Now(done)))
    };
    let found = db.write_transaction(owner, keyed, |_| Some(News::tasks()));
    match found.await? {
        Found::Now(done) => Ok(Ok((done, false))),
        Found::Before(response) => Ok(Ok((read(response.unwrap_or_default())?, true))),
        Found::Otherwise => Err(Error::KeyReused),
        Found::Nothing(nothing) => Ok(Err(nothing)),
    }
}

/// Makes a task at most once, as [`once`] does.
///
/// # Errors
/// As [`once`].
pub async fn create_once(
    db: &Db,
    author: impl Into<Author<'_>>,
    key: &str,
    new: &NewTask,
) -> Result<Written, Error> {
    once(db, author, key, Write::Create(new)).await
}

/// What a tool answered that was called with this key, or `None` when it did nothing. A change that is being made is
/// waited for, and one that was not made never will be: the key is used up. Keys are known for 24 hours.
///
/// # Errors
/// When the database is away or busy.
pub async fn outcome(
    db: &Db,
    owner: &str,
    key: &str,
    tool: ChangeTool,
) -> Result<Option<Value>, Error> {
    let response = db.transaction(async |tx| {
        let given_up = take(tx, owner, key, GIVEN_UP).await?;
        Ok(End::Commit(if given_up {
            None
        } else {
            stored(tx, owner, key).await?.1
        }))
    });
    let Some(response) = response.await? else {
        return Ok(None);
    };
    if !ChangeTool::OF_ONE_TASK.contains(&tool) {
        return Ok(Some(response));
    }
    let Answer { task, batch, .. } = read(response)?;
    Ok(serde_json::to_value(Changed::new(tool, task, batch)).ok())
}

/// The fingerprint of no request.
const GIVEN_UP: &[u8] = &[];

/// Whether the key was free. Who has it at this moment is waited for, and nobody else. Old keys go when their owner changes
/// something: no timer, so nothing wakes a sleeping database.
async fn take(
    connection: &mut PgConnection,
    owner: &str,
    key: &str,
    hash: &[u8],
) -> sqlx::Result<bool> {
    let taken = query!(
        "with old as (
             delete from idempotency_keys where user_id = $1 and key in (
                 select key from idempotency_keys
                 where user_id = $1 and created_at < now() - interval '24 hours' and key <> $2
                 for update skip locked
             )
         )
         insert into idempotency_keys as k (user_id, key, request_hash) values ($1, $2, $3)
         on conflict (user_id, key) do update
         set request_hash = excluded.request_hash, response = null, created_at = now()
         where k.created_at < now() - interval '24 hours'",
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

fn read<T: DeserializeOwned>(response: Value) -> Result<T, Error> {
    serde_json::from_value(response).map_err(|e| Error::Database(sqlx::Error::Decode(e.into())))
}

fn input(write: Write<'_>) -> Value {
    match write {
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
    }
}
