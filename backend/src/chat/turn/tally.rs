//! What a turn has called so far, and how much of it there may be.

use std::collections::HashMap;

use super::warrant::Warrant;
use crate::chat::{Limits, failure::Cause, round::Call};

/// What a turn has called so far.
pub(super) struct Tally {
    limits: Limits,
    calls: usize,
    seen: HashMap<(String, String), Seen>,
    /// What the person's words allow.
    pub warrant: Warrant,
    /// How many tasks are gone already.
    pub deleted: usize,
}

#[derive(Default)]
struct Seen {
    times: usize,
    writes: bool,
}

impl Tally {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            calls: 0,
            seen: HashMap::new(),
            warrant: Warrant::default(),
            deleted: 0,
        }
    }

    /// Counts a call, or says why it must not be made.
    pub fn count(&mut self, call: &Call) -> Option<Cause> {
        self.calls += 1;
        let seen = self
            .seen
            .entry((call.tool.clone(), call.args.to_string()))
            .or_default();
        seen.times += 1;
        seen.writes = call.writes;
        if seen.times >= self.limits.repeats {
            Some(Cause::Repeating)
        } else if self.calls > self.limits.calls {
            Some(Cause::TooManyCalls)
        } else {
            None
        }
    }

    /// After a change it makes sense to look again.
    pub fn changed(&mut self) {
        self.seen.retain(|_, seen| seen.writes);
    }
}
