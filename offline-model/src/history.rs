//! A request's messages seen as a conversation: what was said before, what is asked now, and what
//! has been done about it in this turn.

use jiff::Zoned;
use serde_json::Value;

use crate::command::Command;
use crate::results::{self, Done, text};
use crate::text::is_in;
use crate::wire::elements;
use crate::{due, sentences};

/// The last thing the user said, with everything around it.
#[derive(Default)]
pub(crate) struct Turn {
    /// The clock in the prompt.
    pub now: Option<Zoned>,
    /// What came before it, oldest first.
    pub before: Vec<Said>,
    /// It.
    pub user: String,
    /// Tool calls since, a step for each message of the assistant.
    pub steps: Vec<Vec<Done>>,
    /// How many of them an answer has told of already, after which the user said to go on.
    pub told: usize,
}

/// What the user said, or the assistant said and did.
pub(crate) struct Said {
    pub by_user: bool,
    pub text: String,
    pub done: Vec<Done>,
}

impl Turn {
    pub fn of(messages: &[Value]) -> Self {
        let (mut before, mut role): (Vec<Said>, &str) = (Vec::new(), "");
        for message in messages {
            // On one wire each call is a message of its own.
            let goes_on = role == "assistant" && elements(message, "tool_calls").len() > 0;
            role = text(message, "role");
            match (said(message, messages), before.last_mut()) {
                (Some(said), Some(last)) if goes_on => last.done.extend(said.done),
                (said, _) => before.extend(said),
            }
        }
        let mut after = before.split_off(beginning(&before).unwrap_or(before.len()));
        let user = after.drain(..after.len().min(1));
        let user = user.map(|said| said.text).collect();
        let answered = |said: &Said| !said.by_user && said.done.is_empty();
        let told = after.iter().rposition(answered).unwrap_or_default();
        let made = |said: &&Said| !said.done.is_empty();
        let steps = after.iter().filter(made);
        let asked = messages
            .iter()
            .rfind(|message| text(message, "role") == "user");
        let asked = asked.map(content).unwrap_or_default();
        Self {
            now: due::clock(&prompt(messages), &asked),
            told: after.iter().take(told).filter(made).count(),
            steps: steps.map(|said| said.done.clone()).collect(),
            before,
            user,
        }
    }

    /// What the assistant said and did before, latest first.
    pub fn answers(&self) -> impl Iterator<Item = &Said> {
        self.before.iter().rev().filter(|said| !said.by_user)
    }

    /// What the user said before, latest first.
    pub fn said_before(&self) -> impl Iterator<Item = &str> {
        let said = self.before.iter().rev().filter(|said| said.by_user);
        said.map(|said| said.text.as_str())
    }
}

/// Where the turn begins: at the last thing the user said, or further back where that says to go
/// on, or only answers a question of the application about a call, and the call has its result.
fn beginning(said: &[Said]) -> Option<usize> {
    let asked = said.iter().rposition(|said| said.by_user)?;
    let (before, now) = said.split_at(asked);
    let said = now.first()?.text.trim();
    let made = before.last().map_or([].as_slice(), |said| &said.done);
    let mut answers = made.iter().map(|done| text(&done.result, "answer").trim());
    match sentences::parse(said).as_slice() {
        [Command::GoOn] => {}
        [Command::Talk("yes" | "no")] if !made.is_empty() => {}
        _ if answers.any(|answer| answer == said) => {}
        _ => return Some(asked),
    }
    beginning(before).or(Some(asked))
}

/// The first system message.
pub(crate) fn prompt(messages: &[Value]) -> String {
    let mut prompts = messages.iter();
    let prompt = prompts.find(|message| is_in("system developer", text(message, "role")));
    prompt.map(content).unwrap_or_default()
}

/// A content is a string, or parts of which some have a text.
fn content(message: &Value) -> String {
    let parts = elements(message, "content").map(|part| text(part, "text"));
    text(message, "content").to_owned() + &parts.collect::<Vec<&str>>().join("\n")
}

/// A message without the line in brackets that an application wrote before it.
pub(crate) fn own(said: &str) -> &str {
    let begun = said
        .split_once("]\n\n")
        .filter(|(line, _)| line.starts_with('[') && !line.contains('\n'));
    begun.map_or(said, |(_, own)| own)
}

fn said(message: &Value, all: &[Value]) -> Option<Said> {
    let role = text(message, "role");
    let calls = elements(message, "tool_calls");
    let mut words = content(message);
    if role == "user" {
        words = own(&words).into();
    }
    ["user", "assistant"].contains(&role).then(|| Said {
        by_user: role == "user",
        text: words,
        done: calls.map(|call| done(call, all)).collect(),
    })
}

fn done(call: &Value, messages: &[Value]) -> Done {
    let function = call.get("function").unwrap_or(&Value::Null);
    let mut answers = messages.iter();
    let answer = answers.find(|message| text(message, "tool_call_id") == text(call, "id"));
    let result = answer.map(|answer| results::read(&content(answer)));
    Done {
        name: text(function, "name").to_owned(),
        arguments: serde_json::from_str(text(function, "arguments")).unwrap_or_default(),
        result: result.unwrap_or_default(),
    }
}
