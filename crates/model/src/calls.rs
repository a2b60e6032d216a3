//! Tool calls as providers write them: in pieces or whole, with everything that they may leave out or mix up. Which piece
//! belongs to which call is told by index and id where they are right, and where they are not by the arguments: one JSON
//! object is one call.

use serde::de::IgnoredAny;
use serde_json::{Deserializer, Value};

use crate::{
    ModelError, ToolCall,
    json::{field, list, owned, text, whole_number},
};

/// A call, or a piece of one, with its name and arguments beside its id or one level below.
pub(crate) fn draft(piece: &Value, id: &str) -> ToolCall {
    let function = field(piece, "function").filter(|function| function.is_object());
    let function = function.unwrap_or(piece);
    ToolCall {
        id: owned(piece, id).unwrap_or_default(),
        name: text(function, "name").unwrap_or_default().trim().to_owned(),
        arguments: match field(function, "arguments") {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        },
        extra: field(piece, "extra_content").cloned(),
    }
}

/// The calls that there are in what came, each with a name, arguments that are JSON wherever that can be, and an id of its
/// own: ids that are missing, repeated or too long to be taken back are replaced.
///
/// # Errors
/// When something was to be called and nothing says what.
pub(crate) fn whole(
    drafts: impl IntoIterator<Item = ToolCall>,
    longest_id: usize,
) -> Result<Vec<ToolCall>, ModelError> {
    let mut named: Vec<ToolCall> = Vec::new();
    let mut nameless = false;
    for draft in drafts {
        match named.last_mut() {
            // The rest of the call before it, under an index or an id of its own.
            Some(call) if draft.name.is_empty() && Shape::of(&call.arguments) == Shape::Begun => {
                call.arguments.push_str(&draft.arguments);
            }
            _ if draft.name.is_empty() => nameless = true,
            _ => named.push(draft),
        }
    }
    let mut calls: Vec<ToolCall> = Vec::new();
    for call in named.into_iter().flat_map(single) {
        let repeats = |other: &ToolCall| {
            other.id == call.id && other.name == call.name && other.arguments == call.arguments
        };
        if call.id.is_empty() || !calls.iter().any(repeats) {
            calls.push(call);
        }
    }
    if nameless && calls.is_empty() {
        return Err(ModelError::Nonsense);
    }
    for place in 0..calls.len() {
        let (before, rest) = calls.split_at_mut(place);
        let Some(call) = rest.first_mut() else { break };
        let fits = (1..=longest_id).contains(&call.id.len());
        if !fits || before.iter().any(|other| other.id == call.id) {
            call.id = format!("call_{}", place + 1);
        }
    }
    Ok(calls)
}

/// A call for each JSON object in a call's arguments.
fn single(call: ToolCall) -> impl Iterator<Item = ToolCall> {
    let mut arguments = objects(&call.arguments).into_iter();
    let first = ToolCall {
        arguments: arguments.next().unwrap_or_default(),
        ..call.clone()
    };
    let others = arguments.map(move |arguments| ToolCall {
        id: String::new(),
        name: call.name.clone(),
        arguments,
        extra: None,
    });
    std::iter::once(first).chain(others)
}

/// The objects in a call's arguments, also those inside a JSON string. Where there are none: nothing, if the arguments say
/// so in some way, or the text as it is, which the model is told about.
fn objects(text: &str) -> Vec<String> {
    let mut objects = Vec::new();
    let mut values = Deserializer::from_str(text).into_iter::<Value>();
    loop {
        let begin = values.byte_offset();
        let value = values.next();
        let raw = text.get(begin..values.byte_offset()).unwrap_or_default();
        match value {
            None => return objects,
            Some(Ok(Value::Object(object))) => {
                // Some begin with an empty object, before the arguments themselves.
                if !object.is_empty() {
                    objects.push(raw.trim().to_owned());
                }
            }
            Some(Ok(Value::String(inner))) => objects.extend(self::objects(&inner)),
            Some(Ok(Value::Null)) => {}
            Some(Ok(Value::Array(array))) if array.is_empty() => {}
            Some(Ok(_)) => objects.push(raw.trim().to_owned()),
            // What follows a whole object is another one that broke off, or nothing that was meant.
            Some(Err(_)) => {
                let rest = text.get(begin..).unwrap_or_default().trim();
                if objects.is_empty() || rest.starts_with('{') {
                    objects.push(rest.to_owned());
                }
                return objects;
            }
        }
    }
}

/// How far the arguments of a call are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    None,
    Begun,
    Whole,
    Broken,
}

impl Shape {
    fn of(arguments: &str) -> Self {
        let mut values = Deserializer::from_str(arguments).into_iter::<IgnoredAny>();
        let mut shape = Self::None;
        loop {
            shape = match values.next() {
                None => return shape,
                Some(Ok(_)) => Self::Whole,
                Some(Err(error)) if error.is_eof() => return Self::Begun,
                Some(Err(_)) => return Self::Broken,
            }
        }
    }
}

