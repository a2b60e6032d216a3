//! Tells the other processes what this one changed.
//!
//! A `NOTIFY` takes one lock for the whole database and keeps it until its transaction is on disk: inside a transaction that
//! writes data it would make the writes of all people stand in one line. So the triggers do not notify for a connection of
//! ours, which they know by its [`MARK`], and this process does it after the commit: it collects the news, and sends them in
//! a transaction of their own that waits for no disk.

use std::{io::ErrorKind, sync::Mutex, time::Duration};

use sqlx::query;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    News,
    news::{Collected, Notification},
    subscription::lock,
};
use crate::{Db, Error};

/// Stands in the `application_name` of every connection whose changes its own process announces. The SQL function
/// `announces_itself` looks for it.
pub(crate) const MARK: &str = "(announces)";
/// Between two statements that announce.
const SPACING: Duration = Duration::from_millis(20);
/// How long a statement that announces may take; it does next to nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the same is tried before it is given up, and everybody is told to look again as soon as anything can be told.
const TRIES: u32 = 6;
/// Before the second try; doubled before each one after it.
const RETRY: Duration = Duration::from_millis(50);

/// What is to be announced.
#[derive(Debug, Default)]
pub(crate) struct Announcer {
    collected: Mutex<Collected>,
    /// Whether a task sends it. Changed only while `collected` is locked.
    sending: watch::Sender<bool>,
}

impl Announcer {
    /// Adds what a person's subscribers are to be told. True when the caller has to start [`send`].
    #[must_use]
    pub(crate) fn add(&self, owner: &str, news: &News) -> bool {
        let mut collected = lock(&self.collected);
        collected.add(owner, news);
        !self.sending.send_replace(true)
    }

    /// Says that changes may have been made that nobody was told of. It is sent with what is announced next.
    pub(crate) fn add_everything(&self) {
        lock(&self.collected).everything_changed();
    }

    /// Whether there is something to send that nobody is sending; then the caller has to start [`send`].
    #[must_use]
    pub(crate) fn resume(&self) -> bool {
        let collected = lock(&self.collected);
        !collected.is_empty() && !self.sending.send_replace(true)
    }

    /// Waits until everything is sent, or given up.
    pub(crate) async fn finish(&self, patience: Duration) {
        let mut sending = self.sending.subscribe();
        // Whatever is not sent by then is not sent.
        let _ = timeout(patience, sending.wait_for(|sending| !sending)).await;
    }

    /// `None` ends the task that sends.
    fn take(&self) -> Option<Collected> {
        let mut collected = lock(&self.collected);
        if collected.is_empty() {
            self.sending.send_replace(false);
            return None;
        }
        Some(std::mem::take(&mut *collected))
    }

    fn give_up(&self) {
        let mut collected = lock(&self.collected);
        collected.everything_changed();
        self.sending.send_replace(false);
    }
}

/// Sends what is collected, the first of it at once, until nothing is left. It keeps the pool open for as long.
pub(crate) async fn send(db: Db) {
    let mut failures = 0;
    while let Some(news) = db.announcer().take() {
        let Err(error) = notify(&db, &news.notifications()).await else {
            failures = 0;
            sleep(SPACING).await;
            continue;
        };
        lock(&db.announcer().collected).put_back(news);
        failures += 1;
        if failures == TRIES || db.is_closed() {
            tracing::warn!(%error, "other processes could not be told of changes; they are told to look again with the next change");
            return db.announcer().give_up();
        }
        sleep(RETRY * 2_u32.pow(failures - 1)).await;
    }
}

async fn notify(db: &Db, notifications: &[Notification]) -> Result<(), Error> {
    let (channels, payloads): (Vec<_>, Vec<_>) = notifications
        .iter()
        .map(|(channel, payload)| ((*channel).to_owned(), payload.clone()))
        .unzip();
    // Nothing is written, so there is nothing to wait for: the lock is held for a moment.
    let notify = query!(
        "select pg_notify(n.channel, n.payload)
         from set_config('synchronous_commit', 'off', true), unnest($1::text[], $2::text[]) as n (channel, payload)",
        &channels,
        &payloads,
    );
    let hub = db.hub();
    if let Some(hub) = hub {
        hub.expect(notifications);
    }
    let sent = db.run(async |c| {
        timeout(PATIENCE, notify.execute(c))
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into())))
    });
    let sent = sent.await;
    if let (Err(_), Some(hub)) = (&sent, hub) {
        hub.expect_no_more(notifications);
    }
    sent.map(drop)
}
