//! The pool of connections.
//!
//! sqlx's own pool pings each connection that comes back, which costs a round trip and a task with every request. Here a
//! connection whose last statement was read to its end goes back at once. Only of one that was given up in the middle of a
//! statement the rest of the answer is read and the transaction ended, or else it is closed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use deadpool::managed::{
    Manager, Metrics, Object, QueueMode, RecycleError, RecycleResult, WeakPool,
};
use sqlx::{Connection as _, PgConnection};
use tokio::{
    runtime::Handle,
    time::{sleep, timeout},
};

use super::{Db, STATEMENT};
use crate::{error::is_starting, events::News, session::Sessions};

pub(super) type Pool = deadpool::managed::Pool<Connector, Lease>;

/// A connection idle for longer is pinged before it is used: the server may have ended it, as on a restart, and then a new
/// one is made. Under load connections are not idle for so long, and no request waits for a ping.
const PING_AFTER: Duration = Duration::from_millis(10);
/// How long a ping may take; a connection whose other end vanished without a word never answers.
const PING: Duration = Duration::from_secs(1);
/// A connection idle for longer is closed.
const IDLE: Duration = Duration::from_mins(4);
/// An older connection is replaced.
const LIFETIME: Duration = Duration::from_mins(30);
/// How often idle connections are looked for.
const REAP: Duration = Duration::from_mins(1);
/// Between two attempts to connect to a server that is starting.
const RECONNECT: Duration = Duration::from_millis(100);

/// Makes connections, and decides which of them can be used again.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) sessions: Sessions,
    /// Set when a connection died while it was idle.
    pub(super) connection_lost: Arc<AtomicBool>,
    pub(super) failed: LastFailure,
}

/// When the database failed last: nobody knows which of the connections made before still live, or are still ours.
#[derive(Debug, Clone, Default)]
pub(super) struct LastFailure(Arc<Mutex<Option<Instant>>>);

impl LastFailure {
    pub(super) fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn since(&self, created: Instant) -> bool {
        let failed = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|failed| created <= failed)
    }
}

impl Connector {
    /// A pool that connects when it is first used. Must be called within the runtime.
    #[expect(
        clippy::expect_used,
        reason = "only time limits of the pool's own need a runtime"
    )]
    pub(super) fn into_pool(self, max_connections: u32) -> Pool {
        let pool = Pool::builder(self)
            .max_size(usize::try_from(max_connections).unwrap_or(usize::MAX))
            .queue_mode(QueueMode::Lifo)
            .build()
            .expect("a pool without time limits");
        tokio::spawn(close_idle(pool.weak()));
        pool
    }
}

/// A connection and when it was given back.
#[derive(Debug)]
pub(super) struct Pooled {
    pub(super) connection: PgConnection,
    returned: Instant,
}

impl Manager for Connector {
    type Type = Pooled;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Pooled> {
        loop {
            match self.sessions.connect().await {
                Err(error) if is_starting(&error) => sleep(RECONNECT).await,
                outcome => {
                    return outcome.map(|connection| Pooled {
                        connection,
                        returned: Instant::now(),
                    });
                }
            }
        }
    }

    async fn recycle(&self, pooled: &mut Pooled, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > LIFETIME || self.failed.since(metrics.created) {
            return Err(RecycleError::message("too old"));
        }
        if pooled.returned.elapsed() > PING_AFTER
            && let Err(error) = ping(&mut pooled.connection).await
        {
            self.connection_lost.store(true, Ordering::Relaxed);
            self.failed.now();
            return Err(error.into());
        }
        Ok(())
    }
}

/// A connection while a request has it.
pub(super) struct Lease {
    /// Until this is dropped.
    connection: Option<Object<Connector>>,
    /// Whether every answer was read and no transaction is open.
    at_rest: bool,
    /// Whose data may have been changed, as long as nobody knows whether it was.
    pub(super) unsure: Option<(Db, String)>,
}

impl From<Object<Connector>> for Lease {
    fn from(connection: Object<Connector>) -> Self {
        Self {
            connection: Some(connection),
            at_rest: true,
            unsure: None,
        }
    }
}

impl Lease {
    /// Does something with the connection that leaves it at rest when it succeeds.
    #[expect(clippy::expect_used, reason = "only dropping takes it")]
    pub(super) async fn run<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> sqlx::Result<T> {
        let pooled = self.connection.as_mut().expect("not dropped");
        self.at_rest = false;
        let value = work(&mut pooled.connection).await?;
        pooled.returned = Instant::now();
        self.at_rest = true;
        Ok(value)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(mut pooled) = self.connection.take() else {
            return;
        };
        if self.at_rest {
            return;
        }
        // Without a runtime, as when the process ends, it is closed.
        let Ok(runtime) = Handle::try_current() else {
            return drop(Object::take(pooled));
        };
        let unsure = self.unsure.take();
        runtime.spawn(async move {
            let ended = end_transaction(&mut pooled.connection).await;
            if ended.is_err() {
                let mut pooled = Object::take(pooled);
                if unsure.is_some() {
                    // The server finishes a statement also when nobody waits for it: what it commits then is told too.
                    let _ = timeout(STATEMENT, pooled.connection.ping()).await;
                }
            } else {
                drop(pooled);
            }
            if let Some((db, owner)) = unsure {
                db.announce(&owner, &News::anything());
            }
        });
    }
}

/// Whether the other end of a connection is there.
pub(super) async fn ping(connection: &mut PgConnection) -> sqlx::Result<()> {
    timeout(PING, connection.ping())
        .await
        .unwrap_or_else(|_| Err(timed_out()))
}

/// Brings a connection to rest. A transaction whose `begin` itself was given up is open without sqlx's knowledge: it sends
/// no rollback for it, and whoever came next would work in it. To begin and roll back ends any.
async fn end_transaction(connection: &mut PgConnection) -> sqlx::Result<()> {
    let ended = async { connection.begin().await?.rollback().await };
    timeout(PING, ended)
        .await
        .unwrap_or_else(|_| Err(timed_out()))
}

/// Closes what nobody used for long, as long as the pool is there. Sends nothing that would wake a database.
async fn close_idle(pool: WeakPool<Connector>) {
    loop {
        sleep(REAP).await;
        let Some(pool) = pool.upgrade() else { return };
        pool.retain(|_, metrics| metrics.last_used() < IDLE && metrics.age() < LIFETIME);
    }
}

pub(super) fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}
