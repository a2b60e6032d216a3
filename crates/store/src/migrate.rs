//! Bringing a database to the present schema: a fresh one, one of an earlier release, or one that a Python
//! predecessor of this application made.

mod adopt;
mod connect;
mod error;

use sqlx::{Connection as _, PgConnection, migrate::Migrator, query, raw_sql};

use self::connect::connect;
pub use self::error::MigrateError;
use crate::url::connect_options;

/// The migrations, in order. Public for `#[sqlx::test]`.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Any fixed number: the lock that keeps two migrations apart.
const LOCK: i64 = 0x746f_646f_6d69_6701;

/// What a migration did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// How many migrations were applied; 0 when the database was up to date.
    pub applied: usize,
    /// Whether tables of a predecessor were taken over.
    pub adopted: bool,
}

/// Migrates, all or nothing, in one transaction. Safe to run twice and by several processes at once: the others wait
/// and find nothing to do. The lock is the transaction's own, so it holds through a transaction pooler too.
///
/// # Errors
/// See [`MigrateError`]; nothing is changed then.
pub async fn migrate(url: &str) -> Result<Migrated, MigrateError> {
    let options = connect_options(url)?.application_name("todo-backend-migrate");
    let mut connection = connect(options).await?;
    let mut tx = connection.begin().await?;
    query!("select pg_advisory_xact_lock($1)", LOCK)
        .execute(&mut *tx)
        .await?;
    // A running release may hold a table for the length of a statement, not longer.
    raw_sql("set local lock_timeout = '30s'")
        .execute(&mut *tx)
        .await?;
    let before = applied(&mut tx).await?;
    let adopted = before == 0 && adopt::adopt(&mut tx).await?;
    let mut migrator = Migrator::with_migrations(MIGRATOR.iter().cloned().collect());
    migrator.set_locking(false);
    migrator
        .set_ignore_missing(true)
        .run_direct(None, &mut *tx, false)
        .await?;
    let after = applied(&mut tx).await?;
    tx.commit().await?;
    Ok(Migrated {
        applied: after.saturating_sub(before),
        adopted,
    })
}

async fn applied(connection: &mut PgConnection) -> Result<usize, MigrateError> {
    use sqlx::migrate::Migrate as _;
    connection
        .ensure_migrations_table("_sqlx_migrations")
        .await?;
    Ok(connection
        .list_applied_migrations("_sqlx_migrations")
        .await?
        .len())
}
