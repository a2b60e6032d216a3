//! Taking changes back.

use serde_json::json;
use sqlx::{PgConnection, query, query_as, query_scalar};

use crate::{
    Db, Error,
    account::refuse_deleted,
    changes::{Author, Means, Reason, Refused, Restored, Undoable, Undone},
    db::End,
    events::News,
    tasks,
    text::storable,
};

/// The most batches that [`undoable`] tells.
pub const UNDOABLE_MAX: i64 = 50;

/// What is undone.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// The batch with this id.
    Batch(&'a str),
    /// The newest one that stands.
    Last,
    /// The newest one that stands and was made by the author's means, and by the same client.
    LastOfMeans,
}

/// Takes a batch back: every task of it that is still as the batch left it is again as before. A batch that is undone
/// already is not undone again; the answer is that of the first time. With a key it is done at most once, as
/// [`tasks::once`] does it.
///
/// # Errors
/// [`Error::NotFound`] when the owner has no such batch of the last 30 days; [`Error::NothingRestored`] when every task of
/// it was changed since; [`Error::KeyReused`] when the key came with other input; or the database is away or busy.
pub async fn undo(
    db: &Db,
    author: &Author<'_>,
    key: Option<&str>,
    which: Which<'_>,
) -> Result<Undone, Error> {
    // What undid nothing is rolled back, and leaves no key, so that the same request may find a better day.
    let work = async |tx: &mut PgConnection| {
        let undone = take_back(tx, author, which).await?;
        Ok(match undone {
            None => Err(Error::NotFound),
            Some(undone) if undone.restored.is_empty() => {
                Err(Error::NothingRestored(undone.refused))
            }
            Some(undone) => Ok(undone),
        })
    };
    let Some(key) = key else {
        let undone = db.write_transaction(
            author.owner(),
            async |tx| {
                Ok(match work(tx).await? {
                    Ok(undone) => End::Commit(Ok(undone)),
                    Err(nothing) => End::Rollback(Err(nothing)),
                })
            },
            |_| Some(News::tasks()),
        );
        return undone.await?;
    };
    let batch = match which {
        Which::Batch(batch) => Some(batch),
        Which::Last | Which::LastOfMeans => None,
    };
    let input = json!(["undo", batch]);
    let done = tasks::keyed(db, author.owner(), key, &input, work);
    done.await?.map(|(undone, _)| undone)
}

/// `None` when there is no such batch.
async fn take_back(
    connection: &mut PgConnection,
    author: &Author<'_>,
    which: Which<'_>,
) -> sqlx::Result<Option<Undone>> {
    let owner = author.owner();
    let batch = match which {
        Which::Batch(batch) => Some(storable(batch).into_owned()),
        Which::Last | Which::LastOfMeans => {
            let own = matches!(which, Which::LastOfMeans);
            let means = author.means.filter(|_| own);
            // A turn of the chat is no client of its own.
            let client = own && author.means != Some(Means::Chat);
            let last = query_scalar!(
                "select batch from task_changes
                 where user_id = $1 and undone_by is null and undoes is null and at > now() - interval '30 days'
                     and batch <> $3 and ($2::text is null or means = $2)
                     and (not $4 or source is not distinct from $5)
                 order by number desc limit 1",
                owner,
                means.map(Means::as_str),
                author.batch(),
                client,
                author.source(),
            );
            last.fetch_optional(&mut *connection).await?
        }
    };
    let Some(batch) = batch else {
        return Ok(None);
    };
    let rows = query!(
        r#"select task_id as "id!", title as "title!", refused, undone_by from undo_batch($1, $2, $3::text::jsonb)"#,
        owner,
        batch,
        author.origin(),
    );
    let rows = rows.fetch_all(connection).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut undone = Undone {
        batch,
        undo_id: author.batch().to_owned(),
        restored: Vec::new(),
        refused: Vec::new(),
    };
    for row in rows {
        let (id, title) = (row.id, row.title);
        let reason = match row.refused.as_deref() {
            None => {
                undone.undo_id = row.undone_by.unwrap_or(undone.undo_id);
                undone.restored.push(Restored { id, title });
                continue;
            }
            Some("changed") => Reason::Changed,
            Some("gone") => Reason::Gone,
            Some(_) => Reason::Unreadable,
        };
        undone.refused.push(Refused { id, title, reason });
    }
    Ok(Some(undone))
}

/// The batches that can be undone, newest first, at most [`UNDOABLE_MAX`]: those of the newest changes that stand and of
/// which a task is still as they left it.
///
/// # Errors
/// When the database is away or busy.
pub async fn undoable(db: &Db, owner: &str) -> Result<Vec<Undoable>, Error> {
    let rows = query_as!(
        Undoable,
        r#"with newest as (
             select * from task_changes
             where user_id = $1 and undone_by is null and undoes is null and at > now() - interval '30 days'
             order by number desc limit 500
         ), changed as (
             select batch, task_id, max(means) as means, max(at) as at, max(number) as number,
                 (array_agg(before order by number))[1] as before,
                 (array_agg(after order by number desc))[1] as after
             from newest group by batch, task_id
         ), standing as (
             select c.*, row_number() over (partition by batch order by c.number, task_id) as place
             from changed c left join tasks t on t.user_id = $1 and t.id = c.task_id
             where case when c.after is null then t.id is null and c.before is not null
                 else logged_fields(t) @> (c.after - 'updated_at') end
         )
         select batch as "batch!", max(means) as means, max(at) as "at!", count(*) as "tasks!",
             coalesce(max(coalesce(before, after)->>'title') filter (where place = 1), '') as "title!",
             max(case when before is null then 'created' when after is null then 'deleted'
                 when before->'completed' = after->'completed' then 'changed'
                 when (after->>'completed')::boolean then 'completed' else 'reopened' end)
                 filter (where place = 1) as "kind!"
         from standing group by batch order by max(number) desc limit $2"#,
        owner,
        UNDOABLE_MAX,
    );
    let batches = db.run(async |c| rows.fetch_all(c).await).await?;
    if batches.is_empty() {
        refuse_deleted(db, owner).await?;
    }
    Ok(batches)
}
