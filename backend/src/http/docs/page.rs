//! Renders the OpenAPI document for people.

use std::fmt::Write as _;

use serde_json::Value;
use utoipa::openapi::OpenApi;

const STYLE: &str = "
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:56rem;margin:2rem auto;padding:0 1rem}
h1{margin-bottom:0}h2{margin-top:2.5rem}
details{border:1px solid #8885;border-radius:.5rem;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer}code,pre{font:.9em/1.5 ui-monospace,monospace}
pre{overflow-x:auto;background:#8881;padding:.75rem;border-radius:.375rem}
b.method{display:inline-block;min-width:4.5rem}table{border-collapse:collapse}td{padding:.125rem 1rem .125rem 0;vertical-align:top}
";

pub(super) fn render(document: &OpenApi) -> String {
    let document = serde_json::to_value(document).unwrap_or_default();
    let mut page = String::new();
    let title = text(&document, "/info/title");
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} API</title>\
         <style>{STYLE}</style><h1>{title} API</h1><p>{}</p>\
         <p>The same for programs: <a href=\"/api/openapi.json\">openapi.json</a></p><h2>Operations</h2>",
        text(&document, "/info/description"),
    );
    for (path, methods) in entries(&document, "/paths") {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            operation_block(&mut page, path, method, operation);
        }
    }
    page.push_str("<h2>Schemas</h2>");
    for (name, schema) in entries(&document, "/components/schemas") {
        let _ = write!(
            page,
            "<details id=\"{0}\"><summary><code>{0}</code> {1}</summary><pre>{2}</pre></details>",
            escape(name),
            text(schema, "/description"),
            escape(&serde_json::to_string_pretty(schema).unwrap_or_default()),
        );
    }
    page
}

fn operation_block(page: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        page,
        "<details><summary><b class=\"method\">{}</b> <code>{}</code> {}</summary><p>{}</p><table>",
        escape(&method.to_uppercase()),
        escape(path),
        text(operation, "/summary"),
        text(operation, "/description"),
    );
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let parameters = parameters.into_iter().flatten().map(|parameter| {
        let name = format!("<code>{}</code>", text(parameter, "/name"));
        (
            name,
            text(parameter, "/in"),
            text(parameter, "/description"),
        )
    });
    let body = operation.get("requestBody");
    let body = body.map(|body| ("body".to_owned(), schema_link(body), String::new()));
    let responses = entries(operation, "/responses").map(|(status, response)| {
        let schema = schema_link(response);
        (escape(status), schema, text(response, "/description"))
    });
    for (what, kind, description) in parameters.chain(body).chain(responses) {
        let _ = write!(page, "<tr><td>{what}<td>{kind}<td>{description}");
    }
    page.push_str("</table></details>");
}

/// A link to the schema of a request body or an answer: the first one that it names.
fn schema_link(value: &Value) -> String {
    let name = schema_name(value).map(escape);
    name.map_or_else(String::new, |name| {
        format!("<a href=\"#{name}\">{name}</a>")
    })
}

/// The last part of the first `$ref` below a value.
fn schema_name(value: &Value) -> Option<&str> {
    match value {
        Value::Object(map) => match map.get("$ref").and_then(Value::as_str) {
            Some(reference) => reference.rsplit('/').next(),
            None => map.values().find_map(schema_name),
        },
        Value::Array(list) => list.iter().find_map(schema_name),
        _ => None,
    }
}

fn entries<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let map = value.pointer(pointer).and_then(Value::as_object);
    map.into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .map(escape)
        .unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
