//! What is made of the commands of a turn: calls, sentences, questions, and what became of them.

use crate::answers;
use crate::command::{Act, Change};
use crate::history::Turn;
use crate::listing::Listing;
use crate::reply::{Call, Reply};
use crate::results::{Done, Task};

/// Asks the person which of several tasks was meant, with choices to click.
pub(crate) const ASK: &str = "ask_person";
/// Calls in one turn; more than a caller's limit would only be refused.
const CALLS_LIMIT: usize = 16;

/// Each request repeats the reasoning over its turn from the start, and goes one step further than
/// the steps it finds done.
pub(crate) struct Plan<'t> {
    pub turn: &'t Turn,
    /// The names of those that were offered.
    pub tools: &'t [String],
    /// Steps that were not looked at yet.
    rest: &'t [Vec<Done>],
    calls_made: usize,
    /// The whole list, where a command needs it.
    pub listed: Vec<Task>,
    /// How many tasks are not in it.
    pub beyond: usize,
    /// Changes that are to be made.
    pub calls: Vec<Call>,
    /// Some of them change a date.
    pub moved: bool,
    pub choices: Vec<Choice>,
    pub done: Vec<&'t Done>,
    /// Changes that there was no room for.
    pub left: usize,
    pub said: Vec<String>,
    /// Lists that were asked for.
    pub listings: Vec<Listing>,
    /// Each ends with a line that the next turn reads.
    pub questions: Vec<String>,
}

/// Several tasks fit, or come near.
pub(crate) struct Choice {
    pub act: Act,
    pub change: Change,
    pub candidates: Vec<Task>,
    /// The question for those whom nobody can show choices to.
    pub in_words: String,
}

impl<'t> Plan<'t> {
    pub fn new(turn: &'t Turn, tools: &'t [String]) -> Self {
        Self {
            turn,
            tools,
            rest: &turn.steps,
            calls_made: 0,
            listed: Vec::new(),
            beyond: 0,
            calls: Vec::new(),
            moved: false,
            choices: Vec::new(),
            done: Vec::new(),
            left: 0,
            said: Vec::new(),
            listings: Vec::new(),
            questions: Vec::new(),
        }
    }

    /// Whether a tool was offered.
    pub fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|offered| offered == tool)
    }

    /// What became of calls. Where they were not made yet they are the reply, or that they cannot be made.
    pub fn make(&mut self, calls: Vec<Call>) -> Result<&'t [Done], Reply> {
        if calls.is_empty() {
            return Ok(&[]);
        }
        if let Some((first, rest)) = self.rest.split_first() {
            self.rest = rest;
            self.calls_made += first.len();
            return Ok(first);
        }
        match calls.iter().find(|(tool, _)| !self.has(tool)) {
            Some((tool, _)) => Err(Reply::text(answers::no_tool(tool))),
            None => Err(Reply {
                calls,
                ..Reply::default()
            }),
        }
    }

    /// Makes the changes, as many as a turn has room for beside the calls `kept` for later. Those that an answer
    /// has told of are passed over, so that "go on" leads to the next ones.
    pub fn change(&mut self, kept: usize) -> Result<(), Reply> {
        let calls = std::mem::take(&mut self.calls);
        let room = CALLS_LIMIT.saturating_sub(self.calls_made + kept).max(1);
        let mut left = calls.len();
        for step in calls.chunks(room) {
            let done = self.make(step.to_vec())?;
            left = left.saturating_sub(step.len());
            if self.turn.steps.len() - self.rest.len() > self.turn.told {
                self.done.extend(done);
                break;
            }
        }
        self.left += left;
        Ok(())
    }
}
