//! The connection pool, and what real queries tell about the database.
//!
//! Nothing here runs by itself: a database that sleeps is woken by people, never by us. Readiness follows the outcome
//! of real queries; a ping is sent only while the last outcome was a failure, and then only when somebody asks.

mod clock;
mod lease;
mod shelf;

use std::{
    fmt,
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

pub(crate) use self::lease::Lease;
use self::{clock::Clock, shelf::Shelf};
use crate::{Error, error::is_outage, url::connect_options};

/// How long a request waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long one statement may take.
const STATEMENT: Duration = Duration::from_secs(10);
/// How long a request waits for a database that is known to be away.
const AWAY: Duration = Duration::from_millis(800);
/// A connection idle for longer is asked for a sign of life before it is used.
const IDLE: Duration = Duration::from_secs(30);
/// How long a sign of life may take; a connection whose other end vanished without a word never gives one.
const PING: Duration = Duration::from_secs(1);
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
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pool: PgPool,
    shelf: Arc<Shelf>,
    health: watch::Sender<Health>,
    probing: AtomicBool,
    clock: Arc<Clock>,
    woken: Notify,
    on_answer: OnceLock<Box<dyn Fn(bool) + Send + Sync>>,
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
                    let trusted = meta.idle_for < IDLE && clock.used_since_outage(meta.idle_for);
                    let clock = Arc::clone(&clock);
                    Box::pin(async move {
                        let usable = trusted || answers(connection).await.is_ok();
                        if !usable {
                            clock.connection_lost();
                        }
                        Ok(usable)
                    })
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
            shelf: Arc::new(Shelf::new(pool.clone(), Arc::clone(&clock))),
            pool,
            health: watch::Sender::new(Health::Unknown),
            probing: AtomicBool::new(false),
            clock,
            woken: Notify::new(),
            on_answer: OnceLock::new(),
        }))
    }

    /// Whether the database answered last time. Sends something only while it did not.
    pub async fn ready(&self) -> bool {
        *self.0.health.borrow() == Health::Up || self.await_recovery().await
    }

    /// Connections open now, and how many of them are idle: for metrics.
    #[must_use]
    pub fn connections(&self) -> (u32, usize) {
        let idle = self.0.pool.num_idle() + self.0.shelf.waiting();
        (self.0.pool.size(), idle)
    }

    /// Resolves when a query succeeded after a time so quiet that the database may have slept, or for the first time,
    /// or after connections were lost. Whoever woke it tells its siblings, whose `LISTEN` went with the sleep.
    pub async fn woken(&self) {
        self.0.woken.notified().await;
    }

    /// Ends every connection, politely.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// Calls `notify` after every answer of the database, with whether connections may have been lost since the one
    /// before. There can be one such callback.
    pub(crate) fn on_answer(&self, notify: impl Fn(bool) + Send + Sync + 'static) {
        if self.0.on_answer.set(Box::new(notify)).is_err() {
            tracing::error!("a second hub of task changes on one pool is never told of anything");
        }
    }

    /// Whether the database answered so recently that it cannot have fallen asleep since.
    #[must_use]
    pub fn is_awake(&self) -> bool {
        *self.0.health.borrow() == Health::Up && self.0.clock.quiet() < QUIET
    }

    /// A connection for this request.
    pub(crate) async fn connection(&self) -> Result<Lease, Error> {
        if *self.0.health.borrow() == Health::Down && !self.await_recovery().await {
            return Err(Error::Unavailable(None));
        }
        match self.0.shelf.take(ACQUIRE).await {
            Ok(lent) => Ok(Lease::new(lent, Arc::clone(&self.0.shelf))),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Awaits a statement, within its time limit, and learns from the outcome.
    pub(crate) async fn run<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, Error> {
        let outcome = timeout(STATEMENT, statement)
            .await
            .unwrap_or_else(|_| Err(timed_out()));
        match outcome {
            Ok(value) => {
                self.succeeded();
                Ok(value)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    fn succeeded(&self) {
        let was_up = *self.0.health.borrow() == Health::Up;
        let quiet = self.0.clock.quiet() > QUIET;
        self.0.clock.answered();
        let lost = self.0.clock.take_lost();
        if !was_up {
            self.set_health(Health::Up);
        }
        let connections_lost = quiet || lost || !was_up;
        if connections_lost {
            self.0.woken.notify_one();
        }
        if let Some(notify) = self.0.on_answer.get() {
            notify(connections_lost);
        }
    }

    fn failed(&self, error: sqlx::Error) -> Error {
        if !is_outage(&error) {
            return Error::Database(error);
        }
        // The pool says the same for "all in use" and "none could be made".
        let in_use = self.0.shelf.in_use();
        let all = self.0.pool.options().get_max_connections();
        if matches!(error, sqlx::Error::PoolTimedOut) && in_use >= all {
            return Error::Busy;
        }
        self.0.clock.failed();
        self.0.shelf.clear();
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
                let answer = db.run(db.probe()).await;
                db.0.probing.store(false, Ordering::Release);
                if let Err(error) = answer {
                    tracing::warn!(error = %error, cause = std::error::Error::source(&error).map(ToString::to_string), "the database cannot be reached");
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
            match answers(&mut connection).await {
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

/// Whether the other end of a connection is there.
async fn answers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    timeout(PING, connection.ping())
        .await
        .unwrap_or_else(|_| Err(timed_out()))
}

fn timed_out() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}
