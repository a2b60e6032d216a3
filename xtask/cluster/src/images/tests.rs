//! Which images there are, which are brought to the node, and which are removed.

use serde_json::json;

use super::*;
use crate::minikube;

/// The image of this name.
pub fn named(repository: &str) -> Image {
    let mut all = ALL.into_iter();
    all.find(|image| image.repository == repository).unwrap()
}

#[test]
fn a_tag_is_the_version_and_the_start_of_the_images_identity() {
    let id = "sha256:3eeda08d8b96f0a1b2c3";
    assert_eq!(
        content_tag("0.1.0", id).as_deref(),
        Some("0.1.0-3eeda08d8b96")
    );
    assert_eq!(content_tag("0.1.0", "sha256:3eed"), None);
    assert_eq!(content_tag("0.1.0", "no such image found"), None);
}

#[test]
fn only_images_that_the_node_does_not_have_are_brought_there() {
    let built = ["todo-backend", "todo-mcp"].map(|repository| Built {
        image: named(repository),
        tag: "0.1.0-0123456789ab".into(),
    });
    let have = minikube::images(
        r#"[{"id":"sha256:1","repoDigests":[],"repoTags":["docker.io/library/todo-mcp:0.1.0-0123456789ab"],"size":"1"}]"#,
    );
    let missing: Vec<&str> = missing(&have, &built)
        .iter()
        .map(|built| built.image.repository)
        .collect();
    assert_eq!(missing, ["todo-backend"]);
}

#[test]
fn only_own_images_that_nobody_names_by_any_name_are_removed() {
    let old = |repository: &str| format!("docker.io/library/{repository}:0.1.0-0123456789ab");
    let pod = json!({
        "initContainers": [{"name": "a", "image": "todo-mcp:0.1.0-0123456789ab"}],
        "containers": [{"name": "b", "image": "docker.io/library/todo-frontend:0.1.0-0123456789ab"}],
    });
    let pod: PodSpec = serde_json::from_value(pod).unwrap();
    let named = named_by(Some(&pod)).into_iter().collect();
    let images = [
        vec![old("todo-backend")],
        vec![old("todo-mcp")],
        vec![old("todo-frontend")],
        vec![old("somebody-elses")],
        vec!["docker.io/library/todo-backend:0.1.0".into()],
        vec![
            old("todo-offline-model"),
            "docker.io/library/todo-offline-model:0.1.0".into(),
        ],
    ];
    assert_eq!(removable(&images, &named), [old("todo-backend")]);
    assert_eq!(
        removable(&images, &BTreeSet::new()),
        [old("todo-backend"), old("todo-mcp"), old("todo-frontend")]
    );
}
