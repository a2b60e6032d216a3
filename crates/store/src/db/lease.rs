//! A connection while a request has it.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::{PgConnection, Postgres, pool::PoolConnection};

use super::shelf::{Lent, Shelf};

/// A connection to the database, given back when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Taken by dropping, and by nothing else.
    lent: Option<Lent>,
    shelf: Arc<Shelf>,
}

impl Lease {
    pub(super) fn new(lent: Lent, shelf: Arc<Shelf>) -> Self {
        let lent = Some(lent);
        Self { lent, shelf }
    }
}

const DROPPED: &str = "a lease that was not dropped has its connection";

impl Deref for Lease {
    type Target = PgConnection;

    #[expect(clippy::expect_used, reason = "it is there until the lease is dropped")]
    fn deref(&self) -> &PgConnection {
        let connection: &PoolConnection<Postgres> = &self.lent.as_ref().expect(DROPPED).connection;
        connection
    }
}

impl DerefMut for Lease {
    #[expect(clippy::expect_used, reason = "it is there until the lease is dropped")]
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.lent.as_mut().expect(DROPPED).connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(lent) = self.lent.take() {
            self.shelf.put(lent);
        }
    }
}
