//! Server-sent events at a model's pace, and the ways such a stream goes wrong.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use crate::Fault;
use crate::error::FAILED;
use crate::wire::Wire;

/// Long enough for what was sent before a cut to have left the process.
const BEFORE_CUT: Duration = Duration::from_millis(20);

/// One server-sent event, as it is written.
pub(crate) struct Event(String);

impl Event {
    pub fn named(name: &str, data: impl Into<String>) -> Self {
        Self(format!("event: {name}\ndata: {}\n\n", data.into()))
    }

    pub fn unnamed(data: impl Into<String>) -> Self {
        Self(format!("data: {}\n\n", data.into()))
    }
}

enum Frame {
    Pause(Duration),
    Data(Event),
    Comment,
    Stall,
    Cut,
}

/// The body that sends `events`, `delay` before each, unless a fault is in the way.
pub(crate) fn body(wire: Wire, events: Vec<Event>, delay: Duration, faults: &[Fault]) -> Body {
    let mut delay = delay;
    let mut frames: Vec<Frame> = events.into_iter().map(Frame::Data).collect();
    for fault in faults {
        let some = (frames.len() / 2).max(2);
        let ends = match fault {
            Fault::Stall => Frame::Stall,
            Fault::Cut => Frame::Cut,
            Fault::ErrorMidStream => Frame::Data(failure(wire)),
            Fault::Slow(each) => {
                delay = *each;
                frames.insert(0, Frame::Pause(Duration::from_secs(1)));
                continue;
            }
            Fault::Nonsense => {
                let garbage = [
                    "{\"choices\":[{\"delta\":",
                    "<html>Bad gateway</html>",
                    "42",
                    "\0",
                ];
                frames = garbage.map(|text| Frame::Data(Event::unnamed(text))).into();
                continue;
            }
            Fault::Comments => {
                let commented = frames.into_iter().flat_map(|frame| [Frame::Comment, frame]);
                frames = commented.collect();
                continue;
            }
            _ => continue,
        };
        frames.truncate(some);
        frames.push(ends);
    }
    Body::from_stream(stream::iter(frames).then(move |frame| send(frame, delay)))
}

/// How a provider says in the middle of an answer that it failed.
fn failure(wire: Wire) -> Event {
    match wire {
        Wire::Chat => {
            let error = json!({ "error": { "message": FAILED, "code": 502 } });
            Event::unnamed(error.to_string())
        }
        Wire::Responses => {
            let error = json!({ "type": "error", "code": "server_error", "message": FAILED, "param": null });
            Event::named("error", error.to_string())
        }
    }
}

async fn send(frame: Frame, delay: Duration) -> io::Result<Bytes> {
    let text = match frame {
        Frame::Pause(time) => {
            tokio::time::sleep(time).await;
            String::new()
        }
        Frame::Data(Event(text)) => {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            text
        }
        Frame::Comment => ": processing\n\n".to_owned(),
        Frame::Stall => std::future::pending().await,
        Frame::Cut => {
            tokio::time::sleep(BEFORE_CUT).await;
            return Err(io::Error::other("cut on purpose"));
        }
    };
    Ok(Bytes::from(text))
}

/// A body that sends `text` and then breaks the connection.
pub(crate) fn broken(text: String) -> Body {
    let start = stream::once(async { Ok(Bytes::from(text)) });
    Body::from_stream(start.chain(stream::once(send(Frame::Cut, Duration::ZERO))))
}
