//! The connection pool, and what real queries tell about the database.
//!
//! Nothing here runs by itself: a database that sleeps is woken by people, never by us. Readiness follows the outcome
//! of real queries; a ping is sent only while the last outcome was a failure, and then only when somebody asks.

use std::{
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgPool, Postgres, pool::PoolConnection, postgres::PgPoolOptions};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use crate::{Error, error::is_outage, events::TaskEvents, url::connect_options};

/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long one statement may take.
const STATEMENT: Duration = Duration::from_secs(10);
/// How long a request waits for a database that is known to be away.
const AWAY: Duration = Duration::from_millis(800);
/// A connection idle for longer is asked for a sign of life before it is used.
const IDLE: Duration = Duration::from_secs(30);
/// After so long without a query the database may have slept, and with it the listeners of our siblings.
/// Neon suspends after 60 s at the earliest.
const QUIET: Duration = Duration::from_secs(45);

/// Settings of the pool.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// The most connections this process holds at once.
    pub max_connections: u32,
    /// Shown to the database's operator in `pg_stat_activity`.
    pub application_name: &'static str,
}

/// The database: a pool and what is known of its health. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    health: watch::Sender<Health>,
    probing: AtomicBool,
    clock: Arc<Clock>,
    woken: Notify,
    listeners: OnceLock<TaskEvents>,
}

/// When the database last answered and last failed, in milliseconds since the start.
#[derive(Debug)]
struct Clock {
    started: Instant,
    success: AtomicU64,
    outage: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            success: AtomicU64::new(0),
            outage: AtomicU64::new(0),
        }
    }
}

impl Clock {
    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether a connection that has been idle for so long was used since the last outage.
    fn last_outage_before(&self, idle_for: Duration) -> bool {
        let outage = self.outage.load(Ordering::Relaxed);
        let idle = u64::try_from(idle_for.as_millis()).unwrap_or(u64::MAX);
        outage == 0 || self.now().saturating_sub(idle) > outage
    }

    /// How long ago the database last answered.
    fn quiet(&self) -> Duration {
        Duration::from_millis(
            self.now()
                .saturating_sub(self.success.load(Ordering::Relaxed)),
        )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Unknown,
    Up,
    Down,
}

impl Db {
    /// Prepares a pool that connects when it is first used, so that a sleeping database does not hold up a start.
    ///
    /// # Errors
    /// [`Error::Url`] when the URL cannot be used.
    pub fn connect_lazy(url: &str, options: &DbOptions) -> Result<Self, Error> {
        let connect = connect_options(url)?.application_name(options.application_name);
        let clock = Arc::new(Clock::default());
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .min_connections(0)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(Duration::from_mins(4))
            .max_lifetime(Duration::from_mins(30))
            .test_before_acquire(false)
            .before_acquire({
                let clock = Arc::clone(&clock);
                move |connection, meta| {
                    let trusted = meta.idle_for < IDLE && clock.last_outage_before(meta.idle_for);
                    Box::pin(async move { Ok(trusted || connection.ping().await.is_ok()) })
                }
            })
            .connect_lazy_with(connect);
        Ok(Self::new(pool, clock))
    }

    /// Wraps a pool that exists, as tests have it.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        Self::new(pool, Arc::default())
    }

    fn new(pool: PgPool, clock: Arc<Clock>) -> Self {
        Self(Arc::new(Inner {
            pool,
            health: watch::Sender::new(Health::Unknown),
            probing: AtomicBool::new(false),
            clock,
            woken: Notify::new(),
            listeners: OnceLock::new(),
        }))
    }

    /// Whether the database answered last time. Sends something only while it did not.
    pub async fn ready(&self) -> bool {
        *self.0.health.borrow() == Health::Up || self.await_recovery().await
    }

    /// Connections open now, and how many of them are idle: for metrics.
    #[must_use]
    pub fn connections(&self) -> (u32, usize) {
        (self.0.pool.size(), self.0.pool.num_idle())
    }

