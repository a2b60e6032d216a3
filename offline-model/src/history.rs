//! A request's messages seen as a conversation: what was said before, what is asked now, and what
//! has been done about it in this turn.

use jiff::Zoned;
use serde_json::Value;

use crate::command::Command;
use crate::results::{self, Done};
use crate::wire::{Message, Role, ToolCall};
use crate::{due, sentences};

/// The last thing the user said, with everything around it.
pub(crate) struct Turn {
    /// The first system message, which is the prompt.
    pub prompt: String,
    /// The clock in it.
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

/// One piece of the conversation.
pub(crate) enum Said {
    User(String),
    Assistant(String),
    Tool(Done),
}

impl Turn {
    pub fn of(messages: &[Message]) -> Self {
        let (before, now) = messages.split_at(beginning(messages).unwrap_or(messages.len()));
        let after = now.get(1..).unwrap_or_default();
        let text = |message: Option<&Message>| message.map(|m| m.text.clone()).unwrap_or_default();
        let prompt = text(messages.iter().find(|message| message.role == Role::System));
        let calls = |message: &&Message| !message.calls.is_empty();
        let answer =
            |message: &Message| message.role == Role::Assistant && message.calls.is_empty();
        let told = after.get(..after.iter().rposition(answer).unwrap_or_default());
        let steps = after.iter().filter(calls);
        Self {
            now: due::clock(&prompt),
            prompt,
            before: before
                .iter()
                .flat_map(|message| said(message, before))
                .collect(),
            user: text(now.first()),
            steps: steps
                .map(|message| message.calls.iter().map(|call| done(call, after)).collect())
                .collect(),
            told: told.unwrap_or_default().iter().filter(calls).count(),
        }
    }

    /// What the user said before, latest first.
    pub fn said_before(&self) -> impl Iterator<Item = &str> {
        self.before.iter().rev().filter_map(|said| match said {
            Said::User(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// Where the turn begins: at the last thing the user said, or further back where that says to go
/// on, or only answers a question of the application about a call, and the call has its result.
fn beginning(messages: &[Message]) -> Option<usize> {
    let asked = messages
        .iter()
        .rposition(|message| message.role == Role::User)?;
    let (before, now) = messages.split_at(asked);
    let said = now.first()?;
    let answered = before.last().is_some_and(|last| last.role == Role::Tool);
    match sentences::parse(&said.text).as_slice() {
        [Command::GoOn] => {}
        [Command::Yes | Command::No] if answered => {}
        _ if answered && was_chosen(&said.text, before) => {}
        _ => return Some(asked),
    }
    beginning(before).or(Some(asked))
}

fn was_chosen(said: &str, before: &[Message]) -> bool {
    let results = before
        .iter()
        .rev()
        .take_while(|message| message.role == Role::Tool);
    let mut results = results.map(|message| results::read(&message.text));
    results.any(|result| {
        let answer = result.get("answer").and_then(Value::as_str);
        answer.is_some_and(|answer| answer.trim() == said.trim())
    })
}

fn said(message: &Message, all: &[Message]) -> Vec<Said> {
    let text = message.text.clone();
    let blank = text.trim().is_empty();
    match message.role {
        Role::User if !blank => vec![Said::User(text)],
        Role::Assistant => {
            let words = (!blank).then_some(Said::Assistant(text));
            let calls = message.calls.iter().map(|call| Said::Tool(done(call, all)));
            words.into_iter().chain(calls).collect()
        }
        _ => Vec::new(),
    }
}

fn done(call: &ToolCall, messages: &[Message]) -> Done {
    let mut answers = messages.iter();
    let answer = answers.find(|message| message.answers.as_deref() == Some(&call.id));
    Done {
        name: call.function.name.clone(),
        arguments: serde_json::from_str(&call.function.arguments).unwrap_or_default(),
        result: answer
            .map(|answer| results::read(&answer.text))
            .unwrap_or_default(),
    }
}
