//! Schemas that every model and client takes.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool};
use serde_json::Value;

/// Simplifies what is said about a tool: its description on one line, one type per property instead of a union with `null`, and no keyword that
/// common validators and providers do not know. An optional argument may still be sent as `null`.
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
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    schema.values_mut().for_each(simplify_value);
}

fn simplify_value(value: &mut Value) {
    match value {
        Value::Object(schema) => simplify_object(schema),
        Value::Array(items) => items.iter_mut().for_each(simplify_value),
        _ => {}
    }
}
