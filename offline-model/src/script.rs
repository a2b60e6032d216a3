//! What tests put in: timing, scripted answers, and the log of what the model was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::faults::Fault;
use crate::reply::Reply;

/// How one server behaves. By default it pauses fifteen milliseconds before each token, without a script: what the binary serves.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub(crate) token_delay: Option<Duration>,
    pub(crate) script: Option<Script>,
}

impl Settings {
    /// No pauses at all: what tests want unless they look at streaming.
    #[must_use]
    pub fn instant() -> Self {
        Self::default().with_token_delay(Duration::ZERO)
    }

    /// Pauses this long before each streamed token.
    #[must_use]
    pub fn with_token_delay(mut self, delay: Duration) -> Self {
        self.token_delay = Some(delay);
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
pub struct Script {
    answers: Arc<Mutex<Queue>>,
    titles: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    next: VecDeque<Scripted>,
    log: Vec<Value>,
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
        lock(&self.answers).next.push_back(next.into());
    }

    /// The same for requests for a title.
    pub fn push_title(&self, next: impl Into<Scripted>) {
        lock(&self.titles).next.push_back(next.into());
    }

    /// The bodies of the requests received over either wire, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        lock(&self.answers).log.clone()
    }

    /// The same of the requests for titles.
    #[must_use]
    pub fn titles(&self) -> Vec<Value> {
        lock(&self.titles).log.clone()
    }

    /// How many queued answers have not been used yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        lock(&self.answers).next.len()
    }

    pub(crate) fn receive(&self, request: Value, about_a_title: bool) -> Scripted {
        let titles = Some(&self.titles).filter(|_| about_a_title);
        let mut queue = lock(titles.unwrap_or(&self.answers));
        queue.log.push(request);
        queue.next.pop_front().unwrap_or(Scripted::Rules)
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
