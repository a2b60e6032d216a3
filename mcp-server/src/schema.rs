//! Schemas that every model and client takes.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool};
use serde_json::Value;

/// Simplifies what is said about a tool: its description on one line, no keyword that common validators and providers do
/// not know, and no words about results, against whose schema hosts check them and which models are not shown.
pub(crate) fn simplify(tool: &mut Tool) {
    if let Some(description) = &mut tool.description {
        *description = description.replace('\n', " ").into();
    }
    let input = Arc::make_mut(&mut tool.input_schema);
    simplify_object(input, true);
    // Some providers refuse a tool without it, also when it takes nothing.
    input
        .entry("properties")
        .or_insert_with(|| Value::Object(JsonObject::new()));
    if let Some(schema) = &mut tool.output_schema {
        simplify_object(Arc::make_mut(schema), false);
    }
}

fn simplify_object(schema: &mut JsonObject, described: bool) {
    // `minimum` is that of the type, where results are concerned.
    let superfluous: &[&str] = if described {
        &["$schema", "format", "default"]
    } else {
        &["$schema", "format", "default", "description", "minimum"]
    };
    for &keyword in superfluous {
        // A property may have the name of a keyword; then its value is a schema.
        if schema.get(keyword).is_some_and(|value| !value.is_object()) {
            schema.remove(keyword);
        }
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        // Line breaks of the source.
        *text = text.replace('\n', " ");
    }
    let values = schema.values_mut();
    values.for_each(|value| simplify_value(value, described));
}

fn simplify_value(value: &mut Value, described: bool) {
    match value {
        Value::Object(schema) => simplify_object(schema, described),
        Value::Array(items) => {
            let items = items.iter_mut();
            items.for_each(|item| simplify_value(item, described));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_that_allows_null_goes_on_allowing_it() {
        let schema = json!({
            "type": "object",
            "properties": {
                "since": {"type": ["string", "null"], "format": "date-time", "default": null},
                "kind": {"enum": ["created", null]},
                "format": {"anyOf": [{"type": "integer", "format": "int64"}, {"type": "null"}]},
            },
        });
        let mut tool = Tool::new("x", "two\nlines", schema.as_object().unwrap().clone());
        simplify(&mut tool);
        assert_eq!(tool.description.as_deref(), Some("two lines"));
        assert_eq!(
            Value::Object((*tool.input_schema).clone()),
            json!({
                "type": "object",
                "properties": {
                    "since": {"type": ["string", "null"]},
                    "kind": {"enum": ["created", null]},
                    "format": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                },
            })
        );
    }
}
