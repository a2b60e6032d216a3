//! From stored messages to what the model reads.

use store::messages::{Message, Role};

use super::{
    model::{ModelMessage, ToolCall},
    round::{Call, Round},
};

/// Older messages are left out beyond this, whatever their number.
const LARGEST_HISTORY: usize = 256 * 1024;

/// What the model reads: the prompt, then as much of the messages as fits, beginning with something
/// the person said. `question` is the message to be answered and is always among them.
pub(crate) fn to_model(
    prompt: String,
    messages: &[Message],
    question: &Message,
) -> Vec<ModelMessage> {
    let mut input = vec![ModelMessage::System(prompt)];
    let kept = newest_that_fit(messages);
    let begin = kept.iter().position(|message| message.role == Role::User);
    let kept = begin.and_then(|begin| kept.get(begin..)).unwrap_or(kept);
    if kept.iter().all(|message| message.id != question.id) {
        input.push(ModelMessage::User(question.content.clone()));
    }
    for message in kept {
        append(&mut input, message);
    }
    input
}

fn newest_that_fit(messages: &[Message]) -> &[Message] {
    let mut size = 0;
    let fitting = messages
        .iter()
        .rev()
        .take_while(|message| {
            size += message.content.len() + Round::read(message).map_or(0, |round| size_of(&round));
            size <= LARGEST_HISTORY
        })
        .count();
    messages.get(messages.len() - fitting..).unwrap_or_default()
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
        Role::User => input.push(ModelMessage::User(message.content.clone())),
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

    #[test]
    fn a_round_keeps_its_words_its_calls_and_a_result_for_each() {
        let question = message(1, Role::User, "add milk");
        let messages = [
            question.clone(),
            message(2, Role::Assistant, "Sure."),
            round(3, "done"),
        ];
        assert_eq!(
            said(&to_model(String::new(), &messages, &question)),
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
        let question = message(4, Role::User, "thanks");
        let messages = [
            round(2, "done"),
            message(3, Role::Assistant, "Added."),
            question.clone(),
        ];
        assert_eq!(
            said(&to_model(String::new(), &messages, &question)),
            ["user thanks"]
        );
    }

    #[test]
    fn the_question_is_there_even_when_only_its_rounds_were_read() {
        let question = message(1, Role::User, "add milk");
        let messages = [round(3, "done")];
        let input = to_model(String::new(), &messages, &question);
        assert_eq!(said(&input)[..2], ["user add milk", "assistant - +2"]);
    }

    #[test]
    fn a_call_that_was_running_when_the_turn_ended_is_of_unknown_outcome() {
        let question = message(1, Role::User, "add milk");
        let input = to_model(
            String::new(),
            &[question.clone(), round(2, "running")],
            &question,
        );
        assert!(said(&input)[2].contains("not known whether this call was applied"));
    }

    #[test]
    fn hidden_notes_are_told_to_the_model_and_blank_answers_are_not() {
        let question = message(4, Role::User, "hello?");
        let messages = [
            message(1, Role::User, "hi"),
            message(2, Role::Assistant, " "),
            message(3, Role::System, "stopped"),
            question.clone(),
        ];
        assert_eq!(
            said(&to_model(String::new(), &messages, &question)),
            ["user hi", "note stopped", "user hello?"]
        );
    }

    #[test]
    fn a_history_beyond_the_limit_loses_its_oldest_messages() {
        let long = "x".repeat(LARGEST_HISTORY / 2);
        let question = message(5, Role::User, "and now?");
        let messages = [
            message(1, Role::User, "first"),
            message(2, Role::Assistant, &long),
            message(3, Role::User, "second"),
            message(4, Role::Assistant, &long),
            question.clone(),
        ];
        let input = to_model(String::new(), &messages, &question);
        assert_eq!(said(&input)[0], "user second");
        assert_eq!(input.len(), 4);
    }
}
