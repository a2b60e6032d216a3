//! A body at a model's pace, and the ways in which it goes wrong.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, stream};
use tokio::time::sleep;

use crate::faults::Fault;

/// Long enough for what was sent before a cut to have left the process.
const BEFORE_CUT: Duration = Duration::from_millis(20);

/// What is sent, and what in its place.
pub(crate) struct Sent {
    pub parts: Vec<String>,
    /// That it failed in the middle.
    pub failure: String,
    pub nonsense: Vec<String>,
}

/// The body that sends the parts, `delay` before each, unless a fault is in the way.
pub(crate) fn body(sent: Sent, mut delay: Duration, faults: &[Fault]) -> Body {
    let (mut parts, mut first, mut end) = (sent.parts, Duration::ZERO, None);
    let some = parts.len() / 2;
    for fault in faults {
        match fault {
            Fault::Stall | Fault::Cut => {
                parts.truncate(some);
                end = Some(fault.clone());
            }
            Fault::ErrorMidStream => {
                parts.truncate(some);
                parts.push(sent.failure.clone());
            }
            Fault::Slow(each) => (first, delay) = (Duration::from_secs(1), *each),
            Fault::Nonsense => parts.clone_from(&sent.nonsense),
            _ => {}
        }
    }
    let parts = stream::iter(parts).enumerate();
    let parts = parts.then(move |(at, part)| async move {
        let pause = if at == 0 { first + delay } else { delay };
        if !pause.is_zero() {
            sleep(pause).await;
        }
        Ok(Bytes::from(part))
    });
    let end = stream::iter(end).then(|fault| async move {
        if fault == Fault::Stall {
            std::future::pending::<()>().await;
        }
        sleep(BEFORE_CUT).await;
        Err(io::Error::other("cut on purpose"))
    });
    Body::from_stream(parts.chain(end))
}
