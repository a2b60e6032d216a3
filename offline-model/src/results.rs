//! Tasks, changes and errors as the tools report them.

use serde::Deserialize;
use serde_json::{Value, json};

/// A task in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
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
    pub fn state(&self) -> &'static str {
        if self.completed { "done" } else { "open" }
    }
}

/// A tool call with its result, `Null` if none came.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub name: String,
    pub arguments: Value,
    pub result: Value,
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

impl Done {
    pub fn id(&self) -> Option<i64> {
        let id = |value: &Value| value.get("task_id").or_else(|| value.get("id"))?.as_i64();
        id(&self.result).or_else(|| id(&self.arguments))
    }

    /// The task that it was about.
    pub fn task(&self) -> Task {
        let mut titles = [&self.result, &self.arguments].into_iter();
        let title = titles.find_map(|value| value.get("title")?.as_str());
        Task {
            id: self.id().unwrap_or_default(),
            title: title.unwrap_or_default().to_owned(),
            ..Task::default()
        }
    }

    pub fn fate(&self) -> Fate {
        let Some((_, message)) = error(&self.result) else {
            return Fate::Made;
        };
        let message = message.to_lowercase();
        let said = UNMADE.iter().find(|(_, words)| message.contains(words));
        said.map_or(Fate::Failed, |(fate, _)| *fate)
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
    let structured = value.get("structuredContent");
    if let Some(structured) = structured.filter(|inner| inner.is_object()) {
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

/// The tasks in a list of them or in the result of `list_tasks`, and how many more there are; `None` where there is no list.
pub(crate) fn list(result: &Value) -> Option<(Vec<Task>, usize)> {
    let entries = result.get("tasks").unwrap_or(result).as_array()?.iter();
    let tasks = entries.filter_map(|entry| Task::deserialize(entry).ok());
    let tasks: Vec<Task> = tasks.collect();
    let total = result.get("total").and_then(Value::as_u64);
    let total = usize::try_from(total.unwrap_or_default()).unwrap_or_default();
    Some((tasks.clone(), total.saturating_sub(tasks.len())))
}

/// The text in this place of a value, empty without one.
pub(crate) fn text<'v>(value: &'v Value, place: &str) -> &'v str {
    value.get(place).and_then(Value::as_str).unwrap_or_default()
}

/// The tasks that a result names in this place.
pub(crate) fn named(result: &Value, place: &str) -> Vec<Task> {
    result.get(place).and_then(list).unwrap_or_default().0
}

/// What went wrong, if a result says so: its code and its message.
pub(crate) fn error(result: &Value) -> Option<(&str, &str)> {
    if result.is_null() {
        return Some(("unknown", "no answer came back."));
    }
    let mut places = ["not_made", "error"].into_iter();
    let error = places.find_map(|place| result.get(place).filter(|inner| !inner.is_null()));
    let error = error.unwrap_or(result);
    let message = error.as_str().or_else(|| error.get("message")?.as_str())?;
    let code = error.get("code").and_then(Value::as_str);
    Some((code.unwrap_or("unknown"), message))
}
