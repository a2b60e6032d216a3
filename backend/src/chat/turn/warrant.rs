//! What the person's own words allow in a turn.

use store::messages::Role;

use crate::chat::{
    calls::Call,
    elicitation::Elicitation,
    guard::{Authority, Before},
    message::{Message, Payload},
};

/// The words that a turn may act on.
#[derive(Debug, Default)]
pub(super) struct Warrant {
    /// The message, and the answers to what was asked back about it.
    pub said: String,
    /// The tasks that it mentions by tag.
    pub mentioned: Vec<i64>,
    /// The exchange before it.
    pub before: Option<Exchange>,
}

/// A message and what came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Exchange {
    /// What the person said.
    pub said: String,
    /// The last thing that the assistant said to it.
    pub answer: String,
    /// The tasks that were changed or shown in it.
    pub tasks: Vec<i64>,
}

impl Warrant {
    /// Reads the words that a question stands for from the rows up to it. The answer to something that was asked back
    /// stands beside the message it was asked about.
    pub fn read(rows: &[Message], question: &Message) -> Self {
        let until = rows.iter().take_while(|row| row.id < question.id);
        let earlier: Vec<&Message> = until.collect();
        let mut warrant = Self::default();
        let begin = if question.begins_exchange() {
            warrant.hear(question);
            earlier.len()
        } else {
            let about = earlier.iter().rposition(|row| row.begins_exchange());
            if let Some(message) = about.and_then(|about| earlier.get(about)) {
                warrant.hear(message);
            }
            about.unwrap_or_default()
        };
        let answers = earlier.iter().skip(begin).copied().chain([question]);
        for answer in answers.filter_map(Message::elicitation) {
            warrant.said.push('\n');
            warrant.said.push_str(answer.chosen().unwrap_or_default());
        }
        warrant.before = exchange(earlier.get(..begin).unwrap_or_default());
        warrant
    }

    /// As the guard reads it.
    pub fn authority(&self) -> Authority<'_> {
        let before = self.before.as_ref();
        Authority {
            said: &self.said,
            before: before.map(|before| Before {
                said: &before.said,
                answer: &before.answer,
                tasks: &before.tasks,
            }),
            mentioned: &self.mentioned,
        }
    }

    fn hear(&mut self, message: &Message) {
        self.said.clone_from(&message.content);
        self.mentioned = message.mentioned().to_vec();
    }
}

/// The last exchange among some rows.
fn exchange(rows: &[&Message]) -> Option<Exchange> {
    let begin = rows.iter().rposition(|row| row.begins_exchange())?;
    let mut exchange = Exchange::default();
    for row in rows.get(begin..)? {
        match row.role {
            Role::User => {
                exchange.said.push_str(&row.content);
                exchange.said.push('\n');
            }
            Role::Assistant => exchange.answer.clone_from(&row.content),
            Role::Tool => {
                let changed = row.calls().iter().filter(|call| call.may_have_changed());
                exchange.tasks.extend(changed.filter_map(Call::task_id));
            }
            Role::Widget => {
                if let Payload::TaskList(list) = &row.payload {
                    exchange.tasks.extend(&list.ids);
                }
            }
            Role::Input => {
                exchange.answer = row.elicitation().map_or(exchange.answer, Elicitation::text);
            }
            Role::System => {}
        }
    }
    Some(exchange)
}