    /// Resolves when a query succeeded after a time so quiet that the database may have slept. Whoever woke it tells
    /// its siblings, whose `LISTEN` went with the sleep.
    pub async fn woken(&self) {
        self.0.woken.notified().await;
    }

    /// Ends every connection, politely.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// Lets the hub know of every sign of life; one hub a pool.
    pub(crate) fn tell_when_awake(&self, events: TaskEvents) {
        if self.0.listeners.set(events).is_err() {
            tracing::error!("a second hub of task changes on one pool is never told of anything");
        }
    }

    /// Whether the database answered so recently that it cannot have fallen asleep since.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        *self.0.health.borrow() == Health::Up && self.0.clock.quiet() < QUIET
    }

    /// A connection for this request.
    pub(crate) async fn connection(&self) -> Result<PoolConnection<Postgres>, Error> {
        if *self.0.health.borrow() == Health::Down && !self.await_recovery().await {
            return Err(Error::Unavailable(None));
        }
        match self.0.pool.acquire().await {
            Ok(connection) => Ok(connection),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Awaits a statement, within its time limit, and learns from the outcome.
    pub(crate) async fn run<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, Error> {
        let outcome = timeout(STATEMENT, statement).await.unwrap_or_else(|_| {
            Err(sqlx::Error::Io(std::io::Error::from(
                std::io::ErrorKind::TimedOut,
            )))
        });
        match outcome {
            Ok(value) => {
                self.succeeded();
                Ok(value)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn succeeded(&self) {
        let quiet = self.0.clock.quiet();
        self.0
            .clock
            .success
            .store(self.0.clock.now(), Ordering::Relaxed);
        self.set_health(Health::Up);
        if quiet > QUIET {
            self.0.woken.notify_one();
        }
        if let Some(events) = self.0.listeners.get() {
            events.database_is_awake();
        }
    }

    fn failed(&self, error: sqlx::Error) -> Error {
        if !is_outage(&error) {
            return Error::Database(error);
        }
        // The pool says the same for "all in use" and "none could be made": recent success tells them apart.
        let busy = matches!(error, sqlx::Error::PoolTimedOut)
            && *self.0.health.borrow() == Health::Up
            && self.0.clock.quiet() < ACQUIRE;
        if busy {
            return Error::Busy;
        }
        self.0
            .clock
            .outage
            .store(self.0.clock.now(), Ordering::Relaxed);
        self.set_health(Health::Down);
        Error::Unavailable(Some(error))
    }

    fn set_health(&self, new: Health) {
        self.0
            .health
            .send_if_modified(|health| std::mem::replace(health, new) != new);
    }

    /// Waits a moment for the database to come back. One probe runs at a time, however many wait, and it goes on
    /// after they gave up: a far database may need longer to connect than a request can wait.
    async fn await_recovery(&self) -> bool {
        let mut health = self.0.health.subscribe();
        if !self.0.probing.swap(true, Ordering::AcqRel) {
            let db = self.clone();
            tokio::spawn(async move {
                let answer = db.run(async { db.probe().await }).await;
                db.0.probing.store(false, Ordering::Release);
                if let Err(error) = answer {
                    tracing::warn!(error = %error, cause = ?std::error::Error::source(&error).map(ToString::to_string), "the database cannot be reached");
                }
            });
        }
        let up = timeout(AWAY, health.wait_for(|health| *health == Health::Up)).await;
        matches!(up, Ok(Ok(_)))
    }

    /// Asks for a sign of life, and throws away the connections that died with the last outage.
    async fn probe(&self) -> Result<(), sqlx::Error> {
        loop {
            let mut connection = self.0.pool.acquire().await?;
            match connection.ping().await {
                Ok(()) => return Ok(()),
                Err(error) if self.0.pool.num_idle() == 0 => {
                    drop(connection.detach());
                    return Err(error);
                }
                Err(_) => drop(connection.detach()),
            }
        }
    }
}
