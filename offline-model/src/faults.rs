//! Ways to go wrong, asked for by a script or by the model's name.

mod misuse;

use std::time::Duration;

use http::StatusCode;

use crate::api::ApiError;

pub(crate) use misuse::{forget_mistake, mislead};

/// One way to misbehave like a real provider on a bad day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Refuse with this status and an error body in OpenAI's shape; 429 and 503 carry `Retry-After: 1`.
    Status(u16),
    /// 429 with the code `insufficient_quota`, which clients should not retry.
    Quota,
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

/// Names of the switches, as `/v1/models` lists them after `offline+`.
pub(crate) const NAMES: [&str; 21] = [
    "instant",
    "delay-100",
    "slow",
    "fail-400",
    "fail-401",
    "fail-403",
    "fail-404",
    "fail-429",
    "fail-500",
    "fail-503",
    "fail-quota",
    "stall",
    "cut",
    "nonsense",
    "error-mid-stream",
    "endless",
    "endless-varied",
    "bad-args",
    "unknown-tool",
    "no-index",
    "comments",
];

/// What the model's name asks for.
#[derive(Debug, Default)]
pub(crate) struct Switches {
    pub token_delay: Option<Duration>,
    pub faults: Vec<Fault>,
}

impl Switches {
    /// Reads `anything+switch+switch`; a switch that does not exist is an unknown model.
    pub fn from_model(model: &str) -> Result<Self, ApiError> {
        let mut switches = Self::default();
        for name in model.split('+').skip(1) {
            let fault = match name {
                "slow" => Fault::Slow(Duration::from_millis(250)),
                "stall" => Fault::Stall,
                "cut" => Fault::Cut,
                "nonsense" => Fault::Nonsense,
                "error-mid-stream" => Fault::ErrorMidStream,
                "endless" => Fault::Endless,
                "endless-varied" => Fault::EndlessVaried,
                "bad-args" => Fault::BadArguments,
                "unknown-tool" => Fault::UnknownTool,
                "no-index" => Fault::NoIndex,
                "comments" => Fault::Comments,
                "fail-quota" => Fault::Quota,
                "instant" => {
                    switches.token_delay = Some(Duration::ZERO);
                    continue;
                }
                _ => match numbered(name) {
                    Some(("fail", status @ 400..=599)) => Fault::Status(status),
                    Some(("delay", ms)) => {
                        switches.token_delay = Some(Duration::from_millis(ms.into()));
                        continue;
                    }
                    _ => return Err(ApiError::unknown_model(model)),
                },
            };
            switches.faults.push(fault);
        }
        Ok(switches)
    }
}

fn numbered(name: &str) -> Option<(&str, u16)> {
    let (word, number) = name.split_once('-')?;
    Some((word, number.parse().ok()?))
}

impl Fault {
    /// The refusal this fault is, if it is one.
    pub(crate) fn refusal(&self) -> Option<ApiError> {
        let status = match self {
            Self::Quota => return Some(ApiError::quota()),
            Self::Status(status) => *status,
            _ => return None,
        };
        Some(ApiError::simulated(
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        ))
    }
}
