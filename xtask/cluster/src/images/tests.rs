//! Which images there are, which are brought to the node, and which are removed.

use super::*;

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

fn built(repository: &str) -> Built {
    Built {
        image: named(repository),
        tag: "0.1.0-0123456789ab".into(),
    }
}

#[test]
fn only_images_that_the_node_does_not_have_are_brought_there() {
    let have = ["todo-mcp:0.1.0-0123456789ab".to_owned()];
    let wanted = ["todo-backend", "todo-mcp"].map(built);
    let missing: Vec<&str> = missing(&have, &wanted)
        .iter()
        .map(|built| built.image.repository)
        .collect();
    assert_eq!(missing, ["todo-backend"]);
}

#[test]
fn only_names_of_earlier_builds_are_taken_away() {
    let names = "todo-mcp:0.1.0\ntodo-mcp:0.1.0-0123456789ab\ntodo-mcp:0.1.0-ba9876543210\ntodo-mcp:0.1.0-mine\nsomebody-elses:0.1.0-ba9876543210\n";
    assert_eq!(
        older(names, &[built("todo-mcp")]),
        ["todo-mcp:0.1.0-ba9876543210"]
    );
    assert_eq!(older(names, &[]), Vec::<&str>::new());
}

#[test]
fn the_tests_on_a_cluster_are_told_each_images_name() {
    let variables = ALL.map(Image::variable);
    assert_eq!(
        variables,
        ["BACKEND", "MCP", "OFFLINE_MODEL", "FRONTEND", "DATABASE"]
            .map(|part| format!("SYSTEM_TEST_{part}_IMAGE"))
    );
}