/// A call under the index that its first piece had.
type Slot = (Option<u64>, ToolCall);

/// Calls in the making: pieces come keyed by index, by id, or not at all.
#[derive(Debug, Default)]
pub(crate) struct OpenCalls {
    slots: Vec<Slot>,
    bytes: usize,
}

impl OpenCalls {
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The size of what came.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the pieces in a list; refuses when all of them together are longer than `limit` bytes.
    pub fn add_all(&mut self, holder: &Value, name: &str, limit: usize) -> Result<(), ModelError> {
        for (place, piece) in list(holder, name).enumerate() {
            self.add(piece, place > 0, limit)?;
        }
        Ok(())
    }

    /// Adds a piece; `beside` others that came at once.
    pub fn add(&mut self, piece: &Value, beside: bool, limit: usize) -> Result<(), ModelError> {
        let index = field(piece, "index").and_then(whole_number);
        let piece = draft(piece, "id");
        self.bytes += 16 + piece.id.len() + piece.name.len() + piece.arguments.len();
        if self.bytes > limit {
            return Err(ModelError::TooLong);
        }
        let known = self.find(index, &piece);
        let Some((_, call)) = known.filter(|(_, call)| !begins_another(call, &piece, beside))
        else {
            self.slots.push((index, piece));
            return Ok(());
        };
        if call.id.is_empty() {
            call.id = piece.id;
        }
        // Names come in pieces, again in every piece, or longer in every piece.
        if piece.name.starts_with(&call.name) {
            call.name = piece.name;
        } else {
            call.name.push_str(&piece.name);
        }
        call.arguments.push_str(&piece.arguments);
        call.extra = piece.extra.or(call.extra.take());
        Ok(())
    }

    /// The call that a piece may belong to.
    fn find(&mut self, index: Option<u64>, piece: &ToolCall) -> Option<&mut Slot> {
        let by_index = |(known, _): &Slot| index.is_some() && *known == index;
        let by_id = |(_, call): &Slot| !piece.id.is_empty() && call.id == piece.id;
        let unmarked = index.is_none() && piece.id.is_empty();
        let more = piece.name.is_empty() && !piece.arguments.is_empty();
        let mut found = self.slots.iter().rposition(by_index);
        if index.is_none() || piece.name.is_empty() {
            found = found.or_else(|| self.slots.iter().rposition(by_id));
        }
        if unmarked || more {
            found = found.or_else(|| self.slots.len().checked_sub(1));
        }
        self.slots.get_mut(found?)
    }

    /// The calls. `OpenAI` takes no longer id back.
    pub fn finish(self) -> Result<Vec<ToolCall>, ModelError> {
        whole(self.slots.into_iter().map(|(_, call)| call), 40)
    }
}

/// Whether a piece is no more of this call: a name, once the arguments are whole. Some count every call as the first.
fn begins_another(call: &ToolCall, piece: &ToolCall, beside: bool) -> bool {
    if piece.name.is_empty() || call.name.is_empty() {
        return false;
    }
    let other_id = !piece.id.is_empty() && !call.id.is_empty() && piece.id != call.id;
    match Shape::of(&call.arguments) {
        Shape::Whole => true,
        Shape::None => beside || other_id,
        Shape::Broken => beside || other_id || piece.name != call.name,
        // Goes on with the arguments, or they broke off.
        Shape::Begun => {
            let joined = format!("{}{}", call.arguments, piece.arguments);
            Shape::of(&joined) == Shape::Broken
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn collect(pieces: &Value) -> Vec<(String, String, String)> {
        let mut open = OpenCalls::default();
        for piece in pieces.as_array().unwrap() {
            open.add(piece, false, 10_000).unwrap();
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
        assert_eq!(calls, [call("a", "x", ""), call("b", "y", "")]);
    }

    #[test]
    fn calls_that_are_all_counted_as_the_first_are_told_apart_by_their_ids() {
        let calls = collect(&json!([
            {"index": 0, "id": "a", "function": {"name": "x", "arguments": "{}"}},
            {"index": 0, "id": "b", "function": {"name": "y", "arguments": "{"}},
            {"index": 0, "function": {"arguments": "}"}},
        ]));
        assert_eq!(calls, [call("a", "x", ""), call("b", "y", "")]);
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
            open.add(&piece, false, 1_000).unwrap();
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
        assert_eq!(open.add(&piece, false, 40), Ok(()));
        assert_eq!(open.add(&piece, false, 40), Err(ModelError::TooLong));
    }

    #[test]
    fn a_call_without_a_name_is_nonsense() {
        let mut open = OpenCalls::default();
        open.add(&json!({"index": 0}), false, 100).unwrap();
        assert_eq!(open.finish(), Err(ModelError::Nonsense));
    }
}
