//! From stored messages to what the model reads.

use model::{ModelMessage, ToolCall};
use store::messages::{self, Message, Role};

use super::{
    Shared,
    round::{Call, Round},
    turn::only_answers,
};

/// Older messages are left out beyond this, whatever their number.
const LARGEST_HISTORY: usize = 256 * 1024;

/// What of a conversation the model reads.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Whole turns, the newest last; the one that is being answered is always among them.
    pub messages: Vec<Message>,
    /// How many older messages are left out.
    pub left_out: i64,
}

/// Reads the newest messages of a question's conversation: as many whole turns as are no more than the setting allows
/// and not larger than [`LARGEST_HISTORY`]. A turn begins with what the person said, so no call is cut from its result.
pub(crate) async fn read(
    chat: &Shared,
    owner: &str,
    question: &Message,
) -> Result<Past, store::Error> {
    let conversation = question.conversation_id;
    let mut recent = messages::recent(&chat.db, owner, conversation, chat.max_history).await?;
    if recent.iter().all(|message| message.id != question.id) {
        recent = messages::since(&chat.db, owner, conversation, question.id).await?;
    }
    let messages = newest_turns(recent);
    let left_out = match messages.first() {
        Some(first) => messages::count_before(&chat.db, owner, conversation, first.id).await?,
        None => 0,
    };
    Ok(Past { messages, left_out })
}

/// What the model reads: the prompt, then the past.
pub(crate) fn to_model(prompt: String, past: &Past) -> Vec<ModelMessage> {
    let mut input = vec![ModelMessage::System(prompt)];
    if past.left_out > 0 {
        input.push(ModelMessage::System(format!(
            "The conversation is longer than what follows: {} older messages are left out.",
            past.left_out
        )));
    }
    for message in &past.messages {
        append(&mut input, message);
    }
    input
}

/// The newest turns that fit together; the last one fits always.
fn newest_turns(mut messages: Vec<Message>) -> Vec<Message> {
    let mut begin = messages.len();
    let mut size = 0;
    let mut last = true;
    for (index, message) in messages.iter().enumerate().rev() {
        size += message.content.len() + Round::read(message).map_or(0, |round| size_of(&round));
        if size > LARGEST_HISTORY && !last {
            break;
        }
        if message.role == Role::User && !only_answers(message) {
            begin = index;
            last = false;
        }
    }
    messages.split_off(begin)
}

fn size_of(round: &Round) -> usize {
    round
        .calls
        .iter()
        .map(|call| call.for_model().len() + 200)
        .sum()
}

fn append(input: &mut Vec<ModelMessage>, message: &Message) {
    match message.role {
        // The answer is the result of the call that asked.
        Role::User if only_answers(message) => {}
        Role::User => {
            input.push(ModelMessage::User(message.content.clone()));
            input.extend(mentions(message).map(ModelMessage::System));
        }
        // What became of it is told by the calls that it belongs to.
        Role::Widget | Role::Input => {}
        Role::System => input.push(ModelMessage::System(message.content.clone())),
        Role::Assistant if message.content.trim().is_empty() => {}
        Role::Assistant => input.push(ModelMessage::Assistant {
            text: Some(message.content.clone()),
            calls: Vec::new(),
        }),
        Role::Tool => {
            if let Some(round) = Round::read(message) {
                append_round(input, &round);
            }
        }
    }
}

/// Which tasks the person mentions by tag. Their titles stand in the message already, and are no words of ours.
fn mentions(message: &Message) -> Option<String> {
    let mentioned = message.payload.as_ref()?.get("mentioned")?.as_array()?;
    let numbers: Vec<String> = mentioned.iter().map(ToString::to_string).collect();
    Some(format!(
        "The tasks mentioned with @ in the message above have, in this order, the ids {}.",
        numbers.join(", ")
    ))
}

/// Appends a round: its calls, with the words said just before them, and one result for each.
pub(crate) fn append_round(input: &mut Vec<ModelMessage>, round: &Round) {
    let made: Vec<ToolCall> = round.calls.iter().map(made).collect();
    match input.last_mut() {
        Some(ModelMessage::Assistant { calls, .. }) if calls.is_empty() => *calls = made,
        _ => input.push(ModelMessage::Assistant {
            text: None,
            calls: made,
        }),
    }
    input.extend(round.calls.iter().map(|call| ModelMessage::ToolResult {
        call_id: call.id.clone(),
        content: call.for_model(),
    }));
}

fn made(call: &Call) -> ToolCall {
    ToolCall {
        id: call.id.clone(),
        name: call.tool.clone(),
        arguments: if call.args.is_object() {
            call.args.to_string()
        } else {
            "{}".to_owned()
        },
        extra: call.extra.clone(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    fn message(id: i64, role: Role, content: &str) -> Message {
        Message {
            id,
            conversation_id: 1,
            role,
            content: content.to_owned(),
            tool_calls: None,
            payload: None,
            feedback: None,
            turn_id: None,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn round(id: i64, status: &str) -> Message {
        Message {
            tool_calls: Some(json!([
                {"id": "a", "tool": "add_task", "args": {"title": "Milk"}, "status": status, "result": {"task_id": 1}},
                {"id": "b", "tool": "list_tasks", "args": {}, "status": "waiting", "result": null},
            ])),
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

    fn of(messages: Vec<Message>) -> Past {
        Past {
            messages: newest_turns(messages),
            left_out: 0,
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
            said(&to_model(String::new(), &past)),
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
        assert_eq!(said(&to_model(String::new(), &past)), ["user thanks"]);
    }

    #[test]
    fn what_is_left_out_is_told() {
        let past = Past {
            left_out: 12,
            ..of(vec![message(4, Role::User, "thanks")])
        };
        let said = said(&to_model(String::new(), &past));
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
        let input = to_model(String::new(), &past);
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
            said(&to_model(String::new(), &past)),
            ["user hi", "note stopped", "user hello?"]
        );
    }

    #[test]
    fn a_history_beyond_the_limit_loses_its_oldest_turns_and_never_the_last() {
        let long = "x".repeat(LARGEST_HISTORY / 2);
        let mut messages = vec![
            message(1, Role::User, "first"),
            message(2, Role::Assistant, &long),
            message(3, Role::User, "second"),
            message(4, Role::Assistant, &long),
            message(5, Role::User, "and now?"),
        ];
        let past = of(messages.clone());
        assert_eq!(past.messages[0].content, "second");
        assert_eq!(past.messages.len(), 3);
        messages.truncate(4);
        messages.push(message(5, Role::Assistant, &long));
        messages.push(message(6, Role::Assistant, &long));
        assert_eq!(of(messages).messages.len(), 4, "the last turn stays whole");
    }
}
