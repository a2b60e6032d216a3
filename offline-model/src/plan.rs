//! What is made of the commands of a turn: calls, what became of them, and what is said.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::answers::{self, say};
use crate::history::Turn;
use crate::listing::Listing;
use crate::reply::{Call, Reply};
use crate::results::{Done, Fate, Task};

/// Puts tasks on a card. Longer lists are told in words.
const SHOW: &str = "show_tasks";
const ON_A_CARD: std::ops::RangeInclusive<usize> = 1..=30;
/// Calls in one turn; more than a caller's limit would only be refused.
const CALLS_LIMIT: usize = 16;

/// Each request repeats the reasoning over its turn from the start, and goes one step further than
/// the steps it finds done: what is still to be called comes back as an error, and is the reply.
#[derive(Default)]
pub(crate) struct Plan {
    pub turn: Turn,
    /// The names of those that were offered.
    tools: Vec<String>,
    /// Steps that were looked at.
    seen: usize,
    /// Calls that there must be room for after the changes.
    pub kept: usize,
    /// The whole list, where a command needs it.
    pub listed: Vec<Task>,
    /// How many tasks are not in it.
    pub beyond: usize,
    /// Changes that are to be made.
    calls: Vec<Call>,
    /// Changes that there was no room for.
    left: usize,
    /// Some of them change a date.
    pub moved: bool,
    done: Vec<Done>,
    /// The task added last.
    pub added: Option<i64>,
    said: Vec<String>,
    /// Lists and numbers that were asked for.
    pub shown: Vec<String>,
    /// Each ends with a line that the next turn reads.
    pub questions: Vec<String>,
}

impl Plan {
    pub fn new(turn: Turn, tools: Vec<String>) -> Self {
        Self {
            turn,
            tools,
            ..Self::default()
        }
    }

    /// Whether a tool was offered.
    pub fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|offered| offered == tool)
    }

    pub fn say(&mut self, name: &str, values: &[&dyn Display]) {
        self.said.push(say(name, values));
    }

    pub fn ask(&mut self, name: &str, values: &[&dyn Display]) {
        self.questions.push(say(name, values));
    }

    /// Adds a change.
    pub fn later(&mut self, tool: &str, arguments: Value) {
        self.calls.push((tool.to_owned(), arguments));
    }

    /// What became of a call.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Result<Done, Reply> {
        let done = self.make(&[(tool.to_owned(), arguments)])?;
        done.into_iter().next().ok_or_else(Reply::default)
    }

    /// What became of calls. Where they were not made yet they are the reply, or that they cannot be made.
    fn make(&mut self, calls: &[Call]) -> Result<Vec<Done>, Reply> {
        if let Some(step) = self.turn.steps.get(self.seen) {
            self.seen += 1;
            return Ok(step.clone());
        }
        match calls.iter().find(|(tool, _)| !self.has(tool)) {
            Some((tool, _)) => Err(Reply::text(answers::no_tool(tool))),
            None => Err(Reply {
                calls: calls.to_vec(),
                ..Reply::default()
            }),
        }
    }

    /// Makes the changes, as many as a turn has room for. Those that an answer has told of are
    /// passed over, so that "go on" leads to the next ones.
    pub fn change(&mut self) -> Result<(), Reply> {
        let calls = std::mem::take(&mut self.calls);
        let made: usize = self.turn.steps.iter().take(self.seen).map(Vec::len).sum();
        let room = CALLS_LIMIT.saturating_sub(made + self.kept).max(1);
        self.left += calls.len();
        for step in calls.chunks(room) {
            let done = self.make(step)?;
            self.left -= step.len();
            let added = done.iter().rfind(|done| done.name == "add_task");
            self.added = added.and_then(Done::id).or(self.added);
            if self.seen > self.turn.told {
                self.done.extend(done);
                break;
            }
        }
        Ok(())
    }

    /// Puts a list on a card where there is a tool for it, or else tells it.
    pub fn show(&mut self, mut listing: Listing) -> Result<(), Reply> {
        if self.has(SHOW) && ON_A_CARD.contains(&listing.tasks.len()) {
            let ids: Vec<i64> = listing.tasks.iter().map(|task| task.id).collect();
            let arguments = json!({ "task_ids": ids, "title": listing.heading() });
            let done = self.call(SHOW, arguments)?;
            listing.on_card = done.fate() == Fate::Made;
            let gone = done.result.get("not_found").and_then(Value::as_array);
            let is_gone = |task: &Task| gone.is_some_and(|gone| gone.contains(&task.id.into()));
            listing.tasks.retain(|task| !is_gone(task));
        }
        self.shown.push(listing.told());
        Ok(())
    }

    /// What was done, what could not be, what was asked for; a question last, because the next turn looks for it there.
    pub fn answer(mut self) -> Reply {
        let mut parts = answers::changes(&self.done, self.moved);
        if self.beyond > 0 && self.done.is_empty() {
            self.said.push(say("not seen", &[&self.beyond]));
        }
        parts.append(&mut self.said);
        if self.left > 0 && self.done.iter().all(|done| done.fate() != Fate::Refused) {
            parts.push(say("stopped", &[&self.done.len(), &self.left]));
        }
        parts.append(&mut self.shown);
        if self.questions.len() > 1 {
            parts.push(say("several questions", &[]));
        }
        parts.extend(self.questions.into_iter().take(1));
        if parts.is_empty() {
            parts.push(say("nothing done", &[]));
        }
        Reply::text(parts.join("\n\n"))
    }
}
