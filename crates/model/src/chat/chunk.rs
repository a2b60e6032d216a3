//! The chunks of a streamed chat completion, read with tolerance, and what they add up to.
//!
//! Providers differ in what they leave out: an index, an id, a finish reason that tells the truth.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use crate::{ModelError, ToolCall};

/// `OpenAI` takes no longer one back.
const LONGEST_ID: usize = 40;

/// Everything is optional, and what providers type differently is any JSON. A whole completion,
/// from a provider that does not stream, reads as one chunk.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Chunk {
    pub choices: Option<Vec<Choice>>,
    pub error: Option<Value>,
    pub usage: Option<WireUsage>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Choice {
    #[serde(alias = "message")]
    pub delta: Option<Delta>,
    pub finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Delta {
    content: Option<Value>,
    refusal: Option<Value>,
    pub tool_calls: Option<Vec<CallPiece>>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct WireUsage {
    pub prompt_tokens: Option<f64>,
    pub completion_tokens: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct CallPiece {
    index: Option<Value>,
    id: Option<String>,
    function: Option<FunctionPiece>,
    extra_content: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct FunctionPiece {
    name: Option<String>,
    arguments: Option<Value>,
}

impl Delta {
    /// What is said: a text, or a list of parts with texts.
    pub fn text(&self) -> String {
        let said = |value: &Option<Value>| match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => parts
                .iter()
                .filter_map(|part| part.get("text")?.as_str())
                .collect(),
            _ => String::new(),
        };
        let text = said(&self.content);
        if text.is_empty() {
            said(&self.refusal)
        } else {
            text
        }
    }
}

/// Arguments as the model wrote them, from a provider that sends text or the object itself.
pub(crate) fn arguments(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_string()),
    }
}

/// Tool calls in the making: pieces come keyed by index, by id, or not at all.
#[derive(Debug, Default)]
pub(crate) struct OpenCalls {
    slots: Vec<Slot>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Slot {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: String,
    extra: Option<Value>,
}

impl OpenCalls {
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Adds a piece; refuses when all of them together are longer than `limit` bytes.
    pub fn add(&mut self, piece: CallPiece, limit: usize) -> Result<(), ModelError> {
        // An id that is very long would not fit where it is used as a key.
        let id = piece.id.filter(|id| (1..=LONGEST_ID).contains(&id.len()));
        let index = piece.index.as_ref().and_then(Value::as_u64);
        let function = piece.function.unwrap_or_default();
        let arguments = arguments(function.arguments.as_ref());
        let name = function.name.filter(|name| !name.is_empty());
        let position = self.slot(index, id.as_deref(), name.is_some());
        self.bytes += 16 + arguments.len() + name.as_ref().map_or(0, String::len);
        if self.bytes > limit {
            return Err(ModelError::TooLong);
        }
        if let Some(slot) = self.slots.get_mut(position) {
            slot.id = slot.id.take().or(id);
            slot.name = slot.name.take().or(name);
            slot.arguments.push_str(&arguments);
            slot.extra = piece.extra_content.or(slot.extra.take());
        }
        Ok(())
    }

    fn slot(&mut self, index: Option<u64>, id: Option<&str>, named: bool) -> usize {
        let mut slots = self.slots.iter();
        let known = match (index, id) {
            // Some count every call as the first one: another id with a name begins another call.
            (Some(_), id) => slots.rposition(|slot| {
                let other = named && id.is_some() && slot.id.is_some() && slot.id.as_deref() != id;
                slot.index == index && !other
            }),
            (None, Some(_)) => slots.position(|slot| slot.id.as_deref() == id),
            (None, None) => self.slots.len().checked_sub(1),
        };
        known.unwrap_or_else(|| {
            self.slots.push(Slot {
                index,
                ..Slot::default()
            });
            self.slots.len() - 1
        })
    }

    /// The calls, each with an id of its own. A call without a name cannot be run or answered.
    pub fn finish(self) -> Result<Vec<ToolCall>, ModelError> {
        let mut calls: Vec<ToolCall> = Vec::with_capacity(self.slots.len());
        for (number, slot) in self.slots.into_iter().enumerate() {
            let name = slot.name.ok_or(ModelError::Nonsense)?;
            let id = slot
                .id
                .filter(|id| calls.iter().all(|call| call.id != *id))
                .unwrap_or_else(|| format!("call_{}", number + 1));
            calls.push(ToolCall {
                id,
                name,
                arguments: slot.arguments,
                extra: slot.extra,
            });
        }
        Ok(calls)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn collect(pieces: Value) -> Vec<(String, String, String)> {
        let pieces: Vec<CallPiece> = serde_json::from_value(pieces).unwrap();
        let mut open = OpenCalls::default();
        for piece in pieces {
            open.add(piece, 10_000).unwrap();
        }
        open.finish()
            .unwrap()
            .into_iter()
            .map(|call| (call.id, call.name, call.arguments))
            .collect()
    }

    fn call(id: &str, name: &str, arguments: &str) -> (String, String, String) {
        (id.into(), name.into(), arguments.into())
    }

    #[test]
    fn pieces_find_their_call_by_index() {
        let calls = collect(json!([
            {"index": 0, "id": "a", "function": {"name": "x", "arguments": "{\"n\":"}},
            {"index": 1, "id": "b", "function": {"name": "y", "arguments": ""}},
            {"index": 0, "function": {"arguments": "1}"}},
        ]));
        assert_eq!(calls, [call("a", "x", "{\"n\":1}"), call("b", "y", "")]);
    }

    #[test]
    fn pieces_without_an_index_find_their_call_by_id_or_are_the_last_ones() {
        let calls = collect(json!([
            {"id": "a", "function": {"name": "x", "arguments": "{"}},
            {"id": "", "function": {"name": "", "arguments": "}"}},
            {"id": "b", "function": {"name": "y", "arguments": "{}"}},
        ]));
        assert_eq!(calls, [call("a", "x", "{}"), call("b", "y", "{}")]);
    }

    #[test]
    fn calls_that_are_all_counted_as_the_first_are_told_apart_by_their_ids() {
        let calls = collect(json!([
            {"index": 0, "id": "a", "function": {"name": "x", "arguments": "{}"}},
            {"index": 0, "id": "b", "function": {"name": "y", "arguments": "{"}},
            {"index": 0, "function": {"arguments": "}"}},
        ]));
        assert_eq!(calls, [call("a", "x", "{}"), call("b", "y", "{}")]);
    }

    #[test]
    fn arguments_may_come_as_the_object_itself() {
        let calls = collect(json!([
            {"index": "none", "function": {"name": "x", "arguments": {"n": 1}}},
        ]));
        assert_eq!(calls, [call("call_1", "x", "{\"n\":1}")]);
    }

    #[test]
    fn a_missing_or_repeated_id_is_replaced() {
        let calls = collect(json!([
            {"index": 0, "id": "same", "function": {"name": "x"}},
            {"index": 1, "id": "same", "function": {"name": "y"}},
            {"index": 2, "function": {"name": "z"}},
        ]));
        assert_eq!(
            calls,
            [
                call("same", "x", ""),
                call("call_2", "y", ""),
                call("call_3", "z", "")
            ]
        );
    }

    #[test]
    fn what_the_provider_wants_back_is_kept() {
        let mut open = OpenCalls::default();
        for piece in [
            json!({"id": "a", "function": {"name": "x"}}),
            json!({"extra_content": {"google": {"thought_signature": "s"}}}),
        ] {
            open.add(serde_json::from_value(piece).unwrap(), 1_000)
                .unwrap();
        }
        let calls = open.finish().unwrap();
        assert_eq!(
            calls[0].extra,
            Some(json!({"google": {"thought_signature": "s"}}))
        );
    }

    #[test]
    fn endless_arguments_are_refused() {
        let mut open = OpenCalls::default();
        let piece = || {
            serde_json::from_value(
                json!({"index": 0, "function": {"name": "x", "arguments": "aaaaaaaaaa"}}),
            )
            .unwrap()
        };
        assert_eq!(open.add(piece(), 40), Ok(()));
        assert_eq!(open.add(piece(), 40), Err(ModelError::TooLong));
    }

    #[test]
    fn a_call_without_a_name_is_nonsense() {
        let mut open = OpenCalls::default();
        open.add(serde_json::from_value(json!({"index": 0})).unwrap(), 100)
            .unwrap();
        assert_eq!(open.finish(), Err(ModelError::Nonsense));
    }
}
