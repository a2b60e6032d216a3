//! A request's messages seen as a conversation: what was said before, what is asked now, and what
//! has been done about it in this turn.

use jiff::Zoned;

use crate::command::Command;
use crate::results::{self, Done};
use crate::wire::{Message, Role, ToolCall};
use crate::{due, sentences};

/// The last thing the user said, with everything around it.
#[derive(Default)]
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

/// What the user said, or the assistant said and did.
pub(crate) struct Said {
    pub by_user: bool,
    pub text: String,
    pub done: Vec<Done>,
}

impl Turn {
    pub fn of(messages: &[Message]) -> Self {
        let prompt = messages.iter().find(|message| message.role == Role::System);
        let prompt = prompt
            .map(|message| message.text.clone())
            .unwrap_or_default();
        let talk = messages
            .iter()
            .filter(|message| [Role::User, Role::Assistant].contains(&message.role));
        let mut before: Vec<Said> = talk.map(|message| said(message, messages)).collect();
        let mut after = before
            .split_off(beginning(&before).unwrap_or(before.len()))
            .into_iter();
        let user = after.next().map(|said| said.text).unwrap_or_default();
        let after: Vec<Said> = after.collect();
        let answer = after
            .iter()
            .rposition(|said| !said.by_user && said.done.is_empty());
        let told = after.iter().take(answer.unwrap_or_default());
        Self {
            now: due::clock(&prompt),
            told: told.filter(|said| !said.done.is_empty()).count(),
            steps: after
                .into_iter()
                .map(|said| said.done)
                .filter(|done| !done.is_empty())
                .collect(),
            prompt,
            before,
            user,
        }
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
    let text = now.first()?.text.trim();
    let made = before.last().map_or([].as_slice(), |said| &said.done);
    let mut answers = made
        .iter()
        .map(|done| results::text(&done.result, "answer").trim());
    match sentences::parse(text).as_slice() {
        [Command::GoOn] => {}
        [Command::Yes | Command::No] if !made.is_empty() => {}
        _ if answers.any(|answer| answer == text) => {}
        _ => return Some(asked),
    }
    beginning(before).or(Some(asked))
}

fn said(message: &Message, all: &[Message]) -> Said {
    Said {
        by_user: message.role == Role::User,
        text: message.text.clone(),
        done: message.calls.iter().map(|call| done(call, all)).collect(),
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
