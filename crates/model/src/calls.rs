//! Tool calls as providers write them: in pieces or whole, with everything that they may leave out.

use serde_json::Value;

use crate::{
    ModelError, ToolCall,
    json::{field, text},
};

/// Arguments as the model wrote them, from a provider that sends text or the object itself.
pub(crate) fn arguments(call: &Value) -> String {
    match field(call, "arguments") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The calls with an id of their own each, where theirs is missing, repeated or too long to be taken back. A call without
/// a name cannot be run or answered.
pub(crate) fn whole(
    drafts: impl IntoIterator<Item = ToolCall>,
    longest_id: usize,
) -> Result<Vec<ToolCall>, ModelError> {
    let mut calls: Vec<ToolCall> = Vec::new();
    for mut call in drafts {
        if call.name.is_empty() {
            return Err(ModelError::Nonsense);
        }
        let fits = (1..=longest_id).contains(&call.id.len());
        if !fits || calls.iter().any(|other| other.id == call.id) {
            call.id = format!("call_{}", calls.len() + 1);
        }
        calls.push(call);
    }
    Ok(calls)
}

/// Calls in the making: pieces come keyed by index, by id, or not at all.
#[derive(Debug, Default)]
pub(crate) struct OpenCalls {
    slots: Vec<(Option<u64>, ToolCall)>,
    bytes: usize,
}

impl OpenCalls {
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Adds a piece; refuses when all of them together are longer than `limit` bytes.
    pub fn add(&mut self, piece: &Value, limit: usize) -> Result<(), ModelError> {
        let index = field(piece, "index").and_then(Value::as_u64);
        let id = text(piece, "id").unwrap_or_default();
        let function = field(piece, "function").unwrap_or(&Value::Null);
        let name = text(function, "name").unwrap_or_default();
        let arguments = arguments(function);
        self.bytes += 16 + id.len() + name.len() + arguments.len();
        if self.bytes > limit {
            return Err(ModelError::TooLong);
        }
        let position = self.slot(index, id, name);
        if let Some((_, call)) = self.slots.get_mut(position) {
            if call.id.is_empty() {
                id.clone_into(&mut call.id);
            }
            if call.name.is_empty() {
                name.clone_into(&mut call.name);
            }
            call.arguments.push_str(&arguments);
            call.extra = field(piece, "extra_content").cloned().or(call.extra.take());
        }
        Ok(())
    }

    fn slot(&mut self, index: Option<u64>, id: &str, name: &str) -> usize {
        let known = self.slots.iter().rposition(|(known, call)| match index {
            // Some count every call as the first one: another id with a name begins another call.
            Some(_) => {
                let other = !name.is_empty() && !id.is_empty() && !call.id.is_empty();
                *known == index && !(other && call.id != id)
            }
            None => id.is_empty() || call.id == id,
        });
        known.unwrap_or_else(|| {
            self.slots.push((index, ToolCall::default()));
            self.slots.len() - 1
        })
    }

    /// The calls. `OpenAI` takes no longer id back.
    pub fn finish(self) -> Result<Vec<ToolCall>, ModelError> {
        whole(self.slots.into_iter().map(|(_, call)| call), 40)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn collect(pieces: &Value) -> Vec<(String, String, String)> {
        let mut open = OpenCalls::default();
        for piece in pieces.as_array().unwrap() {
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
        let calls = collect(&json!([
            {"index": 0, "id": "a", "function": {"name": "x", "arguments": "{\"n\":"}},
            {"index": 1, "id": "b", "function": {"name": "y", "arguments": ""}},
            {"index": 0, "function": {"arguments": "1}"}},
        ]));
        assert_eq!(calls, [call("a", "x", "{\"n\":1}"), call("b", "y", "")]);
    }

    #[test]
    fn pieces_without_an_index_find_their_call_by_id_or_are_the_last_ones() {
        let calls = collect(&json!([
            {"id": "a", "function": {"name": "x", "arguments": "{"}},
            {"id": "", "function": {"name": "", "arguments": "}"}},
            {"id": "b", "function": {"name": "y", "arguments": "{}"}},
        ]));
        assert_eq!(calls, [call("a", "x", "{}"), call("b", "y", "{}")]);
    }

    #[test]
    fn calls_that_are_all_counted_as_the_first_are_told_apart_by_their_ids() {
        let calls = collect(&json!([
            {"index": 0, "id": "a", "function": {"name": "x", "arguments": "{}"}},
            {"index": 0, "id": "b", "function": {"name": "y", "arguments": "{"}},
            {"index": 0, "function": {"arguments": "}"}},
        ]));
        assert_eq!(calls, [call("a", "x", "{}"), call("b", "y", "{}")]);
    }

    #[test]
    fn arguments_may_come_as_the_object_itself() {
        let calls = collect(&json!([
            {"index": "none", "function": {"name": "x", "arguments": {"n": 1}}},
        ]));
        assert_eq!(calls, [call("call_1", "x", "{\"n\":1}")]);
    }

    #[test]
    fn a_missing_or_repeated_id_is_replaced() {
        let calls = collect(&json!([
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
            open.add(&piece, 1_000).unwrap();
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
        let piece = json!({"index": 0, "function": {"name": "x", "arguments": "aaaaaaaaaa"}});
        assert_eq!(open.add(&piece, 40), Ok(()));
        assert_eq!(open.add(&piece, 40), Err(ModelError::TooLong));
    }

    #[test]
    fn a_call_without_a_name_is_nonsense() {
        let mut open = OpenCalls::default();
        open.add(&json!({"index": 0}), 100).unwrap();
        assert_eq!(open.finish(), Err(ModelError::Nonsense));
    }
}
