//! The rows of a conversation as a turn knows them: read once, then kept in step with what the turn itself writes; and
//! what the model reads of them.

use model::{ModelMessage, ToolCall};
use store::messages::{self, Role};

use super::state::Turn;
use crate::chat::{
    calls::Call, elicitation::Elicitation, event::TurnEvent, failure::Failure, message::Message,
};

/// Older messages are left out beyond this, whatever their number.
const LARGEST: usize = 256 * 1024;
/// So many rows are read at least: a question to the person may still wait that far back, as after it come only presses
/// of buttons and notes about them.
const FEWEST: usize = 100;

/// The newest rows of a conversation, oldest first.
#[derive(Debug, Default)]
pub(super) struct History {
    pub rows: Vec<Message>,
    /// Whether there may be older ones.
    more: bool,
    /// How many messages that people see are before these.
    left_out: i64,
}

impl History {
    /// Reads the rows up to the end, with as many before `question` as a turn can need.
    pub async fn read(turn: &Turn<'_>, question: Option<i64>) -> Result<Self, Failure> {
        let before = turn.chat.max_history.max(FEWEST);
        let question = question.unwrap_or(i64::MAX);
        let (db, owner) = (&turn.chat.db, &turn.request.owner);
        let limit = i64::try_from(before).unwrap_or(i64::MAX);
        let rows = messages::around(db, owner, turn.conversation, question, limit).await?;
        let earlier = rows.iter().take_while(|row| row.id < question).count();
        Ok(Self {
            rows: rows.into_iter().map(Message::from).collect(),
            more: earlier >= before,
            left_out: 0,
        })
    }

    pub fn get(&self, id: i64) -> Option<&Message> {
        self.rows.iter().find(|row| row.id == id)
    }

    pub fn get_mut(&mut self, id: i64) -> Option<&mut Message> {
        self.rows.iter_mut().find(|row| row.id == id)
    }

    /// The last question to the person, and its row.
    pub fn last_elicitation(&self) -> Option<(i64, &Elicitation)> {
        let mut newest = self.rows.iter().rev();
        newest.find_map(|row| Some((row.id, row.elicitation()?)))
    }

    /// The rows of the answer to a question that people see, and whether something else was asked since.
    pub fn answer_to(&self, question: i64) -> (Vec<Message>, bool) {
        let after = || self.rows.iter().filter(|row| row.id > question);
        let answer = after().take_while(|row| row.role != Role::User);
        let shown = answer.filter(|row| row.role != Role::System);
        let gone_on = after().any(|row| row.role == Role::User);
        (shown.cloned().collect(), gone_on)
    }

    /// Forgets what came after a question, but for the calls of its own answer that changed something, which it gives: the
    /// model has to see them, or it would do the same again.
    pub async fn forget_after(
        &mut self,
        turn: &Turn<'_>,
        question: i64,
    ) -> Result<Vec<TurnEvent>, Failure> {
        let (mut kept, _) = self.answer_to(question);
        kept.retain(Message::changed_something);
        let ids: Vec<i64> = kept.iter().map(|row| row.id).collect();
        let (db, owner) = (&turn.chat.db, &turn.request.owner);
        messages::delete_after(db, owner, turn.conversation, question, &ids).await?;
        self.rows
            .retain(|row| row.id <= question || ids.contains(&row.id));
        Ok(kept.into_iter().map(TurnEvent::Kept).collect())
    }

    /// Leaves out what the model does not read: it gets as many whole turns as are no more than the setting allows and
    /// not larger than [`LARGEST`]. A turn begins with what the person said, so no call is cut from its result; the one
    /// that is being answered stays whole.
    pub async fn cut(&mut self, turn: &Turn<'_>, question: i64) -> Result<(), Failure> {
        let newest = self.rows.len().saturating_sub(turn.chat.max_history);
        let question = self.rows.iter().position(|row| row.id == question);
        let first = question.map_or(newest, |question| question.min(newest));
        let first = first + begin_of_newest(self.rows.get(first..).unwrap_or_default());
        let rest = self.rows.split_off(first);
        let out = std::mem::replace(&mut self.rows, rest);
        self.left_out = if let (true, Some(first)) = (self.more, self.rows.first()) {
            let (db, owner) = (&turn.chat.db, &turn.request.owner);
            messages::count_before(db, owner, turn.conversation, first.id).await?
        } else {
            let seen = out.iter().filter(|row| row.role != Role::System).count();
            i64::try_from(seen).unwrap_or(i64::MAX)
        };
        Ok(())
    }

    /// What the model reads: the prompt, then the rows.
    pub fn to_model(&self, prompt: String) -> Vec<ModelMessage> {
        let mut input = vec![ModelMessage::System(prompt)];
        if self.left_out > 0 {
            input.push(ModelMessage::System(format!(
                "The conversation is longer than what follows: {} older messages are left out.",
                self.left_out
            )));
        }
        for row in &self.rows {
            append(&mut input, row);
        }
        input
    }
}

/// Where the newest turns begin that fit together; the last one fits always.
fn begin_of_newest(rows: &[Message]) -> usize {
    let mut begin = rows.len();
    let mut size = 0;
    for (index, row) in rows.iter().enumerate().rev() {
        size += row.content.len();
        size += row
            .calls()
            .iter()
            .map(|call| call.for_model().len() + 200)
            .sum::<usize>();
        if size > LARGEST && begin < rows.len() {
            break;
        }
        if row.begins_exchange() {
            begin = index;
        }
    }
    begin
}

