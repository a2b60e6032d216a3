//! How much a turn may do.

use std::{collections::HashMap, time::Duration};

use model::StepLimits;

use super::{calls::Call, failure::Failure};

/// How much a turn may do, and how long anything in it may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Steps of the model.
    pub steps: usize,
    /// Tool calls in all steps together.
    pub calls: usize,
    /// The same call with the same arguments.
    pub repeats: usize,
    /// The whole turn. A tool call that runs at its end is finished first.
    pub turn: Duration,
    /// What a turn gets after the process was asked to end.
    pub finish: Duration,
    /// One step of the model.
    pub step: StepLimits,
    /// How long a model may take to begin before the person hears of it.
    pub notice_after: Duration,
    /// One tool call.
    pub tool_call: Duration,
    /// What is kept of a tool's result, in bytes.
    pub result_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 8,
            calls: 16,
            repeats: 3,
            turn: Duration::from_mins(2),
            finish: Duration::from_secs(20),
            step: StepLimits::default(),
            notice_after: Duration::from_secs(15),
            tool_call: Duration::from_secs(10),
            result_bytes: 32 * 1024,
        }
    }
}

/// Counts the calls of a turn against its limits.
#[derive(Debug)]
pub(super) struct CallLimits {
    limits: Limits,
    calls: usize,
    /// How often a tool was called with the same arguments, and whether it writes.
    seen: HashMap<(String, String), (usize, bool)>,
}

impl CallLimits {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            calls: 0,
            seen: HashMap::new(),
        }
    }

    /// Counts a call, or says why it must not be made.
    pub fn count(&mut self, call: &Call) -> Option<Failure> {
        self.calls += 1;
        let key = (call.tool.clone(), call.args.to_string());
        let (times, _) = self.seen.entry(key).or_insert((0, call.writes));
        *times += 1;
        if *times >= self.limits.repeats {
            Some(Failure::Repeating)
        } else if self.calls > self.limits.calls {
            Some(Failure::TooManyCalls)
        } else {
            None
        }
    }

    /// After a change it makes sense to look again.
    pub fn changed(&mut self) {
        self.seen.retain(|_, (_, writes)| *writes);
    }
}
