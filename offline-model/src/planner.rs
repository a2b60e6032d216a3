//! From the messages of a request to the next one: which tools to call now, or what to say.
//!
//! A turn is up to a handful of steps: look the list up if a task was named by words, then for each
//! command ask which task was meant, make the changes, look up what is to be shown, show it. Each
//! request repeats the reasoning over its turn from the start, and goes one step further than the
//! steps it finds done: what is still to be called comes back as an error, and is the reply.

mod orders;

use std::fmt::Display;

use serde_json::{Value, json};

use crate::answers::{self, Listing, say};
use crate::command::{Act, Change, Command, Status, Target};
use crate::faults::{self, Fault};
use crate::history::Turn;
use crate::reply::{Call, Reply};
use crate::results::{self, Done, Fate, Task};
use crate::text::query;
use crate::wire::{Request, elements};
use crate::{due, reference, titles};

/// Puts tasks on a card. Longer lists are told in words.
const SHOW: &str = "show_tasks";
const ON_A_CARD: std::ops::RangeInclusive<usize> = 1..=30;
/// Calls in one turn; more than a caller's limit would only be refused.
const CALLS_LIMIT: usize = 16;

/// What the assistant says next, wrong in the way of the faults.
pub(crate) fn reply(request: &Request, faults: &[Fault]) -> Reply {
    let mut turn = Turn::of(&request.messages);
    if titles::is_asked_for(&request.messages) {
        return Reply::text(titles::of(&turn));
    }
    let step = turn.steps.len();
    let mistaken = faults::begin_with_a_mistake(faults);
    if mistaken && step > 0 {
        // The mistake is no work that was done.
        turn.steps.remove(0);
    }
    let plan = Plan {
        turn,
        tools: request.tools.clone(),
        ..Plan::default()
    };
    let (Ok(reply) | Err(reply)) = plan.carry_out();
    faults::mislead(reply, faults, step, mistaken && step == 0)
}

/// What comes of the commands of a turn.
#[derive(Default)]
struct Plan {
    turn: Turn,
    /// The names of those that were offered.
    tools: Vec<String>,
    /// Steps that were looked at.
    seen: usize,
    /// Calls that there must be room for after the changes.
    kept: usize,
    /// The whole list, where a command needs it.
    listed: Vec<Task>,
    /// How many tasks are not in it.
    beyond: usize,
    /// Whether with its descriptions.
    described: bool,
    /// How many tasks that may be meant were not looked at.
    unseen: usize,
    /// Changes that are to be made.
    calls: Vec<Call>,
    /// Changes that there was no room for.
    left: usize,
    /// Some of them change a date.
    moved: bool,
    done: Vec<Done>,
    /// The task added last.
    added: Option<i64>,
    said: Vec<String>,
    /// Each ends with a line that the next turn reads.
    questions: Vec<String>,
}

impl Plan {
    /// The answer, or as an error the calls that are to be made before it.
    fn carry_out(mut self) -> Result<Reply, Reply> {
        let commands = reference::commands(&self.turn);
        self.described = commands.iter().any(needs_description);
        if commands.iter().any(|command| self.needs_list(command)) {
            self.look()?;
        }
        let asks = |command: &&Command| !matches!(command, Command::Add(_) | Command::On(..));
        // Each list that is asked for may be followed by a card.
        self.kept = commands.iter().filter(asks).count() * 2;
        for command in commands {
            self.run(command)?;
        }
        self.change()?;
        Ok(self.answer())
    }

    /// Whether the whole list has to be looked at before anything else.
    fn needs_list(&self, command: &Command) -> bool {
        let Command::On(act, target, change) = command else {
            return false;
        };
        match (target, change) {
            (Target::It | Target::Missing, _) => false,
            (Target::Ids(_), Change::Due(_) | Change::Later(_)) => true,
            // What else the description says is kept.
            (Target::Ids(_), Change::Description(_) | Change::Note(_)) => self.turn.now.is_some(),
            (Target::Ids(_), _) => *act == Act::Show,
            _ => true,
        }
    }

    fn look(&mut self) -> Result<(), Reply> {
        let done = self.list("all", None, self.described)?;
        if done.name != "list_tasks" {
            // Asked to answer again, the caller kept what was changed and left out the look before it.
            let changes = answers::changes(&self.turn.steps.concat(), false);
            return Err(Reply::text(changes.join("\n\n")));
        }
        let list = results::list(&done.result);
        let failed = || Reply::text(answers::list_failed(&done.result));
        (self.listed, self.beyond) = list.ok_or_else(failed)?;
        self.unseen = self.beyond;
        Ok(())
    }

    /// Tasks in this state, all or those with these words.
    fn list(&mut self, status: &str, words: Option<&str>, described: bool) -> Result<Done, Reply> {
        let status = [("status", Value::from(status))];
        let words = words.map(|words| ("query", words.into()));
        let details = described.then_some(("details", true.into()));
        let arguments = status.into_iter().chain(words).chain(details);
        let arguments = arguments.map(|(name, value)| (name.to_owned(), value));
        self.call("list_tasks", Value::Object(arguments.collect()))
    }

    /// Looks among the tasks that were not listed for those with these words.
    fn search(&mut self, words: &str) -> Result<(), Reply> {
        if self.beyond == 0 {
            return Ok(());
        }
        let done = self.list("all", Some(&query(words)), self.described)?;
        let failed = || Reply::text(answers::list_failed(&done.result));
        let (found, beyond) = results::list(&done.result).ok_or_else(failed)?;
        for task in found {
            if self.listed.iter().all(|listed| listed.id != task.id) {
                self.listed.push(task);
            }
        }
        self.unseen = beyond;
        Ok(())
    }

