//! Server-sent events at a model's pace, and the ways such a stream goes wrong.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, stream};
use tokio::time::sleep;

use crate::faults::Fault;

/// Long enough for what was sent before a cut to have left the process.
const BEFORE_CUT: Duration = Duration::from_millis(20);
const GARBAGE: [&str; 4] = [
    "{\"choices\":[{\"delta\":",
    "<html>Bad gateway</html>",
    "42",
    "\0",
];

/// The body that sends `events`, `delay` before each, unless a fault is in the way; `failure` is the event that says so.
pub(crate) fn body(
    mut events: Vec<String>,
    failure: &str,
    mut delay: Duration,
    faults: &[Fault],
) -> Body {
    let (mut first, mut end) = (Duration::ZERO, None);
    for fault in faults {
        let some = events.len() / 2;
        match fault {
            Fault::Stall | Fault::Cut => {
                events.truncate(some);
                end = Some(fault.clone());
            }
            Fault::ErrorMidStream => {
                events.truncate(some);
                events.push(failure.to_owned());
            }
            Fault::Slow(each) => (first, delay) = (Duration::from_secs(1), *each),
            Fault::Nonsense => events = GARBAGE.map(|text| format!("data: {text}\n\n")).into(),
            Fault::Comments => {
                for event in &mut events {
                    event.insert_str(0, ": processing\n\n");
                }
            }
            _ => {}
        }
    }
    let events = stream::iter(events)
        .enumerate()
        .then(move |(at, event)| async move {
            let pause = if at == 0 { first + delay } else { delay };
            if !pause.is_zero() {
                sleep(pause).await;
            }
            Ok(Bytes::from(event))
        });
    let end = stream::iter(end).then(|fault| async move {
        if fault == Fault::Stall {
            std::future::pending::<()>().await;
        }
        sleep(BEFORE_CUT).await;
        Err(io::Error::other("cut on purpose"))
    });
    Body::from_stream(events.chain(end))
}
