//! Schemas that every model and client takes.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool};
use serde_json::Value;

/// Simplifies what is said about a tool: its description on one line, and no keyword that common validators and providers do
/// not know.
pub(crate) fn simplify(tool: &mut Tool) {
    if let Some(description) = &mut tool.description {
        *description = description.replace('\n', " ").into();
    }
    let input = Arc::make_mut(&mut tool.input_schema);
    simplify_object(input);
    // Some providers refuse a tool without it, also when it takes nothing.
    input
        .entry("properties")
        .or_insert_with(|| Value::Object(JsonObject::new()));
    if let Some(schema) = &mut tool.output_schema {
        simplify_object(Arc::make_mut(schema));
    }
}

fn simplify_object(schema: &mut JsonObject) {
    for keyword in ["$schema", "format", "default"] {
        // A property may have the name of a keyword; then its value is a schema.
        if schema.get(keyword).is_some_and(|value| !value.is_object()) {
            schema.remove(keyword);
        }
    }
    schema.values_mut().for_each(simplify_value);
}

fn simplify_value(value: &mut Value) {
    match value {
        Value::Object(schema) => {
            // Line breaks of the source.
            if let Some(Value::String(text)) = schema.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            simplify_object(schema);
        }
        Value::Array(items) => items.iter_mut().for_each(simplify_value),
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