    fn run(&mut self, command: Command) -> Result<(), Reply> {
        match command {
            Command::Add(tasks) if tasks.is_empty() => self.ask("what title", &[]),
            Command::Add(tasks) => {
                for task in tasks {
                    self.later("add_task", orders::new(task, self.turn.now.as_ref()));
                }
            }
            Command::Offer(tasks) => match tasks.as_slice() {
                [task] => self.ask("offer", &[&format!("“{}” as a task", task.title)]),
                _ => self.ask("offer", &[&format!("these {} tasks", tasks.len())]),
            },
            Command::On(act, target, change) => return self.order(act, &target, &change),
            Command::List(_) | Command::Summary | Command::Due(_) => return self.tell(&command),
            Command::Undo if self.has("undo") => self.later("undo", json!({})),
            Command::Undo => self.say("no undo", &[]),
            Command::GoOn => {}
            Command::Talk(name) => self.say(name, &[]),
            Command::Unknown => match answers::foreign(&self.turn.user) {
                Some(said) => self.said.push(said.to_owned()),
                None => self.say("not understood", &[]),
            },
        }
        Ok(())
    }

    /// Looks up and shows what a question about the list asks for.
    fn tell(&mut self, command: &Command) -> Result<(), Reply> {
        self.change()?;
        if *command == Command::Summary && self.has("task_summary") {
            let done = self.call("task_summary", json!({}))?;
            self.said.push(answers::summary(&done.result));
            return Ok(());
        }
        let status = match command {
            Command::List(Status::Completed) => "completed",
            Command::List(Status::Pending) | Command::Due(_) => "pending",
            _ => "all",
        };
        // Days stand in descriptions.
        let due = matches!(command, Command::Due(_));
        let result = self.list(status, due.then_some("due"), due)?.result;
        let Some((tasks, beyond)) = results::list(&result) else {
            self.said.push(answers::list_failed(&result));
            return Ok(());
        };
        let mut listing = Listing::new(status, tasks);
        listing.beyond = beyond;
        if let (Command::Due(when), Some(now)) = (command, &self.turn.now) {
            listing.due = due::then(when.as_deref(), &mut listing.tasks, now);
            // Those left out may be due as well.
            self.unseen = std::mem::take(&mut listing.beyond);
        }
        self.show(listing)
    }

    /// Puts a list on a card where there is a tool for it, or else tells it.
    fn show(&mut self, mut listing: Listing) -> Result<(), Reply> {
        if self.has(SHOW) && ON_A_CARD.contains(&listing.tasks.len()) {
            let ids: Vec<i64> = listing.tasks.iter().map(|task| task.id).collect();
            let done = self.call(SHOW, json!({ "task_ids": ids, "title": listing.heading() }))?;
            listing.on_card = done.fate() == Fate::Made;
            let gone = elements(&done.result, "not_found");
            listing
                .tasks
                .retain(|task| gone.clone().all(|id| *id != task.id));
        }
        self.said.push(listing.told());
        Ok(())
    }

    fn say(&mut self, name: &str, values: &[&dyn Display]) {
        self.said.push(say(name, values));
    }

    fn ask(&mut self, name: &str, values: &[&dyn Display]) {
        self.questions.push(say(name, values));
    }

    /// Whether a tool was offered.
    fn has(&self, tool: &str) -> bool {
        self.tools.iter().any(|offered| offered == tool)
    }

    /// Adds a change.
    fn later(&mut self, tool: &str, arguments: Value) {
        self.calls.push((tool.to_owned(), arguments));
    }

    /// What became of a call.
    fn call(&mut self, tool: &str, arguments: Value) -> Result<Done, Reply> {
        let done = self.make(&[(tool.to_owned(), arguments)])?;
        done.into_iter().next().ok_or_else(Reply::default)
    }

    /// What became of calls. Where they were not made yet they are the reply, or that they cannot be made.
    fn make(&mut self, calls: &[Call]) -> Result<Vec<Done>, Reply> {
        if let Some(step) = self.turn.steps.get(self.seen) {
            self.seen += 1;
            return Ok(step.clone());
        }
        if let Some((tool, _)) = calls.iter().find(|(tool, _)| !self.has(tool)) {
            return Err(Reply::text(answers::no_tool(tool)));
        }
        let (text, calls) = (String::new(), calls.to_vec());
        Err(Reply { text, calls })
    }

    /// Makes the changes, as many as a turn has room for. Those that an answer has told of are
    /// passed over, so that "go on" leads to the next ones.
    fn change(&mut self) -> Result<(), Reply> {
        let calls = std::mem::take(&mut self.calls);
        let made = self.turn.steps.iter().take(self.seen).flatten().count();
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

    /// What was done, what could not be, what was asked for; a question last, because the next turn looks for it there.
    fn answer(mut self) -> Reply {
        let mut parts = answers::changes(&self.done, self.moved);
        if self.unseen > 0 && self.done.is_empty() {
            self.say("not seen", &[&self.unseen.clone()]);
        }
        parts.append(&mut self.said);
        if self.left > 0 && self.done.iter().all(|done| done.fate() != Fate::Refused) {
            parts.push(say("stopped", &[&self.done.len(), &self.left]));
        }
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

/// Whether what is done depends on what a task's description says.
fn needs_description(command: &Command) -> bool {
    let Command::On(act, _, change) = command else {
        return false;
    };
    let dated = matches!(change, Change::Due(_) | Change::Later(_));
    *act == Act::Show || dated || matches!(change, Change::Description(_) | Change::Note(_))
}
