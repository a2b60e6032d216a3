//! What the model reads of a conversation, in the one shape that the strictest chat templates take: one system message,
//! first; the person and the assistant in turn; nothing between calls and their results; words of the assistant's
//! between results and the person's next message. The same rows read the same in every request, byte for byte, so that
//! a provider's cache keeps what it has read.

use std::fmt::Write as _;

use model::{ModelMessage, ToolCall};
use store::messages::Role;

use crate::chat::{calls::Call, message::Message, prompt::sent, text::one_line};

/// Stands where the assistant said nothing.
const UNFINISHED: &str = "(This answer was not finished.)";
/// The longest note of ours has half as many characters.
const LONGEST_NOTE: usize = 400;

/// A conversation as the model reads it.
pub(super) struct Transcript<'a> {
    messages: Vec<ModelMessage>,
    time_zone: &'a str,
    /// What the application has to say with the person's next message.
    notes: Vec<String>,
}

impl<'a> Transcript<'a> {
    /// Begins with the rules, for somebody in a time zone.
    pub fn new(prompt: String, time_zone: &'a str) -> Self {
        Self {
            messages: vec![ModelMessage::System(prompt)],
            time_zone,
            notes: Vec::new(),
        }
    }

    /// Notes something for the person's next message. Nothing that others wrote may stand in it.
    pub fn note(&mut self, note: &str) {
        self.notes.push(one_line(note, LONGEST_NOTE));
    }

    pub fn row(&mut self, row: &Message) {
        let begun = self.messages.len() > 1;
        match row.role {
            // The answer is the result of the call that asked.
            Role::User if !row.begins_exchange() => {}
            Role::User => self.person(row),
            Role::Unfinished => self
                .notes
                .extend(row.failure().map(|failure| failure.note())),
            Role::System => self.note(&row.content),
            Role::Assistant if begun => self.assistant(&row.content),
            Role::Tool if begun => append_calls(&mut self.messages, row.calls()),
            // What became of a list or a question is told by the calls that it belongs to.
            Role::Widget | Role::Input | Role::Assistant | Role::Tool => {}
        }
    }

    /// The person's message. Its first line is the application's alone, so that nothing that stands in the message can
    /// be taken for it.
    fn person(&mut self, row: &Message) {
        let silent = match self.messages.last() {
            None | Some(ModelMessage::System(_)) => false,
            Some(ModelMessage::Assistant { calls, .. }) => !calls.is_empty(),
            Some(ModelMessage::User(_) | ModelMessage::ToolResult { .. }) => true,
        };
        if silent {
            self.assistant(UNFINISHED);
        }
        let mentioned = row.mentioned();
        if !mentioned.is_empty() {
            let ids: Vec<String> = mentioned.iter().map(i64::to_string).collect();
            // Their titles stand in the message already, and are no words of ours.
            self.note(&format!(
                "The tasks mentioned with @ have, in this order, the ids {}.",
                ids.join(", ")
            ));
        }
        let mut text = format!("[{}.", sent(row.created_at, self.time_zone));
        for note in self.notes.drain(..) {
            // Writing to a string cannot fail.
            let _ = write!(text, " {note}");
        }
        let _ = write!(text, "]\n\n{}", row.content);
        self.messages.push(ModelMessage::User(text));
    }

    fn assistant(&mut self, said: &str) {
        if said.trim().is_empty() {
            return;
        }
        match self.messages.last_mut() {
            Some(ModelMessage::Assistant {
                text: Some(text),
                calls,
            }) if calls.is_empty() => {
                text.push_str("\n\n");
                text.push_str(said);
            }
            _ => self.messages.push(ModelMessage::Assistant {
                text: Some(said.to_owned()),
                calls: Vec::new(),
            }),
        }
    }

    /// What is left. It ends in what is to be answered: many providers refuse words of the assistant's there, as they are
    /// left by a turn that is gone on with.
    pub fn into_messages(mut self) -> Vec<ModelMessage> {
        let said = |last: &mut ModelMessage| matches!(last, ModelMessage::Assistant { calls, .. } if calls.is_empty());
        while self.messages.pop_if(said).is_some() {}
        self.messages
    }
}

/// Appends the calls of a step, with the words said just before them, and one result for each.
pub(super) fn append_calls(input: &mut Vec<ModelMessage>, calls: &[Call]) {
    if calls.is_empty() {
        return;
    }
    let made: Vec<ToolCall> = calls.iter().map(made).collect();
    match input.last_mut() {
        Some(ModelMessage::Assistant { calls, .. }) if calls.is_empty() => *calls = made,
        _ => input.push(ModelMessage::Assistant {
            text: None,
            calls: made,
        }),
    }
    input.extend(calls.iter().map(|call| ModelMessage::ToolResult {
        call_id: call.id.clone(),
        content: call.for_model(),
    }));
}

fn made(call: &Call) -> ToolCall {
    ToolCall {
        id: call.id.clone(),
        name: call.tool.clone(),
        arguments: call.args.to_string(),
        extra: call.extra.clone(),
    }
}

#[cfg(test)]
mod tests;
