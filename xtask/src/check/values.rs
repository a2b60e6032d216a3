//! Whether `values.yaml`, its schema and the templates speak of the same values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Parts of the chart with the same values: what is explained for one is explained for all.
pub const COMPONENTS: [&str; 4] = ["frontend", "backend", "mcp", "offlineModel"];

/// How templates reach the values.
const ROOTS: [&str; 4] = ["$.Values", "$context.Values", ".context.Values", ".Values"];

/// The values as the chart's files have them.
#[derive(Debug)]
pub struct Values {
    defaults: Value,
    commented: BTreeSet<String>,
    schema: Value,
}

impl Values {
    /// Understands `values.yaml` and `values.schema.json`.
    ///
    /// # Errors
    /// When one is not YAML or JSON.
    pub fn read(defaults: &str, schema: &str) -> anyhow::Result<Self> {
        Ok(Self {
            defaults: serde_saphyr::from_str(defaults)
                .map_err(|error| anyhow::anyhow!("values.yaml: {error}"))?,
            commented: commented(defaults),
            schema: serde_json::from_str(schema)
                .map_err(|error| anyhow::anyhow!("values.schema.json: {error}"))?,
        })
    }

    /// Where the defaults and the schema disagree, and which values nobody explains, as sentences.
    #[must_use]
    pub fn disagreements(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.compare("", &self.defaults, &self.schema, &mut found);
        found
    }

    /// Every value that can be set by itself, with its default. What the schema leaves free is one value.
    #[must_use]
    pub fn leaves(&self) -> Vec<(String, &Value)> {
        let mut leaves = Vec::new();
        self.collect("", &self.defaults, &self.schema, &mut leaves);
        leaves
    }

    /// What a value with this dotted path may be.
    #[must_use]
    pub fn schema_of(&self, path: &str) -> Option<&Value> {
        Some(self.resolved(self.place(path)?))
    }

    /// Where the schema speaks of the value, perhaps only to refer to what it says elsewhere.
    fn place(&self, path: &str) -> Option<&Value> {
        let mut schema = &self.schema;
        for key in path.split('.') {
            schema = self.properties(schema)?.get(key)?;
        }
        Some(schema)
    }

    /// Values that a template speaks of and that are not there, as sentences.
    #[must_use]
    pub fn unknown_in(&self, file: &str, template: &str) -> Vec<String> {
        let mut unknown = BTreeSet::new();
        for path in mentioned(template) {
            let known = match path.strip_prefix("*.") {
                Some(rest) => COMPONENTS
                    .iter()
                    .any(|component| self.knows(&format!("{component}.{rest}"))),
                None => self.knows(&path),
            };
            if !known {
                unknown.insert(format!(
                    "{file} uses .Values.{path}, which is not in values.yaml"
                ));
            }
        }
        unknown.into_iter().collect()
    }

    fn knows(&self, path: &str) -> bool {
        let mut value = &self.defaults;
        for key in path.split('.') {
            match value {
                Value::Object(map) => match map.get(key) {
                    Some(inner) => value = inner,
                    // Below something that is empty by default and free: annotations, affinity.
                    None => return map.is_empty(),
                },
                Value::Null => return true,
                _ => return false,
            }
        }
        true
    }

    fn compare(&self, path: &str, value: &Value, schema: &Value, found: &mut Vec<String>) {
        let Some((properties, values)) = self.properties(schema).zip(value.as_object()) else {
            if !self.is_explained(path) {
                found.push(format!(
                    "{path} is explained nowhere: put a comment above it in values.yaml or a description into the schema"
                ));
            }
            return;
        };
        if self.resolved(schema).get("additionalProperties") != Some(&Value::Bool(false)) {
            found.push(format!(
                "the schema is open at {}: a misspelt key would go unnoticed",
                if path.is_empty() { "its root" } else { path }
            ));
        }
        for (key, value) in values {
            let path = join(path, key);
            match properties.get(key) {
                Some(schema) => self.compare(&path, value, schema, found),
                None => found.push(format!("{path} is in values.yaml and not in the schema")),
            }
        }
        let missing = properties.keys().filter(|key| !values.contains_key(*key));
        found.extend(missing.map(|key| {
            format!(
                "{} is in the schema and not in values.yaml",
                join(path, key)
            )
        }));
    }

    fn collect<'a>(
        &'a self,
        path: &str,
        value: &'a Value,
        schema: &Value,
        leaves: &mut Vec<(String, &'a Value)>,
    ) {
        let Some((properties, values)) = self.properties(schema).zip(value.as_object()) else {
            leaves.push((path.to_owned(), value));
            return;
        };
        for (key, value) in values {
            let schema = properties.get(key).unwrap_or(&Value::Null);
            self.collect(&join(path, key), value, schema, leaves);
        }
    }

