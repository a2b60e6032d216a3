//! What of a conversation is sent, in the shape that the strictest provider takes.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use crate::{ModelMessage, ToolCall};

/// Results of tools are shortened to no less.
const SHORTEST_RESULT: usize = 512;
/// Stands where the rest of a result would.
const SHORTENED: &str = "… [The rest of this result is left out: it is too long. Ask for fewer at a time (limit), and then for those after \
                         them (cursor).]";

/// The newest turns that fit, with what comes before all turns. Where they do not, old turns go until half of the room is
/// free, so that the next requests begin as this one does. The newest turn stays whatever its size, with its longest results
/// shortened.
pub(crate) fn fitting(messages: &[ModelMessage], most: usize) -> Vec<ModelMessage> {
    let is_user = |message: &&ModelMessage| matches!(message, ModelMessage::User(_));
    let head = messages.iter().take_while(|message| !is_user(message));
    let mut kept: Vec<&ModelMessage> = head.collect();
    let rest = messages.get(kept.len()..).unwrap_or_default();
    let room = most.saturating_sub(size(kept.iter().copied()));
    let mut turns: VecDeque<&[ModelMessage]> = VecDeque::new();
    let mut used = 0;
    // As it was for the requests before: a turn came after the other.
    for turn in rest.chunk_by(|_, next| !is_user(&next)) {
        used += size(turn);
        turns.push_back(turn);
        if used > room {
            while used > room / 2 && turns.len() > 1 {
                used -= turns.pop_front().map_or(0, size);
            }
        }
    }
    kept.extend(turns.into_iter().flatten());
    let mut kept: Vec<ModelMessage> = kept.into_iter().cloned().collect();
    let mut longest = most;
    while size(&kept) > most && longest >= 2 * SHORTEST_RESULT {
        longest /= 2;
        for message in &mut kept {
            if let ModelMessage::ToolResult { content, .. } = message
                && content.len() > longest + SHORTENED.len()
            {
                content.truncate(content.floor_char_boundary(longest));
                content.push_str(SHORTENED);
            }
        }
    }
    kept
}

/// The bytes that the model reads.
pub(crate) fn size<'a>(messages: impl IntoIterator<Item = &'a ModelMessage>) -> usize {
    messages.into_iter().map(ModelMessage::len).sum()
}

/// Whether a call's arguments are what they have to be.
pub(crate) fn is_object(arguments: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(arguments).is_ok()
}

/// The messages with ids of ours for the calls: each once in a request, of the nine letters and digits that every
/// provider takes, and the same for the same conversation. Where `single`, each message has one call at most.
pub(crate) fn shaped(messages: Vec<ModelMessage>, single: bool) -> Vec<ModelMessage> {
    let mut shaped: Vec<ModelMessage> = Vec::with_capacity(messages.len());
    let mut open: Vec<(String, String)> = Vec::new();
    let mut waiting: VecDeque<ToolCall> = VecDeque::new();
    let mut count = 0;
    for message in messages {
        match message {
            ModelMessage::Assistant { text, calls } if !calls.is_empty() => {
                let mut renamed = VecDeque::new();
                open.clear();
                for mut call in calls {
                    count += 1;
                    let id = format!("call{count:05}");
                    open.push((std::mem::replace(&mut call.id, id.clone()), id));
                    // What is no object some templates refuse to read.
                    if !is_object(&call.arguments) {
                        "{}".clone_into(&mut call.arguments);
                    }
                    renamed.push_back(call);
                }
                if single {
                    waiting = renamed.split_off(1);
                }
                shaped.push(ModelMessage::Assistant {
                    text,
                    calls: renamed.into(),
                });
            }
            ModelMessage::ToolResult { call_id, content } => {
                let known = open.iter().position(|(theirs, _)| *theirs == call_id);
                let Some(known) = known else { continue };
                let (_, call_id) = open.remove(known);
                if let Some(next) = waiting.pop_front_if(|call| call.id == call_id) {
                    shaped.push(ModelMessage::Assistant {
                        text: None,
                        calls: vec![next],
                    });
                }
                shaped.push(ModelMessage::ToolResult { call_id, content });
            }
            other => shaped.push(other),
        }
    }
    shaped
}

