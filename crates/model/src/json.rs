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

/// A text, or a number in its place.
pub(crate) fn owned(object: &Value, name: &str) -> Option<String> {
    let number = || Some(object.get(name)?.as_number()?.to_string());
    text(object, name).map(str::to_owned).or_else(number)
}

/// A value that says something, as text: anything but `null`, `false` and an empty text.
pub(crate) fn scalar(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

/// What is said: a text, or parts with texts that are no thoughts. A number is a word too.
pub(crate) fn words(object: &Value, name: &str) -> String {
    let thought = |part: &Value| {
        let kind = text(part, "type").unwrap_or_default();
        ["think", "thought", "reason"]
            .iter()
            .any(|word| kind.contains(word))
    };
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Array(parts)) => parts
            .iter()
            .map(|part| match part {
                Value::String(text) => text.clone(),
                part if thought(part) => String::new(),
                part => of_part(part),
            })
            .collect(),
        Some(part @ Value::Object(_)) if !thought(part) => of_part(part),
        _ => String::new(),
    }
}

fn of_part(part: &Value) -> String {
    ["text", "value", "refusal"]
        .map(|name| words(part, name))
        .concat()
}

/// A number, or a text of digits in its place.
pub(crate) fn number(value: &Value) -> Option<f64> {
    let text = || value.as_str()?.trim().parse().ok();
    value
        .as_f64()
        .or_else(text)
        .filter(|number: &f64| number.is_finite())
}

/// The same without a fraction.
pub(crate) fn whole_number(value: &Value) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to what is counted in earnest"
    )]
    Some(number(value)?.clamp(0.0, 1e12) as u64)
}

/// What is in a list, or what stands in the place of a list of one.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let (many, one) = match object.get(name) {
        Some(Value::Array(list)) => (Some(list), None),
        Some(one @ Value::Object(_)) => (None, Some(one)),
        _ => (None, None),
    };
    many.into_iter().flatten().chain(one)
}
