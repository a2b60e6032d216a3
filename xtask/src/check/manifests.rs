//! Rendered objects: telling them apart, and comparing two renders of the same.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;

/// Keys of Secrets that the chart makes up when nobody gave them. Renders without a cluster cannot know what was made
/// up before.
const MADE_UP: [&str; 5] = [
    "BETTER_AUTH_SECRET",
    "MCP_API_KEY",
    "ca.crt",
    "tls.crt",
    "tls.key",
];

/// By this annotation pods notice that a Secret changed.
const CHECKSUM: &str = "/spec/template/metadata/annotations/checksum~1secret";

/// One object.
#[derive(Debug, Clone)]
pub struct Object {
    /// As rendered.
    pub text: String,
    /// As understood.
    pub value: Value,
}

impl Object {
    /// `Kind/name`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.kind(), self.name())
    }

    /// Such as `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.field("/apiVersion")
    }

    /// Such as `Deployment`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.field("/kind")
    }

    /// Such as `todo-chatbot-backend`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.field("/metadata/name")
    }

    /// The object with the same text for everything that the chart may have made up.
    #[must_use]
    pub fn without_made_up(&self) -> Value {
        let mut value = self.value.clone();
        if self.kind() == "Secret" {
            for data in ["data", "stringData"] {
                let Some(data) = value.get_mut(data).and_then(Value::as_object_mut) else {
                    continue;
                };
                for key in MADE_UP {
                    if let Some(secret) = data.get_mut(key) {
                        *secret = Value::Null;
                    }
                }
            }
        }
        if let Some(checksum) = value.pointer_mut(CHECKSUM) {
            *checksum = Value::Null;
        }
        value
    }

    fn field(&self, path: &str) -> &str {
        self.value
            .pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// The objects in what `helm template` prints.
///
/// # Errors
/// When one is not YAML.
pub fn objects(rendered: &str) -> anyhow::Result<Vec<Object>> {
    let mut texts = vec![String::new()];
    for line in rendered.lines() {
        if line.trim_end() == "---" {
            texts.push(String::new());
        } else if let Some(text) = texts.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    texts
        .into_iter()
        .filter(|text| text.lines().any(|line| !is_blank(line)))
        .map(|text| {
            let value: Value = serde_saphyr::from_str(&text)
                .map_err(|error| anyhow::anyhow!("{error}"))
                .with_context(|| format!("what was rendered is not YAML:\n{text}"))?;
            Ok(Object { text, value })
        })
        .collect()
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

/// What is in one of two renders and not in the other, but for what the chart made up, as sentences.
#[must_use]
pub fn differences(first: &[Object], second: &[Object]) -> Vec<String> {
    let (first, second) = (by_id(first), by_id(second));
    let mut found: Vec<String> = first
        .keys()
        .filter(|id| !second.contains_key(*id))
        .map(|id| format!("{id} is only in one"))
        .collect();
    for (id, other) in &second {
        match first.get(id) {
            None => found.push(format!("{id} is only in one")),
            Some(one) => {
                let mut paths = Vec::new();
                compare("", one, other, &mut paths);
                found.extend(paths.iter().map(|path| format!("{id} differs at {path}")));
            }
        }
    }
    found
}

/// The objects that are in only one of two renders, or not the same in both, but for what the chart made up.
#[must_use]
pub fn changed<'a>(first: &'a [Object], second: &'a [Object]) -> Vec<&'a Object> {
    let (before, after) = (by_id(first), by_id(second));
    first
        .iter()
        .chain(second)
        .filter(|object| before.get(&object.id()) != after.get(&object.id()))
        .collect()
}

fn by_id(objects: &[Object]) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in objects {
        all.entry(object.id())
            .or_default()
            .push(object.without_made_up());
    }
    all.into_iter()
        .map(|(id, mut values)| match (values.pop(), values.is_empty()) {
            (Some(only), true) => (id, only),
            (last, _) => {
                values.extend(last);
                (id, Value::Array(values))
            }
        })
        .collect()
}

fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                let path = format!("{path}/{key}");
                match other.get(key) {
                    Some(other) => compare(&path, value, other, found),
                    None => found.push(path),
                }
            }
            let added = other.keys().filter(|key| !one.contains_key(*key));
            found.extend(added.map(|key| format!("{path}/{key}")));
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{path}/{index}"), one, other, found);
            }
        }
        _ if one == other => {}
        _ => found.push(path.to_owned()),
    }
}