fn append(input: &mut Vec<ModelMessage>, row: &Message) {
    match row.role {
        // The answer is the result of the call that asked.
        Role::User if !row.begins_exchange() => {}
        Role::User => {
            input.push(ModelMessage::User(row.content.clone()));
            if !row.mentioned().is_empty() {
                let ids: Vec<String> = row.mentioned().iter().map(i64::to_string).collect();
                // Their titles stand in the message already, and are no words of ours.
                input.push(ModelMessage::System(format!(
                    "The tasks mentioned with @ in the message above have, in this order, the ids {}.",
                    ids.join(", ")
                )));
            }
        }
        // What became of it is told by the calls that it belongs to.
        Role::Widget | Role::Input => {}
        Role::Unfinished => {
            input.extend(
                row.failure()
                    .map(|failure| ModelMessage::System(failure.note())),
            );
        }
        Role::System => input.push(ModelMessage::System(row.content.clone())),
        Role::Assistant if row.content.trim().is_empty() => {}
        Role::Assistant => input.push(ModelMessage::Assistant {
            text: Some(row.content.clone()),
            calls: Vec::new(),
        }),
        Role::Tool => append_calls(input, row.calls()),
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
    let arguments = call.args.as_object().map(|_| call.args.to_string());
    ToolCall {
        id: call.id.clone(),
        name: call.tool.clone(),
        arguments: arguments.unwrap_or_else(|| "{}".to_owned()),
        extra: call.extra.clone(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::chat::message::Payload;

    fn message(id: i64, role: Role, content: &str) -> Message {
        Message {
            id,
            conversation_id: 1,
            role,
            content: content.to_owned(),
            payload: Payload::None,
            feedback: None,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn round(id: i64, status: &str) -> Message {
        let calls = json!([
            {"id": "a", "tool": "add_task", "args": {"title": "Milk"}, "status": status, "result": {"task_id": 1}},
            {"id": "b", "tool": "list_tasks", "args": {}, "status": "waiting", "result": null},
        ]);
        Message {
            payload: Payload::Calls(serde_json::from_value(calls).unwrap()),
            ..message(id, Role::Tool, "")
        }
    }

    fn said(input: &[ModelMessage]) -> Vec<String> {
        input
            .iter()
            .skip(1)
            .map(|message| match message {
                ModelMessage::System(text) => format!("note {text}"),
                ModelMessage::User(text) => format!("user {text}"),
                ModelMessage::Assistant { text, calls } => {
                    format!(
                        "assistant {} +{}",
                        text.as_deref().unwrap_or("-"),
                        calls.len()
                    )
                }
                ModelMessage::ToolResult { call_id, content } => format!("{call_id}: {content}"),
            })
            .collect()
    }

    fn of(mut messages: Vec<Message>) -> History {
        History {
            rows: messages.split_off(begin_of_newest(&messages)),
            ..History::default()
        }
    }

    #[test]
    fn a_round_keeps_its_words_its_calls_and_a_result_for_each() {
        let past = of(vec![
            message(1, Role::User, "add milk"),
            message(2, Role::Assistant, "Sure."),
            round(3, "done"),
        ]);
        assert_eq!(
            said(&past.to_model(String::new())),
            [
                "user add milk",
                "assistant Sure. +2",
                "a: {\"task_id\":1}",
                "b: This call was not made."
            ]
        );
    }

    #[test]
    fn what_is_cut_off_never_begins_in_the_middle_of_an_answer() {
        let past = of(vec![
            round(2, "done"),
            message(3, Role::Assistant, "Added."),
            message(4, Role::User, "thanks"),
        ]);
        assert_eq!(said(&past.to_model(String::new())), ["user thanks"]);
    }

    #[test]
    fn what_is_left_out_is_told() {
        let past = History {
            left_out: 12,
            ..of(vec![message(4, Role::User, "thanks")])
        };
        let said = said(&past.to_model(String::new()));
        assert!(
            said[0].contains("12 older messages are left out"),
            "{said:?}"
        );
        assert_eq!(said[1], "user thanks");
    }

    #[test]
    fn a_call_that_was_running_when_the_turn_ended_is_of_unknown_outcome() {
        let past = of(vec![
            message(1, Role::User, "add milk"),
            round(2, "running"),
        ]);
        let input = past.to_model(String::new());
        assert!(said(&input)[2].contains("not known whether this call was applied"));
    }

    #[test]
    fn hidden_notes_are_told_to_the_model_and_blank_answers_are_not() {
        let past = of(vec![
            message(1, Role::User, "hi"),
            message(2, Role::Assistant, " "),
            message(3, Role::System, "stopped"),
            message(4, Role::User, "hello?"),
        ]);
        assert_eq!(
            said(&past.to_model(String::new())),
            ["user hi", "note stopped", "user hello?"]
        );
    }

    #[test]
    fn a_history_beyond_the_limit_loses_its_oldest_turns_and_never_the_last() {
        let long = "x".repeat(LARGEST / 2);
        let mut messages = vec![
            message(1, Role::User, "first"),
            message(2, Role::Assistant, &long),
            message(3, Role::User, "second"),
            message(4, Role::Assistant, &long),
            message(5, Role::User, "and now?"),
        ];
        let past = of(messages.clone());
        assert_eq!(past.rows[0].content, "second");
        assert_eq!(past.rows.len(), 3);
        messages.truncate(4);
        messages.push(message(5, Role::Assistant, &long));
        messages.push(message(6, Role::Assistant, &long));
        assert_eq!(of(messages).rows.len(), 4, "the last turn stays whole");
    }
}
