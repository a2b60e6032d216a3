//! The connection on which the database tells.

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

use super::{CONVERSATIONS, Hearing, Inner, TASKS, TaskEvents};

/// How long a connection to listen on may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the connection may take to show that it is not dead.
const PING: Duration = Duration::from_secs(5);

/// The task that listens. It does not keep the hub alive, and ends with it.
pub(super) struct Ear {
    hub: Weak<Inner>,
    hearing: watch::Receiver<Hearing>,
    doubt: Arc<Notify>,
}

impl Ear {
    pub fn of(hub: &TaskEvents) -> Self {
        Self {
            hub: Arc::downgrade(&hub.0),
            hearing: hub.0.hearing.subscribe(),
            doubt: Arc::clone(&hub.0.doubt),
        }
    }

    pub async fn hear(mut self, options: PgConnectOptions) {
        while self
            .hearing
            .wait_for(|now| *now == Hearing::Wanted)
            .await
            .is_ok()
        {
            let wanted = self.with_hub(|hub| {
                let wanted = hub.has_subscribers();
                let next = if wanted {
                    Hearing::Connecting
                } else {
                    Hearing::Deaf
                };
                hub.step(Hearing::Wanted, next);
                wanted
            });
            if wanted == Some(true) {
                let next = self.listen(&options).await;
                self.with_hub(|hub| hub.0.hearing.send_replace(next));
            }
        }
    }

    /// Listens until the connection is lost or the hub is gone. It is wanted again at once if the database is known
    /// to be awake nevertheless.
    async fn listen(&mut self, options: &PgConnectOptions) -> Hearing {
        let connected = timeout(CONNECT, async {
            // A pool of its own each time: the listener gives its connection back in its own time, dead ones too.
            let pool = PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(CONNECT)
                .connect_lazy_with(options.clone());
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.eager_reconnect(false);
            listener.listen_all([TASKS, CONVERSATIONS]).await?;
            Ok::<_, sqlx::Error>(listener)
        });
        let mut listener = match connected.await {
            Ok(Ok(listener)) => listener,
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot listen for changes");
                return Hearing::Deaf;
            }
            Err(_) => {
                tracing::warn!("cannot listen for changes: the database is slow");
                return Hearing::Deaf;
            }
        };
        self.doubt.notified().now_or_never();
        self.with_hub(|hub| {
            hub.0.hearing.send_replace(Hearing::Listening);
            hub.tell_everybody();
        });
        loop {
            tokio::select! {
                received = listener.try_recv() => {
                    let Ok(Some(notification)) = received else { break };
                    self.with_hub(|hub| hub.tell(notification.channel(), notification.payload()));
                }
                () = self.doubt.notified() => {
                    if !answers(&mut listener).await {
                        return Hearing::Wanted;
                    }
                }
                () = gone(&mut self.hearing) => return Hearing::Deaf,
            }
        }
        tracing::debug!("the database ended the connection for changes");
        match self.doubt.notified().now_or_never() {
            Some(()) => Hearing::Wanted,
            None => Hearing::Deaf,
        }
    }

    fn with_hub<T>(&self, act: impl FnOnce(&TaskEvents) -> T) -> Option<T> {
        self.hub.upgrade().map(|inner| act(&TaskEvents(inner)))
    }
}

/// Whether the other end is there: waiting for notifications would never notice that it vanished without a word.
async fn answers(listener: &mut PgListener) -> bool {
    let answer = timeout(PING, async { listener.acquire().await?.ping().await });
    matches!(answer.await, Ok(Ok(())))
}

/// Resolves when the hub is gone.
async fn gone(hearing: &mut watch::Receiver<Hearing>) {
    while hearing.changed().await.is_ok() {}
}
