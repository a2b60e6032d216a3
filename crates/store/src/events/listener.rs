//! The task that listens to the database.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::FutureExt as _;
use sqlx::{
    Acquire as _, Connection as _,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use super::{
    hub::{Connection, Hub},
    news::CHANNELS,
};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the connection may take to answer a ping.
const PING: Duration = Duration::from_secs(5);

/// The task that listens. It does not keep the hub alive, and ends with it.
pub(super) struct Listener {
    hub: Weak<Hub>,
    connection: watch::Receiver<Connection>,
    check: Arc<Notify>,
}

impl Listener {
    pub(super) fn of(hub: &Arc<Hub>) -> Self {
        Self {
            hub: Arc::downgrade(hub),
            connection: hub.connection.subscribe(),
            check: Arc::clone(&hub.check),
        }
    }

    pub(super) async fn run(mut self, options: PgConnectOptions) {
        while self
            .connection
            .wait_for(|now| *now == Connection::Wanted)
            .await
            .is_ok()
        {
            if self.with_hub(Hub::begin_connecting) == Some(true) {
                let next = self.listen(&options).await;
                self.with_hub(|hub| hub.connection.send_replace(next));
            }
        }
    }

    /// Listens until the connection is lost or the hub is gone. It is wanted again at once if the database is known
    /// to be awake nevertheless.
    async fn listen(&mut self, options: &PgConnectOptions) -> Connection {
        let connected = timeout(CONNECT, async {
            // A pool of its own each time: the listener gives its connection back in its own time, dead ones too.
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(CONNECT)
                .connect_lazy_with(options.clone());
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.eager_reconnect(false);
            listener.listen_all(CHANNELS).await?;
            Ok::<_, sqlx::Error>(listener)
        });
        let mut listener = match connected.await {
            Ok(Ok(listener)) => listener,
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot listen for changes");
                return Connection::None;
            }
            Err(_) => {
                tracing::warn!("cannot listen for changes: the database is slow");
                return Connection::None;
            }
        };
        self.check.notified().now_or_never();
        self.with_hub(Hub::begin_listening);
        loop {
            tokio::select! {
                received = listener.try_recv() => {
                    let Ok(Some(notification)) = received else { break };
                    let channel = notification.channel();
                    if let Some(channel) = CHANNELS.into_iter().find(|ours| *ours == channel) {
                        self.with_hub(|hub| hub.hear(channel, notification.payload()));
                    }
                }
                () = self.check.notified() => {
                    if !answers(&mut listener).await {
                        return Connection::Wanted;
                    }
                }
                () = gone(&mut self.connection) => return Connection::None,
            }
        }
        tracing::debug!("the database ended the connection for changes");
        match self.check.notified().now_or_never() {
            Some(()) => Connection::Wanted,
            None => Connection::None,
        }
    }

    fn with_hub<T>(&self, act: impl FnOnce(&Hub) -> T) -> Option<T> {
        self.hub.upgrade().map(|hub| act(&hub))
    }
}

/// Whether the other end is there: waiting for notifications would never notice that it vanished without a word.
async fn answers(listener: &mut PgListener) -> bool {
    let answer = timeout(PING, async { listener.acquire().await?.ping().await });
    matches!(answer.await, Ok(Ok(())))
}

/// Resolves when the hub is gone.
async fn gone(connection: &mut watch::Receiver<Connection>) {
    while connection.changed().await.is_ok() {}
}
