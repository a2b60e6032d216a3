//! What the tests ask a database beside the store.

use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgPool, postgres::PgConnectOptions};
use store::{
    Db,
    task::{Description, NewTask, Task, Title},
    tasks,
};

/// The URL of a test's own database.
pub(crate) fn url(options: &PgConnectOptions) -> String {
    options.to_url_lossy().to_string()
}

/// A pool with the time zone that makes naive times wrong wherever one is read in it.
pub(crate) async fn far_from_utc(options: &PgConnectOptions) -> PgPool {
    let options = options.clone().options([("TimeZone", "Asia/Tokyo")]);
    PgPool::connect_with(options).await.unwrap()
}

pub(crate) async fn execute(pool: &PgPool, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(pool)
        .await
        .unwrap();
}

/// The first column of every row, as text.
pub(crate) async fn texts(pool: &PgPool, sql: &str) -> Vec<String> {
    let sql = format!("select v::text from ({sql}) as q (v)");
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(pool)
        .await
        .unwrap()
}

pub(crate) async fn count(pool: &PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Every row of a table by id, as JSON with times in UTC.
pub(crate) async fn rows(pool: &PgPool, table: &str) -> Vec<Value> {
    // Not `jsonb`, which cannot hold all that `json` can.
    let sql = format!("select row_to_json(t) from \"{table}\" t order by id");
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql("set timezone to 'UTC'")
        .execute(&mut *connection)
        .await
        .unwrap();
    let rows = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    // Not back into the pool with another time zone.
    drop(connection.detach());
    rows
}

/// Everything a person could notice of a database: columns, constraints, indexes, triggers, types, sequences, rows.
pub(crate) async fn dump(pool: &PgPool) -> Vec<String> {
    texts(
        pool,
        "select format('%s %s %s %s %s', attrelid::regclass, attnum, attname, atttypid::regtype, attnotnull)
            from pg_attribute join pg_class c on c.oid = attrelid
            where relnamespace = 'public'::regnamespace and attnum > 0
         union all select format('%s %s', conname, pg_get_constraintdef(oid))
            from pg_constraint where connamespace = 'public'::regnamespace
         union all select indexdef from pg_indexes where schemaname = 'public'
         union all select format('%s %s %s', tgrelid::regclass, tgname, tgenabled)
            from pg_trigger where not tgisinternal
         union all select format('%s %s', typname, typtype) from pg_type where typnamespace = 'public'::regnamespace
         union all select format('%s %s %s', sequencename, data_type, last_value) from pg_sequences
         union all select proname from pg_proc where pronamespace = 'public'::regnamespace
         union all select format('%s %s', relname,
                query_to_xml(format('select * from %s', oid::regclass), true, false, ''))
            from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
         order by 1",
    )
    .await
}

pub(crate) fn new_task(title: &str) -> NewTask {
    NewTask {
        title: Title::parse(title).unwrap(),
        description: None,
    }
}

pub(crate) fn described(title: &str, description: &str) -> NewTask {
    NewTask {
        title: Title::parse(title).unwrap(),
        description: Description::parse(description).unwrap(),
    }
}

pub(crate) async fn add(db: &Db, owner: &str, title: &str) -> Task {
    tasks::create(db, owner, &new_task(title)).await.unwrap()
}
