//! What is left of a request's body when its answer is there already, after a refusal as a rule. A connection that closes
//! while the body still arrives is reset, and the answer may be lost on the way: proxies make 502 of that. So the rest is
//! read and thrown away, for a while.

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

const MOST_BYTES: usize = 8 * 1024 * 1024;
const LONGEST: Duration = Duration::from_secs(2);

/// Where a body that was lent comes back to.
pub(super) struct Leftover(oneshot::Receiver<Body>);

/// The same body for whoever answers. What they do not read comes back when they drop it.
pub(super) fn lend(headers: &HeaderMap, body: Body) -> (Body, Leftover) {
    let (back, leftover) = oneshot::channel();
    let lent = Lent {
        body: Some(body),
        // A client that waits to be asked sends nothing unless somebody reads.
        wanted: !headers.contains_key(EXPECT),
        back: Some(back),
    };
    (Body::new(lent), Leftover(leftover))
}

impl Leftover {
    /// Reads on while the answer is sent. Whoever answers may still have the body; then this does nothing.
    pub(super) fn discard(mut self) {
        if let Ok(body) = self.0.try_recv()
            && !body.is_end_stream()
        {
            tokio::spawn(timeout(LONGEST, read(body)));
        }
    }
}

async fn read(mut body: Body) {
    let mut length = 0;
    while length < MOST_BYTES
        && let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
    {
        length += frame.data_ref().map_or(0, Bytes::len);
    }
}

struct Lent {
    /// Until it has ended, well or not.
    body: Option<Body>,
    wanted: bool,
    back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        this.wanted = true;
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

impl Drop for Lent {
    fn drop(&mut self) {
        if self.wanted
            && let (Some(body), Some(back)) = (self.body.take(), self.back.take())
        {
            // Nobody takes it back once the answer is there.
            let _ = back.send(body);
        }
    }
}
