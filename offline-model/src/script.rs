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

/// A shared queue of answers, used up one per request, and the log of the requests. When the queue
/// is empty the rules answer. Requests for titles have a queue and a log of their own, since they
/// come beside the conversation. Clones share the same queues and logs.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    answers: Queue,
    titles: Queue,
}

#[derive(Debug, Default)]
struct Queue {
    next: VecDeque<Scripted>,
    log: VecDeque<Value>,
}

impl Queue {
    fn receive(&mut self, request: Value) -> Scripted {
        if self.log.len() == LOG_LIMIT {
            self.log.pop_front();
        }
        self.log.push_back(request);
        self.next.pop_front().unwrap_or(Scripted::Rules)
    }
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
        self.inner().answers.next.push_back(next.into());
    }

    /// The same for requests for a title.
    pub fn push_title(&self, next: impl Into<Scripted>) {
        self.inner().titles.next.push_back(next.into());
    }

    /// The bodies of the requests received over either wire, oldest first, the last 256 at most.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        self.inner().answers.log.iter().cloned().collect()
    }

    /// The same of the requests for titles.
    #[must_use]
    pub fn titles(&self) -> Vec<Value> {
        self.inner().titles.log.iter().cloned().collect()
    }

    /// How many queued answers have not been used yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.inner().answers.next.len()
    }

    pub(crate) fn receive(&self, request: Value, about_a_title: bool) -> Scripted {
        let mut inner = self.inner();
        if about_a_title {
            inner.titles.receive(request)
        } else {
            inner.answers.receive(request)
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
