//! A request's messages seen as a conversation: what was said before, what is asked now, and what
//! has been done about it in this turn.

use serde_json::Value;

use crate::api::{Message, Request, Role};
use crate::tasks;

/// The last thing the user said, with everything around it.
pub(crate) struct Turn {
    /// Texts before it, oldest first.
    pub before: Vec<Said>,
    /// It.
    pub user: String,
    /// Tool calls since, a step for each message of the assistant.
    pub steps: Vec<Vec<Done>>,
}

/// One text of the conversation.
pub(crate) struct Said {
    pub by: Speaker,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    User,
    Assistant,
    /// The result of a tool call, as JSON text.
    Tool,
}

/// A tool call with its result, `Null` if none came.
pub(crate) struct Done {
    pub name: String,
    pub arguments: Value,
    pub result: Value,
}

impl Turn {
    pub fn of(request: &Request) -> Self {
        let messages = &request.messages;
        let asked = messages
            .iter()
            .rposition(|message| message.role == Role::User);
        let (before, now) = messages.split_at(asked.unwrap_or(messages.len()));
        let after = now.get(1..).unwrap_or_default();
        Self {
            before: before.iter().filter_map(said).collect(),
            user: now.first().map(Message::text).unwrap_or_default(),
            steps: after
                .iter()
                .filter_map(|message| step(message, after))
                .collect(),
        }
    }

    /// The last text of the assistant before the user's.
    pub fn last_answer(&self) -> Option<&str> {
        let last = self.before.iter().rfind(|said| said.by != Speaker::Tool)?;
        (last.by == Speaker::Assistant).then_some(last.text.as_str())
    }
}

fn said(message: &Message) -> Option<Said> {
    let by = match message.role {
        Role::User => Speaker::User,
        Role::Assistant => Speaker::Assistant,
        Role::Tool => Speaker::Tool,
        Role::System | Role::Developer => return None,
    };
    let text = message.text();
    (!text.trim().is_empty()).then_some(Said { by, text })
}

fn step(message: &Message, after: &[Message]) -> Option<Vec<Done>> {
    let calls = message
        .tool_calls
        .as_ref()
        .filter(|calls| !calls.is_empty())?;
    let done = calls.iter().map(|call| Done {
        name: call.function.name.clone(),
        arguments: serde_json::from_str(&call.function.arguments).unwrap_or_default(),
        result: after
            .iter()
            .find(|answer| answer.tool_call_id.as_deref() == Some(&call.id))
            .map(|answer| tasks::read_result(&answer.text()))
            .unwrap_or_default(),
    });
    Some(done.collect())
}
