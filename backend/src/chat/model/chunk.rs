//! The chunks of a streamed chat completion, read with tolerance, and what they add up to.
//!
//! Providers differ in what they leave out: an index, an id, a finish reason that tells the truth.

use serde::Deserialize;
use serde_json::Value;

use super::{ModelError, ToolCall};

const LONGEST_ID: usize = 128;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Chunk {
    #[serde(default)]
    pub choices: Vec<Choice>,
    #[serde(default)]
    pub error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub delta: Option<Delta>,
    #[serde(default)]
    pub finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta {
    #[serde(default)]
    pub content: Option<String>,
    #[serde(default)]
    pub tool_calls: Option<Vec<CallPiece>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct CallPiece {
    #[serde(default)]
    index: Option<usize>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    function: Option<FunctionPiece>,
    #[serde(default)]
    extra_content: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct FunctionPiece {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
}

/// Tool calls in the making: pieces come keyed by index, by id, or not at all.
#[derive(Debug, Default)]
pub(super) struct OpenCalls {
    slots: Vec<Slot>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Slot {
    index: Option<usize>,
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
        let position = self.slot(piece.index, id.as_deref());
        let function = piece.function.unwrap_or_default();
        let arguments = function.arguments.unwrap_or_default();
        let name = function.name.filter(|name| !name.is_empty());
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

    fn slot(&mut self, index: Option<usize>, id: Option<&str>) -> usize {
        let known = match (index, id) {
            (Some(_), _) => self.slots.iter().position(|slot| slot.index == index),
            (None, Some(_)) => self.slots.iter().position(|slot| slot.id.as_deref() == id),
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