/// Where the turn begins that is being answered.
pub(crate) fn this_turn(messages: &[ModelMessage]) -> usize {
    let is_user = |message: &ModelMessage| matches!(message, ModelMessage::User(_));
    messages.iter().rposition(is_user).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(ids: &[&str]) -> ModelMessage {
        let calls = ids.iter().map(|id| ToolCall {
            id: (*id).to_owned(),
            ..ToolCall::default()
        });
        ModelMessage::Assistant {
            text: None,
            calls: calls.collect(),
        }
    }

    fn result(id: &str) -> ModelMessage {
        ModelMessage::ToolResult {
            call_id: id.to_owned(),
            content: id.to_owned(),
        }
    }

    fn told(messages: Vec<ModelMessage>) -> Vec<String> {
        let told = messages.into_iter().map(|message| match message {
            ModelMessage::Assistant { calls, .. } => {
                let ids: Vec<String> = calls.into_iter().map(|call| call.id).collect();
                ids.join(" ")
            }
            ModelMessage::ToolResult { call_id, content } => format!("{call_id} {content}"),
            ModelMessage::User(text) | ModelMessage::System(text) => text,
        });
        told.collect()
    }

    #[test]
    fn every_call_has_an_id_of_its_own_that_its_result_has_too() {
        let messages = [
            calls(&["a", ""]),
            result("a"),
            result(""),
            calls(&["a"]),
            result("a"),
        ];
        assert_eq!(
            told(shaped(messages.to_vec(), false)),
            [
                "call00001 call00002",
                "call00001 a",
                "call00002 ",
                "call00003",
                "call00003 a"
            ]
        );
    }

    #[test]
    fn calls_made_at_once_are_told_one_after_the_other_where_they_have_to_be() {
        let messages = [calls(&["a", "b"]), result("a"), result("b")];
        assert_eq!(
            told(shaped(messages.to_vec(), true)),
            ["call00001", "call00001 a", "call00002", "call00002 b"]
        );
    }

    #[test]
    fn old_turns_go_in_large_steps_and_the_newest_never() {
        let turn = |name: &str| ModelMessage::User(name.repeat(10));
        let all: Vec<ModelMessage> = [ModelMessage::System("rules".to_owned())]
            .into_iter()
            .chain(["a", "b", "c", "d", "e", "f"].map(turn))
            .collect();
        let first = |turns: usize, room| match &fitting(&all[..=turns], room)[..] {
            [ModelMessage::System(_), ModelMessage::User(first), ..] => first[..1].to_owned(),
            _ => String::new(),
        };
        let firsts: Vec<String> = (1..=6).map(|turns| first(turns, 45)).collect();
        assert_eq!(firsts, ["a", "a", "a", "a", "d", "d"]);
        assert_eq!(first(6, 0), "f");
    }

    #[test]
    fn long_results_of_the_newest_turn_are_shortened_until_it_fits_and_short_ones_are_not() {
        let of = |content: String| ModelMessage::ToolResult {
            call_id: "a".to_owned(),
            content,
        };
        let all = [
            ModelMessage::User("all".to_owned()),
            of("ü".repeat(5_000)),
            of("short".to_owned()),
            of("long".repeat(2_000)),
        ];
        let sent = fitting(&all, 6_000);
        assert!(size(&sent) <= 6_000 && size(&sent) > 3_000, "{sent:?}");
        assert_eq!([&sent[0], &sent[2]], [&all[0], &all[2]]);
        for message in [&sent[1], &sent[3]] {
            let ModelMessage::ToolResult { content, .. } = message else {
                unreachable!()
            };
            assert!(content.ends_with(SHORTENED) && content.len() > 1_000);
        }
        assert_eq!(fitting(&all, 20_000), all);
    }
}
