//! The connection pool, and what real queries tell about the database.
//!
//! Nothing here runs by itself: a database that sleeps is woken by people, never by us. Readiness follows the outcome
//! of real queries; a ping is sent only while the last outcome was a failure, and then only when somebody asks.

mod pool;
mod write;

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use deadpool::managed::PoolError;
use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use self::pool::{Connector, LastFailure, Lease, Pool, ping, timed_out};
use crate::{
    Error,
    error::is_outage,
    events::{
        Hub,
        announcer::{self, Announcer, MARK},
    },
    session::Sessions,
    url::connect_options,
};

/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long one statement or transaction may take.
const STATEMENT: Duration = Duration::from_secs(10);
/// How long a request waits for a database that is known to be away.
const AWAY: Duration = Duration::from_millis(800);
/// How long what is announced may take at the end of a process.
const ANNOUNCE: Duration = Duration::from_secs(2);
/// How long closing a connection may take.
const CLOSE: Duration = Duration::from_secs(1);
/// After so long without a query the database may have slept, and with it the listeners of our siblings.
/// Neon suspends after 60 s at the earliest.
const QUIET: Duration = Duration::from_secs(45);

/// Settings of the pool.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// The most connections this process holds at once.
    pub max_connections: u32,
    /// Shown to the database's operator in `pg_stat_activity`, with the mark of a process that announces its changes.
    pub application_name: &'static str,
}

/// The database: a pool and what is known of its health. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pool: Pool,
    health: watch::Sender<Health>,
    probing: AtomicBool,
    started: Instant,
    /// When the database last answered, in milliseconds since the start.
    answered: AtomicU64,
    connection_lost: Arc<AtomicBool>,
    failed: LastFailure,
    woken: Notify,
    hub: OnceLock<Arc<Hub>>,
    announcer: Announcer,
    /// Accounts that this process deleted.
    deleted: Mutex<HashSet<String>>,
    /// The pool given to [`Db::from_pool`]: sqlx closes one with its last clone.
    _beside: Option<PgPool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Unknown,
    Up,
    Down,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").finish_non_exhaustive()
    }
}

impl Db {
    /// Prepares a pool that connects when it is first used, so that a sleeping database does not hold up a start. Must
    /// be called within the runtime.
    ///
    /// # Errors
    /// [`Error::Url`] when the URL cannot be used.
    pub fn connect_lazy(url: &str, options: &DbOptions) -> Result<Self, Error> {
        let connect = connect_options(url)?.application_name(options.application_name);
        Ok(Self::new(connect, options.max_connections, None))
    }

