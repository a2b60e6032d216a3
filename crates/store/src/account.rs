//! Everything that is stored of one person.

use sqlx::{Acquire as _, query};

use crate::{Db, Error};

/// Deletes a person's tasks and conversations, all or nothing. Doing it twice is the same as once.
///
/// # Errors
/// When the database is away or busy.
pub async fn delete_data(db: &Db, owner: &str) -> Result<(), Error> {
    let mut connection = db.connection().await?;
    db.run(async {
        let mut tx = connection.begin().await?;
        query!("delete from messages where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        query!("delete from conversations where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        query!("delete from tasks where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        query!("delete from task_counts where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        query!("delete from idempotency_keys where user_id = $1", owner)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    })
    .await
}
