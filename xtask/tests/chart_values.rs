//! Whether `values.yaml`, its schema and the templates are found to agree, and found out when they do not.

use serde_json::json;
use xtask::check::{effects::changed, values::Values};

const DEFAULTS: &str = r"
# -- On every object.
commonLabels: {}
frontend:
  # -- How many pods.
  replicaCount: 1
  image:
    repository: todo-frontend # where it comes from
backend:
  replicaCount: 1
  image:
    repository: todo-backend
";

fn schema() -> serde_json::Value {
    let component = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "replicaCount": {"type": "integer"},
            "image": {"$ref": "#/definitions/image"}
        }
    });
    json!({
        "additionalProperties": false,
        "definitions": {
            "image": {"additionalProperties": false, "properties": {"repository": {"type": "string"}}}
        },
        "properties": {
            "commonLabels": {"type": "object"},
            "frontend": component,
            "backend": component
        }
    })
}

#[expect(clippy::unwrap_used, reason = "the texts are this file's own")]
fn values(defaults: &str, schema: &serde_json::Value) -> Values {
    Values::read(defaults, &schema.to_string()).unwrap()
}

#[test]
fn values_that_agree_are_left_alone() {
    let values = values(DEFAULTS, &schema());
    assert_eq!(values.disagreements(), Vec::<String>::new());
}

#[test]
fn a_value_that_the_schema_does_not_know_is_found() {
    let defaults = DEFAULTS.replace("commonLabels", "comonLabels");
    let found = values(&defaults, &schema()).disagreements();
    assert_eq!(
        found,
        [
            "comonLabels is in values.yaml and not in the schema",
            "commonLabels is in the schema and not in values.yaml",
        ]
    );
}

#[test]
fn a_value_is_explained_by_a_comment_on_it_on_what_holds_it_or_on_the_same_value_of_another_component()
 {
    let defaults = DEFAULTS.replace("  # -- How many pods.\n", "");
    let found = values(&defaults, &schema()).disagreements();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found
            .iter()
            .all(|sentence| sentence.contains("replicaCount is explained nowhere"))
    );
}

#[test]
fn a_value_is_explained_by_a_description_beside_a_reference() {
    let defaults = DEFAULTS.replace(" # where it comes from", "");
    let mut schema = schema();
    let found = values(&defaults, &schema).disagreements();
    assert_eq!(found.len(), 2, "{found:?}");
    schema["definitions"]["image"]["properties"]["repository"]["description"] =
        json!("Where it comes from.");
    assert_eq!(
        values(&defaults, &schema).disagreements(),
        Vec::<String>::new()
    );
}

#[test]
fn a_comment_on_a_whole_component_explains_none_of_its_values() {
    let defaults = DEFAULTS
        .replace("  # -- How many pods.\n", "")
        .replace("frontend:", "# The pages.\nfrontend:");
    let found = values(&defaults, &schema()).disagreements();
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_schema_that_would_let_a_misspelt_key_pass_is_found() {
    let mut schema = schema();
    schema["definitions"]["image"]
        .as_object_mut()
        .unwrap()
        .remove("additionalProperties");
    let found = values(DEFAULTS, &schema).disagreements();
    assert!(
        found
            .iter()
            .any(|sentence| sentence.contains("open at frontend.image")),
        "{found:?}"
    );
}

#[test]
fn a_template_that_speaks_of_a_value_that_is_not_there_is_found() {
    let values = values(DEFAULTS, &schema());
    let template = r"
        {{ .Values.frontend.replicaCount }} {{ $.Values.commonLabels.anything }}
        {{- $image := .Values.backend.image }}
        {{ $image.repository }} {{ $image.tag }}
        {{- $component := index .context.Values .component }}
        {{ $component.replicaCount }} {{ $component.replicas }}
        {{ .Values.frontend.replicaCount.more }} {{ $context.Values.fronted.image }}
    ";
    let found = values.unknown_in("a.yaml", template);
    let unknown: Vec<&str> = found
        .iter()
        .filter_map(|sentence| {
            sentence
                .strip_prefix("a.yaml uses .Values.")?
                .split(',')
                .next()
        })
        .collect();
    assert_eq!(
        unknown,
        [
            "*.replicas",
            "backend.image.tag",
            "fronted.image",
            "frontend.replicaCount.more",
        ]
    );
}

#[test]
fn every_value_that_can_be_set_by_itself_is_a_leaf() {
    let values = values(DEFAULTS, &schema());
    let leaves: Vec<String> = values.leaves().into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        leaves,
        [
            "backend.image.repository",
            "backend.replicaCount",
            "commonLabels",
            "frontend.image.repository",
            "frontend.replicaCount",
        ]
    );
}

#[test]
fn a_changed_value_is_another_of_the_same_sort() {
    assert_eq!(changed(&json!("a"), None), json!("ax"));
    assert_eq!(changed(&json!(1), None), json!(2));
    assert_eq!(changed(&json!(true), None), json!(false));
    assert_eq!(
        changed(&json!({"a": 1}), None),
        json!({"a": 1, "added": "x"})
    );
    assert_eq!(changed(&json!([1]), None), json!([1, {"name": "added"}]));
    let modes = json!({"enum": ["hook", "init"]});
    assert_eq!(changed(&json!("hook"), Some(&modes)), json!("init"));
}
