//! Reads on what an answer left unread of its request's body, as a refusal does. A connection that closes while the body
//! still arrives is reset, and the answer may be lost on the way: proxies make 502 of that.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::HeaderMap;
use http::header::EXPECT;
use http_body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::timeout;

const MAX_BYTES: usize = 8 * 1024 * 1024;
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Receives the body when its reader drops it.
pub(super) struct Unread(oneshot::Receiver<Body>);

/// The same body for whoever answers, and where it arrives when they drop it before its end.
pub(super) fn returning(headers: &HeaderMap, body: Body) -> (Body, Unread) {
    let (give_back, unread) = oneshot::channel();
    let returning = ReturningBody {
        body: Some(body),
        // A client that waits for `100 Continue` sends nothing unless somebody reads.
        arrives: !headers.contains_key(EXPECT),
        give_back: Some(give_back),
    };
    (Body::new(returning), Unread(unread))
}

impl Unread {
    /// Reads on while the answer is sent. Does nothing while whoever answers still has the body.
    pub(super) fn drain(mut self) {
        if let Ok(body) = self.0.try_recv()
            && !body.is_end_stream()
        {
            tokio::spawn(timeout(TIME_LIMIT, read(body)));
        }
    }
}

async fn read(mut body: Body) {
    let mut length = 0;
    while length < MAX_BYTES
        && let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
    {
        length += frame.data_ref().map_or(0, Bytes::len);
    }
}

struct ReturningBody {
    /// Until it has ended, well or not.
    body: Option<Body>,
    arrives: bool,
    give_back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for ReturningBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        this.arrives = true;
        let Some(body) = &mut this.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            this.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl Drop for ReturningBody {
    fn drop(&mut self) {
        if self.arrives
            && let (Some(body), Some(give_back)) = (self.body.take(), self.give_back.take())
        {
            // After the answer nobody receives it.
            let _ = give_back.send(body);
        }
    }
}
