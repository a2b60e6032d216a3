//! Clients' connections: how many a process keeps, and how long one may take to say what it wants.
//!
//! A head that never ends, a body that drips and an answer that nobody reads would each hold a descriptor and memory for
//! ever. When there are as many connections as the process can carry, the oldest that has no request gives way to a new one,
//! so that probes and people still get through.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::extract::connect_info::{ConnectInfo, Connected, IntoMakeServiceWithConnectInfo};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// From the first byte of a request, or from the beginning of the connection, to the end of the request's head.
const HEAD: Duration = Duration::from_secs(10);
const HEAD_BYTES: usize = 32 * 1024;
/// From the end of the head to the end of the body.
const BODY: Duration = Duration::from_mins(1);
/// Between two requests; proxies let go of a connection earlier (60 to 90 s), so that none is closed under a request.
const IDLE: Duration = Duration::from_mins(2);
/// How long a client may take none of an answer.
const UNREAD: Duration = Duration::from_mins(1);
/// A connection with an open stream takes about 24 kB.
const MAX: usize = 4096;

/// Accepts connections that keep to these limits.
pub(crate) struct Connections {
    listener: TcpListener,
    open: VecDeque<Weak<State>>,
    max: usize,
    all: CancellationToken,
}

impl Connections {
    /// They take one part in `parts` of the process's descriptors at most; the rest is for the database, the model and files.
    /// `all` ends every connection that has no request.
    pub(crate) fn new(listener: TcpListener, parts: usize, all: CancellationToken) -> Self {
        Self {
            listener,
            open: VecDeque::new(),
            max: MAX.min(descriptors() / parts),
            all,
        }
    }

    /// Whether there is room for one more.
    fn make_room(&mut self) -> bool {
        if self.open.len() < self.max {
            return true;
        }
        self.open.retain(|client| client.strong_count() > 0);
        if self.open.len() < self.max {
            return true;
        }
        let idle = self.open.iter().position(|client| {
            client
                .upgrade()
                .is_none_or(|client| client.open.load(Ordering::Relaxed) == 0)
        });
        let idle = idle.and_then(|index| self.open.remove(index)?.upgrade());
        if let Some(idle) = &idle {
            idle.end.cancel();
        }
        idle.is_some()
    }
}

impl Listener for Connections {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if !self.make_room() {
                tracing::warn!(max = self.max, "refused a connection: all have requests");
                continue;
            }
            // Tokens of a stream are small writes, which must not wait for each other.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
            let client = Arc::new(State {
                begun: AtomicUsize::new(0),
                open: AtomicUsize::new(0),
                end: self.all.child_token(),
            });
            self.open.push_back(Arc::downgrade(&client));
            return (Connection::new(stream, client), address);
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// How many descriptors the process may have.
fn descriptors() -> usize {
    const DEFAULT: usize = 1024;
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    soft.map_or(DEFAULT, |soft| soft.parse().unwrap_or(usize::MAX))
}

/// What the connection and its requests know of each other.
#[derive(Debug, Clone)]
pub(crate) struct Client(Arc<State>);

#[derive(Debug)]
struct State {
    /// How many heads were read.
    begun: AtomicUsize,
    /// Of these, the requests whose body or answer has not ended.
    open: AtomicUsize,
    end: CancellationToken,
}

impl Connected<IncomingStream<'_, Connections>> for Client {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        Self(Arc::clone(&stream.io().client))
    }
}

/// An open request.
struct Open(Arc<State>);

impl Open {
    fn begin(client: Arc<State>) -> Arc<Self> {
        client.begun.fetch_add(1, Ordering::Relaxed);
        client.open.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self(client))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The service of an application whose requests keep their connection open.
pub(crate) fn service(app: Router) -> IntoMakeServiceWithConnectInfo<Router, Client> {
    app.layer(middleware::from_fn(open))
        .into_make_service_with_connect_info()
}

async fn open(
    ConnectInfo(Client(client)): ConnectInfo<Client>,
    request: Request,
    next: Next,
) -> Response {
    let open = Open::begin(client);
    let request = request.map(|body| {
        if body.is_end_stream() {
            return body;
        }
        Body::new(TimedBody {
            body,
            limit: Box::pin(sleep(BODY)),
            _open: Arc::clone(&open),
        })
    });
    let response = next.run(request).await;
    // The closure owns it, so that it is dropped with the body.
    response.map(|body| {
        Body::new(body.map_err(move |error| {
            let _open = &open;
            error
        }))
    })
}

/// A request's body, which has to end in time.
struct TimedBody {
    body: Body,
    limit: Pin<Box<Sleep>>,
    _open: Arc<Open>,
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_pending() && self.limit.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(axum::Error::new(late()))));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A client's connection. The time limits run while nothing can be read or written.
pub(crate) struct Connection {
    stream: TcpStream,
    client: Arc<State>,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    /// How many heads were read before the one that is awaited, and how many bytes of that are there.
    begun: usize,
    head: usize,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    fn new(stream: TcpStream, client: Arc<State>) -> Self {
        Self {
            stream,
            ended: Box::pin(client.end.clone().cancelled_owned()),
            client,
            begun: 0,
            head: 0,
            reading: Some(Box::pin(sleep(HEAD))),
            writing: None,
        }
    }

    fn after_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.writing = None;
            return written;
        }
        let limit = self.writing.get_or_insert_with(|| Box::pin(sleep(UNREAD)));
        limit.as_mut().poll(cx).map(|()| Err(late()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let begun = this.client.begun.load(Ordering::Relaxed);
        if this.begun != begun {
            (this.begun, this.head, this.reading) = (begun, 0, None);
        }
        if this.client.open.load(Ordering::Relaxed) > 0 {
            return Pin::new(&mut this.stream).poll_read(cx, buffer);
        }
        if this.head > HEAD_BYTES {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(cx, buffer) {
            if this.head == 0 {
                this.reading = Some(Box::pin(sleep(HEAD)));
            }
            this.head += buffer.filled().len() - before;
            return Poll::Ready(read);
        }
        let limit = this.reading.get_or_insert_with(|| Box::pin(sleep(IDLE)));
        if limit.as_mut().poll(cx).is_ready() || this.ended.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(late()));
        }
        Poll::Pending
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buffer);
        self.after_write(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, buffers);
        self.after_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

fn late() -> io::Error {
    io::ErrorKind::TimedOut.into()
}
