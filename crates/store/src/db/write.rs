//! Writing what subscribers are told of.

use std::sync::Arc;

use sqlx::PgConnection;

use super::{Db, End, in_transaction};
use crate::{
    Error,
    events::{
        Hub, News,
        announcer::{self, Announcer},
    },
};

impl Db {
    /// Says who is told of changes in this process, and that the database answered. There can be one.
    pub(crate) fn tell(&self, hub: Arc<Hub>) {
        if self.0.hub.set(hub).is_err() {
            tracing::error!("a second hub of task changes on one pool is never told of anything");
        }
    }

    pub(crate) fn hub(&self) -> Option<&Hub> {
        self.0.hub.get().map(AsRef::as_ref)
    }

    pub(crate) fn announcer(&self) -> &Announcer {
        &self.0.announcer
    }

    /// Whether [`Db::close`] was called.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.pool.is_closed()
    }

    /// Tells a person's subscribers, those of this process at once.
    pub(crate) fn announce(&self, owner: &str, news: &News) {
        if let Some(hub) = self.hub() {
            hub.tell(owner, news);
        }
        if self.0.announcer.add(owner, news) {
            tokio::spawn(announcer::send(self.clone()));
        }
    }

    /// Says that changes may have been committed that nobody was told of, as by the process before this one, if that died.
    /// With its first answer of the database, or the next change, the others are told to look again.
    pub fn others_look_again(&self) {
        self.0.announcer.add_everything();
    }

    /// Changes something of a person's, as [`Db::run`] does it, and tells their subscribers when it is committed. `news` says
    /// what was changed. Where nobody knows whether it was committed, they are told to look again.
    pub(crate) async fn write<T>(
        &self,
        owner: &str,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
        news: impl FnOnce(&T) -> Option<News>,
    ) -> Result<T, Error> {
        let value = self.run_for(Some(owner), work).await?;
        if let Some(news) = news(&value) {
            self.announce(owner, &news);
        }
        Ok(value)
    }

    /// Changes one row of a person's, if it is there, and tells of it as [`Db::write`] does.
    pub(crate) async fn write_row<T>(
        &self,
        owner: &str,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<Option<T>>,
        news: impl FnOnce(&T) -> News,
    ) -> Result<Option<T>, Error> {
        self.write(owner, work, |row| row.as_ref().map(news)).await
    }

    /// Changes something of a person's in a transaction, and tells their subscribers as [`Db::write`] does.
    pub(crate) async fn write_transaction<T>(
        &self,
        owner: &str,
        work: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<End<T>>,
        news: impl FnOnce(&T) -> Option<News>,
    ) -> Result<T, Error> {
        let ended = self.write(
            owner,
            async |c| in_transaction(c, work).await,
            |ended| match ended {
                End::Commit(value) => news(value),
                End::Rollback(_) => None,
            },
        );
        let (End::Commit(value) | End::Rollback(value)) = ended.await?;
        Ok(value)
    }
}