    /// For tests: a pool as large as sqlx's on the same database, and closed with it.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        let connect = (*pool.connect_options()).clone();
        let max_connections = pool.options().get_max_connections();
        let closed = pool.close_event();
        let db = Self::new(connect, max_connections, Some(pool));
        let own = db.0.pool.clone();
        tokio::spawn(async move {
            closed.await;
            own.close();
        });
        db
    }

    fn new(options: PgConnectOptions, max_connections: u32, beside: Option<PgPool>) -> Self {
        let connection_lost = Arc::<AtomicBool>::default();
        let failed = LastFailure::default();
        let name = options.get_application_name().unwrap_or_default();
        let name = format!("{name} {MARK}");
        let options = options.application_name(name.trim());
        let connector = Connector {
            sessions: Sessions::new(options),
            connection_lost: Arc::clone(&connection_lost),
            failed: failed.clone(),
        };
        Self(Arc::new(Inner {
            pool: connector.into_pool(max_connections),
            health: watch::Sender::new(Health::Unknown),
            probing: AtomicBool::new(false),
            started: Instant::now(),
            answered: AtomicU64::new(0),
            connection_lost,
            failed,
            woken: Notify::new(),
            hub: OnceLock::new(),
            announcer: Announcer::default(),
            deleted: Mutex::default(),
            _beside: beside,
        }))
    }

    /// Whether the database answered last time. Sends something only while it did not.
    pub async fn ready(&self) -> bool {
        *self.0.health.borrow() == Health::Up || self.await_recovery().await
    }

    /// Connections open now, and how many of them are idle: for metrics.
    #[must_use]
    pub fn connections(&self) -> (usize, usize) {
        let status = self.0.pool.status();
        (status.size, status.available)
    }

    /// Resolves when a query succeeded after a time so quiet that the database may have slept, or for the first time,
    /// or after connections were lost. Whoever woke it tells its siblings, whose `LISTEN` went with the sleep.
    pub async fn woken(&self) {
        self.0.woken.notified().await;
    }

    /// Announces what is not announced yet, and ends every connection; one that is in use, when it is given back.
    pub async fn close(&self) {
        self.0.announcer.finish(ANNOUNCE).await;
        let idle = self.0.pool.retain(|_, _| false).removed;
        self.0.pool.close();
        for pooled in idle {
            // It is dropped in any case.
            let _ = timeout(CLOSE, pooled.connection.close()).await;
        }
    }

    /// Whether the database answered so recently that it cannot have fallen asleep since.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        *self.0.health.borrow() == Health::Up && self.quiet() < QUIET
    }

    pub(crate) fn remember_deleted(&self, owner: &str) {
        let mut deleted = self
            .0
            .deleted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        deleted.insert(owner.to_owned());
    }

    pub(crate) fn knows_deleted(&self, owner: &str) -> bool {
        let deleted = self
            .0
            .deleted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        deleted.contains(owner)
    }

    /// Reads, or writes what no subscriber is told of: a statement, or several. Learns from the outcome whether the database
    /// is there. `work` must leave no transaction open when it succeeds; that is what [`Db::transaction`] is for.
    pub(crate) async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, Error> {
        self.run_for(None, work).await
    }

    /// Does something in a transaction of which no subscriber is told.
    pub(crate) async fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<End<T>>,
    ) -> Result<T, Error> {
        let ended = self.run(async |c| in_transaction(c, work).await).await?;
        let (End::Commit(value) | End::Rollback(value)) = ended;
        Ok(value)
    }

    async fn run_for<T>(
        &self,
        writer: Option<&str>,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, Error> {
        if *self.0.health.borrow() == Health::Down && !self.await_recovery().await {
            return Err(Error::Unavailable(None));
        }
        self.attempt(writer, work).await
    }

    async fn attempt<T>(
        &self,
        writer: Option<&str>,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, Error> {
        let mut lease = self.acquire().await?;
        lease.unsure = writer.map(|owner| (self.clone(), owner.to_owned()));
        let outcome = timeout(STATEMENT, lease.run(work))
            .await
            .unwrap_or_else(|_| Err(timed_out()));
        // What the database refuses it does not commit.
        if matches!(outcome, Ok(_) | Err(sqlx::Error::Database(_))) {
            lease.unsure = None;
        }
        drop(lease);
        match outcome {
            Ok(value) => {
                self.succeeded();
                Ok(value)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    async fn acquire(&self) -> Result<Lease, Error> {
        match timeout(ACQUIRE, self.0.pool.get()).await {
            Ok(Ok(lease)) => Ok(lease),
            Ok(Err(PoolError::Backend(error))) => Err(self.failed(error)),
            Ok(Err(_)) => Err(self.failed(sqlx::Error::PoolClosed)),
            Err(_) => {
                let status = self.0.pool.status();
                // Every connection is there, so each is in use.
                if status.size >= status.max_size {
                    return Err(Error::Busy);
                }
                Err(self.failed(sqlx::Error::PoolTimedOut))
            }
        }
    }

    fn succeeded(&self) {
        let was_up = *self.0.health.borrow() == Health::Up;
        let slept = self.quiet() > QUIET;
        let now = u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.answered.store(now, Ordering::Relaxed);
        // A load first: a swap by every query would pass the cache line from core to core.
        let lost = self.0.connection_lost.load(Ordering::Relaxed)
            && self.0.connection_lost.swap(false, Ordering::Relaxed);
        if !was_up {
            self.set_health(Health::Up);
        }
        let connections_lost = slept || lost || !was_up;
        if connections_lost {
            self.0.woken.notify_one();
            if self.0.announcer.resume() {
                tokio::spawn(announcer::send(self.clone()));
            }
        }
        if let Some(hub) = self.hub() {
            hub.database_answered(connections_lost);
        }
    }

    fn failed(&self, error: sqlx::Error) -> Error {
        if !is_outage(&error) {
            return error.into();
        }
        self.0.failed.now();
        self.set_health(Health::Down);
        Error::Unavailable(Some(error))
    }

    fn set_health(&self, new: Health) {
        self.0
            .health
            .send_if_modified(|health| std::mem::replace(health, new) != new);
    }

    /// How long ago the database last answered.
    fn quiet(&self) -> Duration {
        let answered = Duration::from_millis(self.0.answered.load(Ordering::Relaxed));
        self.0.started.elapsed().saturating_sub(answered)
    }

    /// Waits a moment for the database to come back. One probe runs at a time, however many wait, and it goes on
    /// after they gave up: a far database may need longer to connect than a request can wait.
    async fn await_recovery(&self) -> bool {
        let mut health = self.0.health.subscribe();
        if !self.0.probing.swap(true, Ordering::AcqRel) {
            let db = self.clone();
            tokio::spawn(async move {
                let answer = db
                    .attempt(None, async |connection| ping(connection).await)
                    .await;
                db.0.probing.store(false, Ordering::Release);
                if let Err(error) = answer {
                    tracing::warn!(error = %error, cause = std::error::Error::source(&error).map(ToString::to_string), "the database cannot be reached");
                }
            });
        }
        let up = timeout(AWAY, health.wait_for(|health| *health == Health::Up)).await;
        matches!(up, Ok(Ok(_)))
    }
}

/// How a transaction ends.
pub(crate) enum End<T> {
    Commit(T),
    Rollback(T),
}

async fn in_transaction<T>(
    connection: &mut PgConnection,
    work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<End<T>>,
) -> sqlx::Result<End<T>> {
    let mut transaction = connection.begin().await?;
    let end = work(&mut transaction).await?;
    match &end {
        End::Commit(_) => transaction.commit().await?,
        End::Rollback(_) => transaction.rollback().await?,
    }
    Ok(end)
}
