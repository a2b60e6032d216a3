//! Text that PostgreSQL can store. It takes everything but NUL, which people and models can send all the same.

use std::borrow::Cow;

use serde_json::Value;

/// The text, with the sign for "not a character" in the place of each NUL.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same for every text in a value.
pub(crate) fn storable_json(value: &Value) -> Cow<'_, Value> {
    if has_nul(value) {
        Cow::Owned(without_nul(value))
    } else {
        Cow::Borrowed(value)
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn without_nul(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(storable(text).into_owned()),
        Value::Array(values) => values.iter().map(without_nul).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (storable(name).into_owned(), without_nul(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
