//! What a model thought before its calls, as the providers of the chat wire say it. Some refuse the calls' results without.

use serde_json::{Map, Value};

use crate::json::{field, list, text};

/// Names under which providers send text.
const TEXTS: [&str; 2] = ["reasoning_content", "reasoning"];
/// The name under which they send a list of pieces, some of them encrypted.
const DETAILS: &str = "reasoning_details";
/// What is kept to be given back; more is left out, and the model thinks anew.
const LARGEST: usize = 256 * 1024;

/// Thoughts while they come.
#[derive(Debug, Default)]
pub(crate) struct Thoughts {
    texts: [String; 2],
    details: Vec<Value>,
    bytes: usize,
}

impl Thoughts {
    pub fn hear(&mut self, delta: &Value) {
        for (name, whole) in TEXTS.iter().zip(&mut self.texts) {
            let said = text(delta, name).unwrap_or_default();
            self.bytes += said.len();
            if self.bytes <= LARGEST {
                whole.push_str(said);
            }
        }
        for piece in list(delta, DETAILS).filter(|piece| piece.is_object()) {
            self.bytes += piece.to_string().len();
            if self.bytes > LARGEST {
                return;
            }
            match self.details.last_mut() {
                Some(last) if goes_on(last, piece) => join(last, piece),
                _ => self.details.push(piece.clone()),
            }
        }
    }

    /// The fields to give back; none when there are none, or too many to keep.
    pub fn whole(&mut self) -> Option<Map<String, Value>> {
        let thoughts = std::mem::take(self);
        let named = TEXTS.into_iter().zip(thoughts.texts);
        let said = named.filter(|(_, text)| !text.is_empty());
        let mut fields: Map<String, Value> = said
            .map(|(name, text)| (name.to_owned(), text.into()))
            .collect();
        if !thoughts.details.is_empty() {
            fields.insert(DETAILS.to_owned(), thoughts.details.into());
        }
        (thoughts.bytes <= LARGEST && !fields.is_empty()).then_some(fields)
    }
}

/// Whether a piece is more of the last one: a text that is streamed.
fn goes_on(last: &Value, piece: &Value) -> bool {
    let same = |name: &str| field(last, name) == field(piece, name);
    same("type") && same("index") && field(piece, "data").is_none()
}

fn join(last: &mut Value, piece: &Value) {
    let (Some(last), Some(piece)) = (last.as_object_mut(), piece.as_object()) else {
        return;
    };
    for (name, value) in piece.iter().filter(|(_, value)| !value.is_null()) {
        match (last.get_mut(name), value.as_str()) {
            (Some(Value::String(whole)), Some(more))
                if ["text", "summary"].contains(&name.as_str()) =>
            {
                whole.push_str(more);
            }
            _ => {
                last.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn thoughts_are_put_together_and_given_back_under_the_names_they_came_with() {
        let mut thoughts = Thoughts::default();
        for delta in [
            json!({"reasoning_content": "Let "}),
            json!({"reasoning_content": "me.", "reasoning": null}),
            json!({"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "Let "}]}),
            json!({"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "me.", "signature": null}]}),
            json!({"reasoning_details": [{"type": "reasoning.text", "index": 0, "signature": "sig"}]}),
            json!({"reasoning_details": [{"type": "reasoning.encrypted", "index": 1, "data": "AA"}, 7]}),
            json!({"reasoning_details": "odd", "reasoning": 7}),
        ] {
            thoughts.hear(&delta);
        }
        assert_eq!(
            Value::Object(thoughts.whole().unwrap()),
            json!({
                "reasoning_content": "Let me.",
                "reasoning_details": [
                    {"type": "reasoning.text", "index": 0, "text": "Let me.", "signature": "sig"},
                    {"type": "reasoning.encrypted", "index": 1, "data": "AA"},
                ],
            })
        );
        assert_eq!(thoughts.whole(), None);
    }

    #[test]
    fn thoughts_without_an_end_are_not_kept() {
        let mut thoughts = Thoughts::default();
        for _ in 0..300 {
            thoughts.hear(&json!({"reasoning": "x".repeat(1024)}));
        }
        assert_eq!(thoughts.whole(), None);
    }
}
