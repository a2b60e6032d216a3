//! Server-sent events at a model's pace, and the ways such a stream goes wrong.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::Fault;

/// Long enough for what was sent before a cut to have left the process.
const BEFORE_CUT: Duration = Duration::from_millis(20);

enum Frame {
    Pause(Duration),
    Data(String),
    Comment,
    Stall,
    Cut,
}

/// The body that sends `chunks` and `[DONE]`, `delay` before each, unless a fault is in the way.
pub(crate) fn body(chunks: Vec<Value>, delay: Duration, faults: &[Fault]) -> Body {
    let mut delay = delay;
    let mut frames: Vec<Frame> = chunks
        .into_iter()
        .map(|chunk| Frame::Data(chunk.to_string()))
        .collect();
    frames.push(Frame::Data("[DONE]".to_owned()));
    for fault in faults {
        delay = spoil(&mut frames, fault).unwrap_or(delay);
    }
    let events = stream::iter(frames).then(move |frame| send(frame, delay));
    Body::from_stream(events)
}

/// Changes the frames as the fault wants them; returns another pace if it has one.
fn spoil(frames: &mut Vec<Frame>, fault: &Fault) -> Option<Duration> {
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
            let message = "The server had an error while processing your request.";
            let error = json!({ "error": { "message": message, "code": 502 } });
            frames.truncate(some);
            frames.push(Frame::Data(error.to_string()));
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
                .map(|text| Frame::Data(text.to_owned()))
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
        Frame::Data(data) => {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            format!("data: {data}\n\n")
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
