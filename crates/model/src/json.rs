//! JSON as providers write it, where a field may be missing, `null` or of another type.

use serde_json::Value;

/// A field that is there.
pub(crate) fn field<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|field| !field.is_null())
}

/// A text that is there, and not an empty one.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// What is in a list.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let list = object.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}
