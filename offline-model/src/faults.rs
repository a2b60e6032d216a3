//! Ways to go wrong, asked for by a script or by the model's name, and bodies that do.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::error::ApiError;
use crate::reply::Reply;

/// One way to misbehave like a real provider on a bad day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Refuse with this status and an error body in OpenAI's shape; 429 and 503 carry `Retry-After: 1`.
    Status(u16),
    /// 429 with the code `insufficient_quota`, which clients should not retry.
    Quota,
    /// Wait this long before each token.
    Delay(Duration),
    /// Wait a second before the first token and this long before each one.
    Slow(Duration),
    /// Send some tokens, then nothing, with the connection open.
    Stall,
    /// Send some tokens, then break the connection.
    Cut,
    /// Answer 200 with data that is no completion.
    Nonsense,
    /// Send some tokens, then an `{"error": …}` object inside the stream.
    ErrorMidStream,
    /// Call tools for ever, always the same call.
    Endless,
    /// Call tools for ever, each call a little different.
    EndlessVaried,
    /// Send broken JSON as arguments of the first calls of a turn.
    BadArguments,
    /// Call a tool that was never offered first.
    UnknownTool,
    /// Stream tool calls without `index` and end them with `finish_reason: "stop"`.
    NoIndex,
    /// Put SSE comments between the chunks.
    Comments,
}

/// The switches that are a fault each.
const FAULTS: [(&str, Fault); 13] = [
    ("instant", Fault::Delay(Duration::ZERO)),
    ("slow", Fault::Slow(Duration::from_millis(250))),
    ("fail-quota", Fault::Quota),
    ("stall", Fault::Stall),
    ("cut", Fault::Cut),
    ("nonsense", Fault::Nonsense),
    ("error-mid-stream", Fault::ErrorMidStream),
    ("endless", Fault::Endless),
    ("endless-varied", Fault::EndlessVaried),
    ("bad-args", Fault::BadArguments),
    ("unknown-tool", Fault::UnknownTool),
    ("no-index", Fault::NoIndex),
    ("comments", Fault::Comments),
];
/// What the model's name asks for: `anything+switch+switch`. A switch that does not exist is an unknown model.
pub(crate) fn of_model(model: &str) -> Result<Vec<Fault>, ApiError> {
    let switched = model.split('+').skip(1).map(Fault::named);
    switched.collect::<Option<Vec<Fault>>>().ok_or_else(|| {
        let known = FAULTS.map(|(name, _)| name).join(", ");
        ApiError::unknown_model(model, &format!("delay-100, fail-500, {known}"))
    })
}

impl Fault {
    fn named(name: &str) -> Option<Self> {
        if let Some((_, fault)) = FAULTS.iter().find(|(known, _)| *known == name) {
            return Some(fault.clone());
        }
        let (word, number) = name.split_once('-')?;
        match (word, number.parse().ok()?) {
            ("fail", status @ 400..=599) => Some(Self::Status(status)),
            ("delay", ms) => Some(Self::Delay(Duration::from_millis(ms.into()))),
            _ => None,
        }
    }

    /// The refusal this fault is, if it is one.
    pub(crate) fn refusal(&self) -> Option<ApiError> {
        match self {
            Self::Quota => Some(ApiError::quota()),
            Self::Status(status) => Some(ApiError::simulated(*status)),
            _ => None,
        }
    }
}

/// Whether the first step of a turn is a mistake on purpose.
pub(crate) fn begin_with_a_mistake(faults: &[Fault]) -> bool {
    faults.contains(&Fault::BadArguments) || faults.contains(&Fault::UnknownTool)
}

/// What a misbehaving model says instead of `reply`; `step` counts the steps of the turn so far.
pub(crate) fn mislead(mut reply: Reply, faults: &[Fault], step: usize, mistake_due: bool) -> Reply {
    let list = |arguments: Value| Reply::call("list_tasks", arguments);
    for fault in faults {
        match fault {
            Fault::Endless => reply = list(json!({ "status": "pending" })),
            Fault::EndlessVaried => reply = list(json!({ "status": "pending", "again": step })),
            Fault::UnknownTool if mistake_due => reply = Reply::call("launch_rocket", json!({})),
            Fault::BadArguments if mistake_due => {
                for (_, arguments) in &mut reply.calls {
                    let mut text = arguments.to_string();
                    text.truncate(text.trim_end_matches(['}', '"']).len().max(1));
                    *arguments = Value::String(text);
                }
            }
            _ => {}
        }
    }
    reply
}

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
            Fault::Delay(each) => delay = *each,
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
