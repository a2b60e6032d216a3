//! What images are called.

use super::*;

/// The image of this name.
pub fn named(repository: &str) -> Image {
    let mut all = ALL.into_iter();
    all.find(|image| image.repository == repository).unwrap()
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
