//! Finding things in the JSON of Kubernetes' objects.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

/// The value at a JSON pointer, as text; nothing there is empty text.
#[must_use]
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The whole number at a JSON pointer.
#[must_use]
pub fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// The elements of the list at a JSON pointer.
pub fn list<'a>(object: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The objects of one kind in the list that `kubectl get` printed.
pub fn of_kind<'a>(objects: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    list(objects, "/items").filter(move |object| text(object, "/kind") == kind)
}

/// The object's name.
#[must_use]
pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// One of the object's labels.
#[must_use]
pub fn label<'a>(object: &'a Value, label: &str) -> &'a str {
    object
        .pointer("/metadata/labels")
        .and_then(|labels| labels.get(label))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Which part of the application the object belongs to.
#[must_use]
pub fn component(object: &Value) -> &str {
    label(object, "app.kubernetes.io/component")
}

/// Whether the object is already being removed.
#[must_use]
pub fn is_ending(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}

/// The condition of this type, if it holds.
#[must_use]
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    list(object, "/status/conditions")
        .find(|condition| text(condition, "/type") == kind && text(condition, "/status") == "True")
}

/// The statuses of a pod's containers: those that run before the others first.
pub fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    list(pod, "/status/initContainerStatuses").chain(list(pod, "/status/containerStatuses"))
}

/// What a Secret holds under this key, if it holds any text there.
#[must_use]
pub fn secret(secret: &Value, key: &str) -> Option<String> {
    let encoded = secret.get("data")?.get(key)?.as_str()?;
    let value = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    (!value.trim().is_empty()).then_some(value)
}
