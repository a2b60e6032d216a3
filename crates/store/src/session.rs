//! Connections whose prepared statements are their own.
//!
//! sqlx names the statements that it prepares (`sqlx_s_1`, …), and a name belongs to the server's session. A pooler that
//! hands a session from client to client, transaction by transaction, must therefore keep the names of its clients apart.
//! Behind one that does not, a name stands for whatever another client prepared last: a read may delete. So each new
//! connection is examined before anything is prepared for use on it, by what sessions are and not by the pooler's name.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _,
    SqlSafeStr as _, postgres::PgConnectOptions, raw_sql,
};
use tokio::time::timeout;
use uuid::Uuid;

/// What the statements that sqlx prepares are called.
const NAMES: &str = "sqlx_s_";
/// SQLSTATE: a prepared statement of this name exists.
const DUPLICATE_NAME: &str = "42P05";
/// How often two connections are compared. One comparison that finds two sessions may be luck: the pooler has several, and
/// other clients use them at the same time.
const ROUNDS: usize = 5;
/// How long comparing may take: a pooler may have no second session to give.
const COMPARE: Duration = Duration::from_secs(4);

/// Through this address statements of one client would be executed for another.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database's address leads to a pooler that shares its sessions between transactions and does not track prepared \
     statements, so a query could run another client's statement: use a pooler that tracks them (PgBouncer 1.21 or later with \
     max_prepared_statements above 0), or give the database's direct address (DATABASE_URL_DIRECT) as DATABASE_URL"
)]
pub(crate) struct SharedSession;

/// Makes connections that are safe for named statements.
#[derive(Debug)]
pub(crate) struct Sessions {
    options: PgConnectOptions,
    /// Whether the other end takes settings with the first packet. `PgBouncer` does not.
    takes_settings: AtomicBool,
}

impl Sessions {
    pub(crate) fn new(options: PgConnectOptions) -> Self {
        Self {
            options,
            takes_settings: AtomicBool::new(true),
        }
    }

    /// A connection on which a statement's name always means the statement that was given it there.
    ///
    /// # Errors
    /// With [`SharedSession`] inside when the address gives no such connection.
    pub(crate) async fn connect(&self) -> sqlx::Result<PgConnection> {
        let (mut connection, mark) = self.marked().await?;
        if shows(&mut connection, &mark).await? || are_renamed(&mut connection).await? {
            return Ok(connection);
        }
        let mut second = self.options.connect().await?;
        let compared = timeout(COMPARE, share(&mut connection, &mut second)).await;
        if compared.map_err(|_| sqlx::Error::PoolTimedOut)?? {
            return Err(sqlx::Error::Configuration(Box::new(SharedSession)));
        }
        Ok(connection)
    }

    /// A connection and the mark that its session has if the server made the session for this connection alone: a setting of
    /// the first packet, which no pooler passes on to a session that it has already. One that refuses it is asked only once.
    async fn marked(&self) -> sqlx::Result<(PgConnection, String)> {
        let mark = Uuid::new_v4().simple().to_string();
        if self.takes_settings.load(Ordering::Relaxed) {
            let marked = self.options.clone().options([("todo.session", &mark)]);
            match marked.connect().await {
                Err(sqlx::Error::Database(_)) => {}
                outcome => return outcome.map(|connection| (connection, mark)),
            }
        }
        let connection = self.options.connect().await?;
        // Not when it was refused for another reason, which may have passed: then this fails too, or costs a look next time.
        self.takes_settings.store(false, Ordering::Relaxed);
        Ok((connection, mark))
    }
}

/// Whether the session has the mark.
async fn shows(connection: &mut PgConnection, mark: &str) -> sqlx::Result<bool> {
    let query = "select coalesce(current_setting('todo.session', true), '')";
    let shown: String = connection.fetch_one(raw_sql(query)).await?.try_get(0)?;
    Ok(shown == mark)
}

/// Whether what is prepared here has another name in the server's session: then the pooler keeps names apart.
async fn are_renamed(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let mark = Uuid::new_v4().simple();
    // One session for all of it, wherever the pooler takes it from.
    connection.execute(raw_sql("begin")).await?;
    let prepared = connection
        .prepare(AssertSqlSafe(format!("select '{mark}'")).into_sql_str())
        .await;
    match prepared {
        // Somebody else has left this connection's first name here.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(DUPLICATE_NAME) => {
            return Err(sqlx::Error::Configuration(Box::new(SharedSession)));
        }
        prepared => drop(prepared?),
    }
    let look =
        format!("select name::text from pg_prepared_statements where statement like '%{mark}%'");
    let look = raw_sql(AssertSqlSafe(look));
    let name = match connection.fetch_optional(look).await? {
        Some(row) => row.try_get(0)?,
        None => NAMES.to_owned(),
    };
    connection.clear_cached_statements().await?;
    connection.execute(raw_sql("rollback")).await?;
    Ok(!name.starts_with(NAMES))
}

/// Whether two open connections are one session of the server, now or in turn. Each leaves its mark in the session with
/// every question, so that it also shows when other clients that are examined had the session meanwhile.
async fn share(one: &mut PgConnection, other: &mut PgConnection) -> sqlx::Result<bool> {
    let [first, second] = [(); 2].map(|()| Uuid::new_v4().simple().to_string());
    leave(one, "", &first).await?;
    let mut left = leave(other, "begin; ", &second).await?;
    // Otherwise unknown at first: a session may have been somebody else's before.
    if left == first {
        return Ok(true);
    }
    for _ in 0..ROUNDS {
        // While the other holds its session in a transaction, and after.
        left = leave(one, "", &first).await?;
        other.execute(raw_sql("commit")).await?;
        if left != first || leave(other, "", &second).await? != second {
            return Ok(true);
        }
        left = leave(one, "", &first).await?;
        if left != first || leave(other, "begin; ", &second).await? != second {
            return Ok(true);
        }
    }
    other.execute(raw_sql("commit")).await?;
    Ok(false)
}

/// Leaves a mark in the session, by queries that are not prepared, and tells what was left there before.
async fn leave(
    connection: &mut PgConnection,
    before: &'static str,
    mark: &str,
) -> sqlx::Result<String> {
    let query = format!(
        "{before}select coalesce(current_setting('todo.session', true), '');
         select set_config('todo.session', '{mark}', false)"
    );
    let query = raw_sql(AssertSqlSafe(query));
    connection.fetch_one(query).await?.try_get(0)
}
