//! A connection while a request has it.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use tokio::{runtime::Handle, time::timeout};

/// How long a connection may take to be ready for the next request, after a statement was given up half-way.
const RETURN: Duration = Duration::from_secs(1);

/// A connection of the pool, given back when dropped.
///
/// The pool itself waits without limit for a connection that comes back in the middle of a statement: one whose
/// other end vanished would keep its place in the pool for as long as TCP tries. Here it is closed instead.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: PoolConnection<Postgres>,
    in_use: Option<InUse>,
}

impl Lease {
    pub(super) fn new(connection: PoolConnection<Postgres>, in_use: &Arc<AtomicU32>) -> Self {
        in_use.fetch_add(1, Ordering::Relaxed);
        Self {
            connection,
            in_use: Some(InUse(Arc::clone(in_use))),
        }
    }
}

impl Deref for Lease {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let back = self.connection.return_to_pool();
        let in_use = self.in_use.take();
        // Without a runtime, as when the process ends, dropping `back` closes the connection.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if timeout(RETURN, back).await.is_err() {
                    tracing::debug!(
                        "closed a connection that was left in the middle of a statement"
                    );
                }
                drop(in_use);
            });
        }
    }
}

/// One connection that the pool has lent.
#[derive(Debug)]
struct InUse(Arc<AtomicU32>);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
