//! Tasks and errors as the tools report them.

use serde::Deserialize;
use serde_json::{Value, json};

/// A task in a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Task {
    #[serde(alias = "task_id")]
    pub id: i64,
    pub title: String,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub completed: bool,
}

impl Task {
    /// A task of which no more is known.
    pub fn named(id: i64, title: &str) -> Self {
        Self {
            id,
            title: title.to_owned(),
            description: None,
            completed: false,
        }
    }
}

/// A tool's text as JSON, out of whatever the caller wrapped it in. Text that is not JSON becomes
/// an error with that message, which is what tools that fail early send.
pub(crate) fn read(text: &str) -> Value {
    let value: Value = match serde_json::from_str(text.trim()) {
        Ok(Value::String(inner)) => return read(&inner),
        Ok(value) => value,
        Err(_) => return json!({ "code": "unknown", "message": text.trim() }),
    };
    if let Some(structured) = value
        .get("structuredContent")
        .filter(|inner| inner.is_object())
    {
        return structured.clone();
    }
    if let Some(inner) = value.pointer("/content/0/text").and_then(Value::as_str) {
        return read(inner);
    }
    match value.get("result") {
        Some(inner) if value.get("task_id").is_none() && !inner.is_null() => inner.clone(),
        _ => value,
    }
}

/// The tasks of a `list_tasks` result; `None` when it is no list.
pub(crate) fn list(result: &Value) -> Option<Vec<Task>> {
    let entries = result.get("tasks").unwrap_or(result).as_array()?;
    let tasks = entries
        .iter()
        .filter_map(|entry| Task::deserialize(entry).ok());
    Some(tasks.collect())
}

/// How many tasks there are that a `list_tasks` result leaves out.
pub(crate) fn beyond(result: &Value) -> usize {
    let total = result.get("total").and_then(Value::as_u64);
    let total = usize::try_from(total.unwrap_or_default()).unwrap_or_default();
    total.saturating_sub(list(result).map_or(0, |tasks| tasks.len()))
}

/// The tasks that a `show_tasks` result says are on a card.
pub(crate) fn shown(result: &Value) -> Option<Vec<Task>> {
    list(result.get("shown")?)
}

/// What went wrong, if a result says so: its code and its message.
pub(crate) fn error(result: &Value) -> Option<(&str, &str)> {
    if result.is_null() {
        return Some(("unknown", "no answer came back."));
    }
    // What the application says of a call that it did not make.
    if let Some(message) = result.get("not_made").and_then(Value::as_str) {
        return Some(("not_made", message));
    }
    let error = result
        .get("error")
        .filter(|inner| !inner.is_null())
        .unwrap_or(result);
    if let Some(message) = error.as_str() {
        return Some(("unknown", message));
    }
    let message = error.get("message")?.as_str()?;
    let code = error.get("code").and_then(Value::as_str);
    Some((code.unwrap_or("unknown"), message))
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Made,
    /// The person was asked and said no.
    Refused,
    /// The call was never made.
    NotMade,
    /// Its answer was lost.
    NotKnown,
    /// The tool itself said no.
    Failed,
}

/// What the application says in place of a result.
const UNMADE: [(Fate, &str); 6] = [
    (Fate::Refused, "person said no"),
    (Fate::Refused, "did not say yes"),
    (Fate::NotKnown, "not known whether"),
    (Fate::NotMade, "call was not made"),
    (Fate::NotMade, "before this call was made"),
    (Fate::NotMade, "not applied"),
];

/// What a result says became of its call.
pub(crate) fn fate(result: &Value) -> Fate {
    let Some((_, message)) = error(result) else {
        return Fate::Made;
    };
    let message = message.to_lowercase();
    let said = UNMADE.iter().find(|(_, words)| message.contains(words));
    said.map_or(Fate::Failed, |(fate, _)| *fate)
}
