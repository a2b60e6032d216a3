//! Connections at hand, for requests that follow each other closely.
//!
//! The pool asks each connection that comes back for a sign of life, and starts a task for it: one more round trip
//! with every request. A connection whose last statement was read to its end needs no asking. It waits here for the
//! next request, and goes back to the pool, with all that the pool does for the idle, after a second without one.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use super::clock::Clock;

/// How long a connection waits for the next request.
const KEEP: Duration = Duration::from_secs(1);
/// So often the pool sees even a connection that is never idle, and can replace one that is too old.
const SEEN_BY_POOL: Duration = Duration::from_mins(1);
/// How long a connection may take to be ready for the next request, after a statement was given up half-way. The pool
/// itself waits without limit: one whose other end vanished would keep its place for as long as TCP tries.
const RETURN: Duration = Duration::from_secs(1);

/// The connections between two requests, and the places for requests that have one.
#[derive(Debug)]
pub(super) struct Shelf {
    pool: PgPool,
    clock: Arc<Clock>,
    places: Arc<Semaphore>,
    kept: Mutex<Vec<Kept>>,
    sweeping: AtomicBool,
    in_use: AtomicU32,
}

/// A connection, and when the pool last saw it.
#[derive(Debug)]
pub(super) struct Lent {
    pub(super) connection: PoolConnection<Postgres>,
    from_pool: Instant,
    /// The pool never has to make a request wait: there are as many places as connections.
    place: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Kept {
    connection: PoolConnection<Postgres>,
    from_pool: Instant,
    since: Instant,
}

impl Shelf {
    pub(super) fn new(pool: PgPool, clock: Arc<Clock>) -> Self {
        let places = usize::try_from(pool.options().get_max_connections()).unwrap_or(usize::MAX);
        Self {
            pool,
            clock,
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            kept: Mutex::default(),
            sweeping: AtomicBool::new(false),
            in_use: AtomicU32::new(0),
        }
    }

    /// A connection for one request; waits at most for so long.
    pub(super) async fn take(&self, limit: Duration) -> Result<Lent, sqlx::Error> {
        let begun = Instant::now();
        let place = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => place,
            Err(_) => timeout(limit, Arc::clone(&self.places).acquire_owned())
                .await
                .map_err(|_| sqlx::Error::PoolTimedOut)?
                .map_err(|_| sqlx::Error::PoolClosed)?,
        };
        let (connection, from_pool) = if let Some(kept) = self.trusted() {
            (kept.connection, kept.from_pool)
        } else {
            let left = limit.saturating_sub(begun.elapsed());
            let connection = timeout(left, self.pool.acquire())
                .await
                .unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
            (connection, Instant::now())
        };
        self.in_use.fetch_add(1, Ordering::Relaxed);
        Ok(Lent {
            connection,
            from_pool,
            place,
        })
    }

    /// Takes a connection back from a request.
    pub(super) fn put(self: &Arc<Self>, mut lent: Lent) {
        // Without a runtime, as when the process ends, dropping a connection closes it.
        let Ok(runtime) = Handle::try_current() else {
            drop(lent.connection.return_to_pool());
            self.in_use.fetch_sub(1, Ordering::Relaxed);
            return;
        };
        let stays = !self.pool.is_closed()
            && lent.from_pool.elapsed() < SEEN_BY_POOL
            && is_at_rest(&mut lent.connection);
        if stays {
            self.kept().push(Kept {
                connection: lent.connection,
                from_pool: lent.from_pool,
                since: Instant::now(),
            });
            self.in_use.fetch_sub(1, Ordering::Relaxed);
            drop(lent.place);
            self.sweep_soon(&runtime);
        } else {
            let own = Arc::clone(self);
            runtime.spawn(async move {
                give_back(lent.connection).await;
                own.in_use.fetch_sub(1, Ordering::Relaxed);
                drop(lent.place);
            });
        }
    }

    /// How many requests have a connection now.
    pub(super) fn in_use(&self) -> u32 {
        self.in_use.load(Ordering::Relaxed)
    }

    /// How many connections wait here.
    pub(super) fn waiting(&self) -> usize {
        self.kept().len()
    }

    /// Closes what waits here: after an outage nobody knows which of them live.
    pub(super) fn clear(&self) {
        for kept in self.kept().drain(..) {
            drop(kept.connection.detach());
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection used last, unless something failed since.
    fn trusted(&self) -> Option<Kept> {
        let kept = self.kept().pop()?;
        if self.clock.used_since_outage(kept.since.elapsed()) {
            return Some(kept);
        }
        drop(kept.connection.detach());
        None
    }

    /// Sees to it that what nobody wants goes back to the pool. Ends by itself when nothing is left here, so that
    /// nothing runs while nobody asks.
    fn sweep_soon(self: &Arc<Self>, runtime: &Handle) {
        if self.sweeping.load(Ordering::Acquire) || self.sweeping.swap(true, Ordering::AcqRel) {
            return;
        }
        let own = Arc::clone(self);
        runtime.spawn(async move {
            loop {
                tokio::select! {
                    () = sleep(KEEP) => {}
                    () = own.pool.close_event() => {}
                }
                let old = own.unwanted();
                for kept in old {
                    tokio::spawn(give_back(kept.connection));
                }
                // Under the lock: whoever puts something here afterwards finds that nobody sweeps.
                let kept = own.kept();
                if kept.is_empty() {
                    own.sweeping.store(false, Ordering::Release);
                    return;
                }
            }
        });
    }

    /// Takes what has waited for too long; everything, once the pool closes.
    fn unwanted(&self) -> Vec<Kept> {
        let closed = self.pool.is_closed();
        self.kept()
            .extract_if(.., |kept| closed || kept.since.elapsed() >= KEEP)
            .collect()
    }
}

/// Whether every answer was read and nothing is left to send, such as the end of a transaction that was given up.
fn is_at_rest(connection: &mut PgConnection) -> bool {
    let ready = pin!(connection.flush());
    let polled = ready.poll(&mut Context::from_waker(Waker::noop()));
    matches!(polled, Poll::Ready(Ok(())))
}

async fn give_back(mut connection: PoolConnection<Postgres>) {
    if timeout(RETURN, connection.return_to_pool()).await.is_err() {
        tracing::debug!("closed a connection that was left in the middle of a statement");
    }
}
