//! What images are called.

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

#[test]
fn the_tests_on_a_cluster_are_told_each_images_name() {
    let variables = ALL.map(Image::variable);
    assert_eq!(
        variables,
        ["BACKEND", "MCP", "OFFLINE_MODEL", "FRONTEND", "DATABASE"]
            .map(|part| format!("SYSTEM_TEST_{part}_IMAGE"))
    );
}
