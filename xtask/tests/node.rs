//! Node.js versions, and when packages and builds are made again.

use std::fs;

use xtask::node::{hash, is_new_enough, make};

#[test]
fn node_20_9_is_the_oldest_that_will_do() {
    for version in ["v20.9.0", "v20.20.2", "v24.0.1"] {
        assert!(is_new_enough(version), "{version}");
    }
    for version in ["v20.8.1", "v18.20.0", "", "unknown"] {
        assert!(!is_new_enough(version), "{version}");
    }
}

#[test]
fn a_hash_follows_names_and_contents_of_sources_but_not_what_tools_leave_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("src/app")).unwrap();
    fs::write(root.join("src/app/page.tsx"), "one").unwrap();
    let sources = [root.to_path_buf()];
    let first = hash(&sources).unwrap();

    fs::create_dir_all(root.join("node_modules/x")).unwrap();
    fs::create_dir_all(root.join(".next/server")).unwrap();
    fs::write(root.join("tsconfig.tsbuildinfo"), "x").unwrap();
    assert_eq!(hash(&sources).unwrap(), first);

    fs::write(root.join("src/app/page.tsx"), "two").unwrap();
    let changed = hash(&sources).unwrap();
    assert_ne!(changed, first);
    fs::rename(
        root.join("src/app/page.tsx"),
        root.join("src/app/layout.tsx"),
    )
    .unwrap();
    assert_ne!(hash(&sources).unwrap(), changed);
}

#[test]
fn what_was_made_is_made_again_only_when_a_source_changed_or_it_failed() {
    let folder = tempfile::tempdir().unwrap();
    let (source, note) = (folder.path().join("source"), folder.path().join("note"));
    let made = |works: bool| {
        let mut tried = false;
        let outcome = make(&note, std::slice::from_ref(&source), || {
            tried = true;
            anyhow::ensure!(works, "it does not work");
            Ok(())
        });
        assert_eq!(outcome.is_ok(), works || !tried);
        tried
    };
    fs::write(&source, "one").unwrap();
    assert!(made(false) && made(true));
    assert!(!made(true));
    fs::write(&source, "two").unwrap();
    assert!(made(true) && !made(true));
    fs::remove_file(&note).unwrap();
    assert!(made(true));
}
