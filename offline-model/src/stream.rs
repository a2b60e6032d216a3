//! Server-sent events at a model's pace, and the ways such a stream goes wrong.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use crate::Fault;
use crate::api::Wire;

/// Long enough for what was sent before a cut to have left the process.
const BEFORE_CUT: Duration = Duration::from_millis(20);

/// One server-sent event.
pub(crate) struct Event {
    name: Option<&'static str>,
    data: String,
}

impl Event {
    pub fn named(name: &'static str, data: String) -> Self {
        Self {
            name: Some(name),
            data,
        }
    }

    pub fn unnamed(data: String) -> Self {
        Self { name: None, data }
    }

    fn written(&self) -> String {
        let name = self.name.map(|name| format!("event: {name}\n"));
        format!("{}data: {}\n\n", name.unwrap_or_default(), self.data)
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
        delay = spoil(wire, &mut frames, fault).unwrap_or(delay);
    }
    let events = stream::iter(frames).then(move |frame| send(frame, delay));
    Body::from_stream(events)
}

/// How a provider says in the middle of an answer that it failed.
fn error(wire: Wire) -> Event {
    let message = "The server had an error while processing your request.";
    match wire {
        Wire::Chat => {
            let error = json!({ "error": { "message": message, "code": 502 } });
            Event::unnamed(error.to_string())
        }
        Wire::Responses => {
            let error = json!({ "type": "error", "code": "server_error", "message": message, "param": null });
            Event::named("error", error.to_string())
        }
    }
}

/// Changes the frames as the fault wants them; returns another pace if it has one.
fn spoil(wire: Wire, frames: &mut Vec<Frame>, fault: &Fault) -> Option<Duration> {
    let some = (frames.len() / 2).max(2);
    match fault {
        Fault::Slow(each) => {
            frames.insert(0, Frame::Pause(Duration::from_secs(1)));
            return Some(*each);
        }
        Fault::Stall => {
            frames.truncate(some);
            frames.push(Frame::Stall);
        }
        Fault::Cut => {
            frames.truncate(some);
            frames.push(Frame::Cut);
        }
        Fault::ErrorMidStream => {
            frames.truncate(some);
            frames.push(Frame::Data(error(wire)));
        }
        Fault::Nonsense => {
            let garbage = [
                "{\"choices\":[{\"delta\":",
                "<html>Bad gateway</html>",
                "42",
                "\u{0}",
            ];
            *frames = garbage
                .into_iter()
                .map(|text| Frame::Data(Event::unnamed(text.to_owned())))
                .collect();
        }
        Fault::Comments => {
            let old = std::mem::take(frames);
            *frames = old
                .into_iter()
                .flat_map(|frame| [Frame::Comment, frame])
                .collect();
        }
        _ => {}
    }
    None
}

async fn send(frame: Frame, delay: Duration) -> io::Result<Bytes> {
    let text = match frame {
        Frame::Pause(time) => {
            tokio::time::sleep(time).await;
            String::new()
        }
        Frame::Data(event) => {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            event.written()
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
