//! Everything that is stored of one person.

use sqlx::{PgConnection, query, query_scalar};

use crate::{Db, Error, db::End, events::News};

/// Deletes an account: what is stored of it, and what its tokens would write from now on, even at this moment. Doing it
/// twice is the same as once.
///
/// # Errors
/// When the database is away or busy; then it may be done in part, and is to be done again.
pub async fn delete(db: &Db, owner: &str) -> Result<(), Error> {
    // A transaction of its own: it waits for whoever writes, and whoever writes must not wait for it.
    let deleted = query!("select delete_account($1)", owner);
    let deleted = db.write(
        owner,
        async |c| deleted.fetch_one(c).await,
        |_| Some(News::Deleted),
    );
    deleted.await?;
    db.remember_deleted(owner);
    delete_data(db, owner).await
}

/// Whether this process knows that an account is deleted. Any other writes nothing for it either, and learns of it by the
/// first read that finds nothing.
#[must_use]
pub fn is_deleted(db: &Db, owner: &str) -> bool {
    db.knows_deleted(owner)
}

/// Refuses an account that another process has deleted, or this one before it was started, and remembers it. Asked where
/// a read finds nothing of the owner's, which is all that it could find then: other reads cost no query more.
///
/// # Errors
/// [`Error::AccountDeleted`], or the database is away or busy.
pub(crate) async fn refuse_deleted(db: &Db, owner: &str) -> Result<(), Error> {
    let deleted = query_scalar!(
        r#"select exists (select from deleted_accounts where account = account_hash($1)) as "deleted!""#,
        owner
    );
    if db.run(async |c| deleted.fetch_one(c).await).await? {
        db.remember_deleted(owner);
        return Err(Error::AccountDeleted);
    }
    Ok(())
}

/// Deletes a person's tasks and conversations, all or nothing. Doing it twice is the same as once.
///
/// # Errors
/// When the database is away or busy.
pub async fn delete_data(db: &Db, owner: &str) -> Result<(), Error> {
    let work = async |tx: &mut PgConnection| {
        // In the order in which the other functions lock these rows: what runs meanwhile waits, and nobody for ever.
        query!("delete from idempotency_keys where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        query!("delete from conversations where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        // Those in a conversation of somebody else: a predecessor may have left such rows.
        query!("delete from messages where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        query!("delete from turns where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        query!("delete from chat_budgets where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        // The log goes with what it tells of: there is nothing to undo.
        query!(
            r#"delete from tasks using set_config('todo.origin', '{"unlogged": true}', true) where user_id = $1"#,
            owner
        )
        .execute(&mut *tx)
        .await?;
        query!("delete from task_changes where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        // Not the count of a task that was made meanwhile.
        query!(
            "delete from task_counts where user_id = $1 and total = 0",
            owner
        )
        .execute(&mut *tx)
        .await?;
        Ok(End::Commit(()))
    };
    db.write_transaction(owner, work, |()| Some(News::anything()))
        .await
}