    fn properties<'a>(&'a self, schema: &'a Value) -> Option<&'a Map<String, Value>> {
        self.resolved(schema).get("properties")?.as_object()
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        while let Some(target) = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| self.schema.pointer(reference.strip_prefix('#')?))
        {
            schema = target;
        }
        schema
    }

    fn is_explained(&self, path: &str) -> bool {
        let described = [self.place(path), self.schema_of(path)]
            .iter()
            .filter_map(|schema| schema.as_ref()?.get("description")?.as_str())
            .any(|text| !text.trim().is_empty());
        described || twins(path).iter().any(|path| self.is_commented(path))
    }

    fn is_commented(&self, path: &str) -> bool {
        let mut path = path;
        loop {
            if self.commented.contains(path) {
                return true;
            }
            match path.rsplit_once('.') {
                // A comment on a whole component explains none of its values.
                Some((parent, _)) if !COMPONENTS.contains(&parent) => path = parent,
                _ => return false,
            }
        }
    }
}

/// The same value of all components.
fn twins(path: &str) -> Vec<String> {
    match path.split_once('.') {
        Some((component, rest)) if COMPONENTS.contains(&component) => COMPONENTS
            .iter()
            .map(|component| format!("{component}.{rest}"))
            .collect(),
        _ => vec![path.to_owned()],
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Dotted paths of the keys that have a comment right above them or behind them.
fn commented(text: &str) -> BTreeSet<String> {
    let mut parents: Vec<(usize, String)> = Vec::new();
    let mut above = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let content = line.trim_start();
        if content.starts_with('#') {
            above = true;
            continue;
        }
        let key = content
            .split_once(':')
            .map(|(key, _)| key)
            .filter(|key| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric()));
        if let Some(key) = key {
            let indent = line.len() - content.len();
            parents.retain(|(of_parent, _)| *of_parent < indent);
            let path = join(parents.last().map_or("", |(_, path)| path), key);
            if above || content.contains(" # ") {
                found.insert(path.clone());
            }
            parents.push((indent, path));
        }
        above = false;
    }
    found
}

/// Dotted paths of the values that a template speaks of, also by a variable that stands for a part of them. Those of a
/// component that is chosen while rendering begin with `*`.
fn mentioned(template: &str) -> BTreeSet<String> {
    let mut variables: BTreeMap<&str, String> = BTreeMap::new();
    for (start, _) in template.match_indices(":=") {
        let Some((before, after)) = template.split_at_checked(start) else {
            continue;
        };
        let Some(name) = before.split_whitespace().next_back() else {
            continue;
        };
        let assigned = after.trim_start_matches(":=").trim_start();
        let end = assigned.find("}}").unwrap_or(assigned.len());
        let assigned = assigned.split_at(end).0.trim().trim_end_matches('-').trim();
        if let Some(path) = part_of_values(assigned) {
            variables.insert(name, path);
        }
    }
    let mut found = BTreeSet::new();
    for root in ROOTS {
        for path in followed(template, root) {
            found.insert(path);
        }
    }
    for (variable, path) in &variables {
        for rest in followed(template, variable) {
            found.insert(join(path, &rest));
        }
    }
    found
}

/// What an expression stands for when it is nothing but a part of the values.
fn part_of_values(expression: &str) -> Option<String> {
    let (expression, chosen) = match expression.strip_prefix("index ") {
        Some(rest) => (rest.split(' ').next()?, true),
        None => (expression, false),
    };
    let rest = ROOTS
        .iter()
        .find_map(|root| expression.strip_prefix(root))?;
    let whole = rest.is_empty() || (rest.starts_with('.') && rest.chars().all(is_path));
    match (whole, chosen) {
        (true, true) if rest.is_empty() => Some("*".to_owned()),
        (true, false) => Some(rest.trim_start_matches('.').to_owned()),
        _ => None,
    }
}

/// The dotted paths behind every occurrence of a name.
fn followed<'a>(template: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    template.match_indices(name).filter_map(move |(start, _)| {
        let (before, after) = template.split_at_checked(start)?;
        // The end of a longer name, or of another root.
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '$') {
            return None;
        }
        let rest = after.strip_prefix(name)?.strip_prefix('.')?;
        let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        let path = rest.split_at(end).0.trim_end_matches('.');
        (!path.is_empty()).then(|| path.to_owned())
    })
}

fn is_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '.' || c == '_'
}
