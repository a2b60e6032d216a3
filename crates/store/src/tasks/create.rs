//! Making a task, once.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use sqlx::{Acquire as _, PgConnection, query, query_as};

use crate::{
    Db, Error,
    task::{Description, NewTask, Task, Title},
};

/// The outcome of [`create_once`].
#[derive(Debug, Clone)]
pub struct Created {
    /// The task as it was when it was made.
    pub task: Task,
    /// Whether it had been made before, by the same request.
    pub replayed: bool,
}

/// Makes a task.
///
/// # Errors
/// When the database is away or busy.
pub async fn create(db: &Db, owner: &str, new: &NewTask) -> Result<Task, Error> {
    let mut connection = db.connection().await?;
    db.run(insert(&mut connection, owner, new)).await
}

/// Makes a task at most once per key and owner within 24 hours: the same request again is answered with the task as
/// it was first made, whichever replica it reaches, and however many arrive at once.
///
/// # Errors
/// [`Error::KeyReused`] when the key came with other input; or the database is away or busy.
pub async fn create_once(db: &Db, owner: &str, key: &str, new: &NewTask) -> Result<Created, Error> {
    let mut connection = db.connection().await?;
    let hash = fingerprint(new);
    let outcome = db.run(async {
        let mut tx = connection.begin().await?;
        // Old keys go when their owner makes something new: no timer, so nothing wakes a sleeping database.
        query!(
            "delete from idempotency_keys
             where user_id = $1 and created_at < now() - interval '24 hours'",
            owner,
        )
        .execute(&mut *tx)
        .await?;
        // A second request with the same key waits here until the first has committed.
        let first = query!(
            "insert into idempotency_keys (user_id, key, request_hash) values ($1, $2, $3)
             on conflict do nothing",
            owner,
            key,
            &hash,
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            == 1;
        if !first {
            let stored = query!(
                "select request_hash, response from idempotency_keys where user_id = $1 and key = $2",
                owner,
                key,
            )
            .fetch_one(&mut *tx)
            .await?;
            return Ok((stored.request_hash == hash).then_some((stored.response, true)));
        }
        let task = insert(&mut tx, owner, new).await?;
        let response = serde_json::to_value(&task).unwrap_or_default();
        query!(
            "update idempotency_keys set response = $3 where user_id = $1 and key = $2",
            owner,
            key,
            response,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some((Some(response), false)))
    });
    let (response, replayed) = outcome.await?.ok_or(Error::KeyReused)?;
    let task = serde_json::from_value(response.unwrap_or_default())
        .map_err(|e| Error::Database(sqlx::Error::Decode(e.into())))?;
    Ok(Created { task, replayed })
}

async fn insert(connection: &mut PgConnection, owner: &str, new: &NewTask) -> sqlx::Result<Task> {
    query_as!(
        Task,
        "insert into tasks (user_id, title, description) values ($1, $2, $3)
         returning id, user_id, title, description, completed, created_at, updated_at",
        owner,
        new.title.as_str(),
        new.description.as_ref().map(Description::as_str),
    )
    .fetch_one(connection)
    .await
}

/// What makes two requests the same: the parsed input, so that spacing and key order do not matter.
fn fingerprint(new: &NewTask) -> Vec<u8> {
    let input = json!([
        Title::as_str(&new.title),
        new.description.as_ref().map(Description::as_str),
    ]);
    Sha256::digest(input.to_string()).to_vec()
}
