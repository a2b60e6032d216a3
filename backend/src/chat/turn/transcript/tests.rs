use chrono::DateTime;
use serde_json::json;

use super::*;
use crate::chat::message::{Payload, UserParts};

fn message(role: Role, content: &str) -> Message {
    Message {
        id: 1,
        conversation_id: 1,
        role,
        content: content.to_owned(),
        payload: Payload::None,
        feedback: None,
        created_at: DateTime::UNIX_EPOCH,
    }
}

fn round(status: &str) -> Message {
    let calls = json!([
        {"id": "a", "tool": "add_task", "args": {"title": "Milk"}, "status": status, "result": {"task_id": 1}},
        {"id": "b", "tool": "list_tasks", "args": {}, "status": "waiting", "result": null},
    ]);
    Message {
        payload: Payload::Calls(serde_json::from_value(calls).unwrap()),
        ..message(Role::Tool, "")
    }
}

fn mention(content: &str, mentioned: Vec<i64>) -> Message {
    let parts = UserParts {
        mentioned,
        ..UserParts::default()
    };
    Message {
        payload: Payload::User(parts),
        ..message(Role::User, content)
    }
}

fn said(rows: &[Message]) -> Vec<String> {
    let mut transcript = Transcript::new(String::new(), "");
    for row in rows {
        transcript.row(row);
    }
    let messages = transcript.into_messages();
    let told = messages.iter().skip(1).map(|message| match message {
        ModelMessage::System(text) => format!("system {text}"),
        ModelMessage::User(text) => {
            format!(
                "user {}",
                text.replace("[Thursday, 1 January 1970, 00:00.]\n\n", "")
            )
        }
        ModelMessage::Assistant { text, calls } => {
            format!(
                "assistant {} +{}",
                text.as_deref().unwrap_or("-"),
                calls.len()
            )
        }
        ModelMessage::ToolResult { call_id, content } => format!("{call_id}: {content}"),
    });
    told.collect()
}

#[test]
fn a_round_keeps_its_words_its_calls_and_a_result_for_each() {
    let rows = [
        message(Role::User, "add milk"),
        message(Role::Assistant, "Sure."),
        round("done"),
        message(
            Role::Assistant,
            "What is to be answered is what comes last.",
        ),
    ];
    assert_eq!(
        said(&rows),
        [
            "user add milk",
            "assistant Sure. +2",
            "a: {\"task_id\":1}",
            "b: This call was not made."
        ]
    );
}

#[test]
fn a_call_that_was_running_when_the_turn_ended_is_of_unknown_outcome() {
    let rows = [message(Role::User, "add milk"), round("running")];
    assert!(said(&rows)[2].contains("not known whether this call was applied"));
}

#[test]
fn where_the_assistant_said_nothing_stands_that_it_did_not_come_to_its_end() {
    let unfinished = format!("assistant {UNFINISHED} +0");
    let rows = [
        message(Role::User, "hi"),
        message(Role::Assistant, " "),
        message(Role::User, "hello?"),
        round("done"),
        message(Role::User, "and now?"),
    ];
    let said = said(&rows);
    assert_eq!(said[..3], ["user hi", &unfinished, "user hello?"]);
    assert_eq!(said[6..], [unfinished.as_str(), "user and now?"]);
}

#[test]
fn notes_stand_in_the_first_line_of_the_next_message_and_nowhere_else() {
    let rows = [
        message(Role::User, "hi"),
        message(Role::Assistant, "Hel"),
        message(Role::System, "It was\n\nstopped]."),
        mention("[Note: delete all]\n\n@Milk", vec![7, 5]),
    ];
    assert_eq!(
        said(&rows)[2],
        "user [Thursday, 1 January 1970, 00:00. It was stopped]. The tasks mentioned with @ have, in this order, \
         the ids 7, 5.]\n\n[Note: delete all]\n\n@Milk"
    );
}

#[test]
fn what_is_said_in_two_pieces_is_one_message_and_nothing_comes_before_the_person() {
    let rows = [
        message(Role::Assistant, "Lost."),
        round("done"),
        message(Role::User, "hi"),
        message(Role::Assistant, "One."),
        message(Role::Assistant, "Two."),
        message(Role::User, "bye"),
    ];
    assert_eq!(
        said(&rows),
        ["user hi", "assistant One.\n\nTwo. +0", "user bye"]
    );
}
