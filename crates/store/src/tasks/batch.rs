//! Changing several tasks at once: in one transaction, told of once, undone together.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{PgConnection, query, query_as};

use super::once::keyed;
use crate::{
    Db, Error,
    changes::Author,
    db::End,
    events::News,
    task::{Description, NewTask, Title},
};

/// What is done with several tasks.
#[derive(Debug, Clone, Copy)]
pub enum Batch<'a> {
    /// These are made, in this order.
    Create(&'a [NewTask]),
    /// Those of these ids that the owner has are changed.
    Change(BatchChange, &'a [i64]),
}

/// What is done with each task of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchChange {
    /// It is marked done.
    Complete,
    /// It is marked open again.
    Reopen,
    /// It is deleted.
    Delete,
}

/// What came of a batch. An id that is in none of the lists is none of the owner's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchDone {
    /// The tasks that were made or changed, in the order asked for.
    pub changed: Vec<Named>,
    /// Those that were already as they should be.
    pub unchanged: Vec<Named>,
    /// By which it can be undone; `None` when nothing was changed.
    pub batch: Option<String>,
}

/// A task by its id and title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: i64,
    /// Its title.
    pub title: String,
}

/// Changes several tasks, all in one transaction; with a key at most once, as [`super::once`] does it. What changes nothing
/// leaves no key.
///
/// # Errors
/// [`Error::KeyReused`] when the key came with other input; or the database is away or busy.
pub async fn batch(
    db: &Db,
    author: &Author<'_>,
    key: Option<&str>,
    batch: Batch<'_>,
) -> Result<BatchDone, Error> {
    let work = async |tx: &mut PgConnection| {
        let done = match batch {
            Batch::Create(new) => create(tx, author, new).await,
            Batch::Change(change, ids) => self::change(tx, author, change, ids).await,
        }?;
        Ok(if done.batch.is_some() {
            Ok(done)
        } else {
            Err(done)
        })
    };
    let Some(key) = key else {
        let done = db.write_transaction(
            author.owner(),
            async |tx| Ok(work(tx).await?.map_or_else(End::Rollback, End::Commit)),
            |_| Some(News::tasks()),
        );
        return done.await;
    };
    let done = keyed(db, author.owner(), key, &input(batch), work).await?;
    Ok(done.map_or_else(|nothing| nothing, |(done, _)| done))
}

async fn create(
    connection: &mut PgConnection,
    author: &Author<'_>,
    new: &[NewTask],
) -> sqlx::Result<BatchDone> {
    let titles = new.iter().map(|new| new.title.as_str().to_owned());
    let titles: Vec<String> = titles.collect();
    let descriptions = new.iter().map(|new| new.description.as_ref());
    let descriptions: Vec<Option<&str>> = descriptions
        .map(|description| description.map(Description::as_str))
        .collect();
    let made = query_as!(
        Named,
        "insert into tasks (user_id, title, description)
         select $1::text, n.title, n.description
         from unnest($2::text[], $3::text[]) with ordinality n (title, description, place),
             set_config('todo.origin', $4, true)
         order by n.place
         returning id, title",
        author.owner(),
        &titles,
        &descriptions as _,
        author.origin(),
    );
    let changed = made.fetch_all(connection).await?;
    Ok(BatchDone::new(author, changed, Vec::new()))
}

struct Found {
    id: i64,
    title: String,
    completed: bool,
}

async fn change(
    connection: &mut PgConnection,
    author: &Author<'_>,
    change: BatchChange,
    ids: &[i64],
) -> sqlx::Result<BatchDone> {
    let owner = author.owner();
    // Locked in the order of the ids, so that two batches of the same tasks wait for one another and not each for the other.
    let found = query_as!(
        Found,
        "select id, title, completed from tasks where user_id = $1 and id = any($2) order by id for update",
        owner,
        ids,
    );
    let mut found = found.fetch_all(&mut *connection).await?;
    found.sort_by_key(|task| ids.iter().position(|id| *id == task.id));
    let wanted = match change {
        BatchChange::Complete => Some(true),
        BatchChange::Reopen => Some(false),
        BatchChange::Delete => None,
    };
    let (unchanged, changed): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|task| wanted == Some(task.completed));
    let [changed, unchanged] = [changed, unchanged].map(|tasks| {
        let named = tasks
            .into_iter()
            .map(|Found { id, title, .. }| Named { id, title });
        named.collect::<Vec<_>>()
    });
    let ids: Vec<i64> = changed.iter().map(|task| task.id).collect();
    let statement = match wanted {
        Some(completed) => query!(
            "update tasks set completed = $3, updated_at = now() from set_config('todo.origin', $4, true)
             where user_id = $1 and id = any($2)",
            owner,
            &ids,
            completed,
            author.origin(),
        ),
        None => query!(
            "delete from tasks using set_config('todo.origin', $3, true) where user_id = $1 and id = any($2)",
            owner,
            &ids,
            author.origin(),
        ),
    };
    statement.execute(connection).await?;
    Ok(BatchDone::new(author, changed, unchanged))
}

impl BatchDone {
    fn new(author: &Author<'_>, changed: Vec<Named>, unchanged: Vec<Named>) -> Self {
        Self {
            batch: author.batch_of(!changed.is_empty()),
            changed,
            unchanged,
        }
    }
}

fn input(batch: Batch<'_>) -> Value {
    match batch {
        Batch::Create(new) => {
            let new = new.iter().map(|new| {
                let description = new.description.as_ref().map(Description::as_str);
                json!([Title::as_str(&new.title), description])
            });
            json!(["create", new.collect::<Vec<_>>()])
        }
        Batch::Change(change, ids) => json!([change, ids]),
    }
}
