//! What tests put in: timing, scripted answers, and the log of what the model was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::Fault;

/// Requests a [`Script`] remembers; older ones are dropped.
const LOG_LIMIT: usize = 256;

/// How one server behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(crate) token_delay: Duration,
    pub(crate) script: Option<Script>,
}

impl Default for Settings {
    /// Fifteen milliseconds a token, no script: what the binary serves.
    fn default() -> Self {
        Self {
            token_delay: Duration::from_millis(15),
            script: None,
        }
    }
}

impl Settings {
    /// No pauses at all: what tests want unless they look at streaming.
    #[must_use]
    pub fn instant() -> Self {
        Self {
            token_delay: Duration::ZERO,
            script: None,
        }
    }

    /// Pauses this long before each streamed token.
    #[must_use]
    pub fn with_token_delay(mut self, delay: Duration) -> Self {
        self.token_delay = delay;
        self
    }

    /// Follows `script` first and logs every request in it. Keep a clone to steer and look.
    #[must_use]
    pub fn with_script(mut self, script: Script) -> Self {
        self.script = Some(script);
        self
    }
}

/// A shared queue of answers, used up one per completion request, and the log of the requests.
/// When the queue is empty the rules answer. Clones share the same queue and log.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Scripted>,
    log: VecDeque<Value>,
}

/// What to do with one request.
#[derive(Debug, Clone)]
pub enum Scripted {
    /// Answer by rule, as without a script: a place holder before a later fault.
    Rules,
    /// Go wrong this way, otherwise answering by rule.
    Fault(Fault),
    /// Say and call exactly this, whatever was asked and whichever tools were offered.
    Reply(Reply),
}

/// One message of the assistant: text, tool calls, or both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// What it says; may be empty when it calls tools.
    pub text: String,
    /// Tool names and their arguments; a `Value::String` is sent as it stands, so it may be broken.
    pub calls: Vec<(String, Value)>,
}

impl Reply {
    /// Only text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            calls: Vec::new(),
        }
    }

    /// Only one tool call.
    #[must_use]
    pub fn call(name: impl Into<String>, arguments: Value) -> Self {
        Self::default().and_call(name, arguments)
    }

    /// The same with one more tool call.
    #[must_use]
    pub fn and_call(mut self, name: impl Into<String>, arguments: Value) -> Self {
        self.calls.push((name.into(), arguments));
        self
    }
}

impl From<Reply> for Scripted {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

impl From<Fault> for Scripted {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl Script {
    /// An empty script: the rules answer, requests are logged.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what happens to the next request that nothing is queued for yet.
    pub fn push(&self, next: impl Into<Scripted>) {
        self.inner().queue.push_back(next.into());
    }

    /// The bodies of the completion requests received, oldest first, the last 256 at most.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        self.inner().log.iter().cloned().collect()
    }

    /// How many queued answers have not been used yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.inner().queue.len()
    }

    pub(crate) fn receive(&self, request: Value) -> Scripted {
        let mut inner = self.inner();
        if inner.log.len() == LOG_LIMIT {
            inner.log.pop_front();
        }
        inner.log.push_back(request);
        inner.queue.pop_front().unwrap_or(Scripted::Rules)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
