//! The graceful end of a process: readiness off, stop accepting, finish what runs, and a hard end
//! for what does not finish.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::middleware;
use axum::response::Response;
use http::HeaderValue;
use http::header::CONNECTION;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connections::{self, Connections};

/// How long a head that has begun may take to end once no more connections are accepted.
const LAST_HEADS: Duration = Duration::from_secs(1);
const DEFAULT_LIMIT: Duration = Duration::from_secs(25);

/// The state of the process's end, shared by everything that has to know.
#[derive(Clone, Debug)]
pub struct Shutdown {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    started: AtomicBool,
    draining: CancellationToken,
    stopping: CancellationToken,
    deadline: CancellationToken,
    tracker: TaskTracker,
    drain_delay: Duration,
    limit: Duration,
}

impl Shutdown {
    /// Nothing starts it but [`Shutdown::start`]. `limit` counts from the end of `drain_delay`.
    #[must_use]
    pub fn new(drain_delay: Duration, limit: Duration) -> Self {
        Self {
            inner: Arc::new(Inner {
                started: AtomicBool::new(false),
                draining: CancellationToken::new(),
                stopping: CancellationToken::new(),
                deadline: CancellationToken::new(),
                tracker: TaskTracker::new(),
                drain_delay,
                limit,
            }),
        }
    }

    /// For tests: no signals, no drain delay.
    #[must_use]
    pub fn manual() -> Self {
        Self::new(Duration::ZERO, DEFAULT_LIMIT)
    }

    /// SIGTERM or SIGINT starts it, a second one is the hard end. Must be called within the
    /// runtime.
    #[must_use]
    pub fn on_signals(drain_delay: Duration, limit: Duration) -> Self {
        let shutdown = Self::new(drain_delay, limit);
        match Signals::listen() {
            Ok(signals) => drop(tokio::spawn(shutdown.clone().follow(signals))),
            Err(error) => tracing::error!(%error, "signals cannot be heard: no graceful end"),
        }
        shutdown
    }

    async fn follow(self, mut signals: Signals) {
        signals.next().await;
        tracing::info!("asked to end: finishing what runs");
        self.start();
        signals.next().await;
        tracing::warn!("asked twice: ending at once");
        self.inner.stopping.cancel();
        self.inner.deadline.cancel();
    }

    /// Begins the end. Must be called within the runtime; calling it again does nothing.
    pub fn start(&self) {
        if self.inner.started.swap(true, Ordering::SeqCst) {
            return;
        }
        self.inner.draining.cancel();
        if self.inner.drain_delay.is_zero() {
            self.inner.stopping.cancel();
        }
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            // Requests still arrive until every load balancer has seen that readiness is off.
            tokio::time::sleep(inner.drain_delay).await;
            inner.stopping.cancel();
            tokio::time::sleep(inner.limit).await;
            inner.deadline.cancel();
        });
    }

    /// True from the first signal on: readiness answers 503, everything else goes on.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.inner.draining.is_cancelled()
    }

    /// Ends when no more connections are accepted. Streams that have nothing to finish end now.
    pub async fn stopping(&self) {
        self.inner.stopping.cancelled().await;
    }

    /// Ends when time is up: whatever still runs is dropped.
    pub async fn deadline(&self) {
        self.inner.deadline.cancelled().await;
    }

    /// Work spawned on this is waited for, until the deadline, though no request is open for it.
    #[must_use]
    pub fn tracker(&self) -> &TaskTracker {
        &self.inner.tracker
    }
}

/// Serves `app` until the shutdown's end: connections are let go from its beginning, then the open requests and tracked
/// tasks are finished, or the time for that is up.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve(listener: TcpListener, app: Router, shutdown: &Shutdown) -> io::Result<()> {
    let draining = shutdown.clone();
    let app = app.layer(middleware::map_response(move |response| {
        std::future::ready(last_if(draining.is_draining(), response))
    }));
    let all = CancellationToken::new();
    let connections = Connections::new(listener, 2, all.clone());
    let stopping = shutdown.inner.stopping.clone().cancelled_owned();
    let no_more_heads = async {
        shutdown.stopping().await;
        tokio::time::sleep(LAST_HEADS).await;
        all.cancel();
        std::future::pending::<()>().await;
    };
    let finished = async {
        axum::serve(connections, connections::service(app))
            .with_graceful_shutdown(stopping)
            .await?;
        shutdown.tracker().close();
        shutdown.tracker().wait().await;
        Ok(())
    };
    tokio::select! {
        finished = finished => finished,
        () = no_more_heads => Ok(()),
        () = shutdown.deadline() => {
            tracing::warn!("time is up: dropping what still runs");
            Ok(())
        }
    }
}

/// Serves `app` to neighbours, such as what collects metrics, for as long as the process lasts.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve_private(listener: TcpListener, app: Router) -> io::Result<()> {
    let connections = Connections::new(listener, 8, CancellationToken::new());
    axum::serve(connections, connections::service(app)).await
}

/// Tells the client that the connection ends with this answer. A proxy or a sibling that keeps connections would go on
/// sending on this one, past the load balancer that has taken notice, until it closes under a request.
fn last_if(draining: bool, mut response: Response) -> Response {
    if draining {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
