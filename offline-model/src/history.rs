//! A request's messages seen as a conversation: what was said before, what is asked now, and what
//! has been done about it in this turn.

use serde_json::Value;

use crate::wire::{Message, Request, Role, ToolCall};
use crate::{results, sentences};

/// The last thing the user said, with everything around it.
pub(crate) struct Turn {
    /// The first system message, which is the prompt.
    pub prompt: String,
    /// What came before it, oldest first.
    pub before: Vec<Said>,
    /// It.
    pub user: String,
    /// Tool calls since, a step for each message of the assistant.
    pub steps: Vec<Vec<Done>>,
}

/// One piece of the conversation.
pub(crate) enum Said {
    User(String),
    Assistant(String),
    Tool(Done),
}

/// A tool call with its result, `Null` if none came.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub name: String,
    pub arguments: Value,
    pub result: Value,
}

impl Turn {
    pub fn of(request: &Request) -> Self {
        let messages = &request.messages;
        let (before, now) = messages.split_at(beginning(messages).unwrap_or(messages.len()));
        let after = now.get(1..).unwrap_or_default();
        let text = |message: Option<&Message>| message.map(|m| m.text.clone()).unwrap_or_default();
        let steps = after.iter().filter(|message| !message.calls.is_empty());
        Self {
            prompt: text(messages.iter().find(|message| message.role == Role::System)),
            before: before
                .iter()
                .flat_map(|message| said(message, before))
                .collect(),
            user: text(now.first()),
            steps: steps
                .map(|message| message.calls.iter().map(|call| done(call, after)).collect())
                .collect(),
        }
    }

    /// The last text of the assistant before the user's.
    pub fn last_answer(&self) -> Option<&str> {
        let last = self
            .before
            .iter()
            .rfind(|said| !matches!(said, Said::Tool(_)));
        match last? {
            Said::Assistant(text) => Some(text),
            _ => None,
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

/// Where the turn begins: at the last thing the user said, or further back where that only answers
/// a question of the application about a call, and the call has its result.
fn beginning(messages: &[Message]) -> Option<usize> {
    let asked = messages
        .iter()
        .rposition(|message| message.role == Role::User)?;
    let (before, now) = messages.split_at(asked);
    let answered = before.last().is_some_and(|last| last.role == Role::Tool)
        && now.first().is_some_and(|said| settles(&said.text, before));
    if answered {
        return beginning(before).or(Some(asked));
    }
    Some(asked)
}

fn settles(said: &str, before: &[Message]) -> bool {
    let results = before
        .iter()
        .rev()
        .take_while(|message| message.role == Role::Tool);
    let chosen = results
        .map(|message| results::read(&message.text))
        .any(|result| {
            let answer = result.get("answer").and_then(Value::as_str);
            answer.is_some_and(|answer| answer.trim() == said.trim())
        });
    chosen || sentences::is_yes_or_no(said)
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
    let answer = messages
        .iter()
        .find(|message| message.answers.as_deref() == Some(&call.id));
    Done {
        name: call.function.name.clone(),
        arguments: serde_json::from_str(&call.function.arguments).unwrap_or_default(),
        result: answer
            .map(|answer| results::read(&answer.text))
            .unwrap_or_default(),
    }
}
