//! Node.js versions, and when packages and builds are made again.

use std::fs;

use xtask::node::{Stamp, hash, is_new_enough};

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
    let first = hash(&[root]).unwrap();

    fs::create_dir_all(root.join("node_modules/x")).unwrap();
    fs::create_dir_all(root.join(".next/server")).unwrap();
    fs::write(root.join("tsconfig.tsbuildinfo"), "x").unwrap();
    assert_eq!(hash(&[root]).unwrap(), first);

    fs::write(root.join("src/app/page.tsx"), "two").unwrap();
    let changed = hash(&[root]).unwrap();
    assert_ne!(changed, first);
    fs::rename(
        root.join("src/app/page.tsx"),
        root.join("src/app/layout.tsx"),
    )
    .unwrap();
    assert_ne!(hash(&[root]).unwrap(), changed);
}

#[test]
fn a_stamp_is_current_only_beside_what_was_made_from_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let stamp = |value| Stamp {
        file: folder.path().join("stamp"),
        value,
    };
    assert!(!stamp(1).is_current());
    stamp(1).write().unwrap();
    assert!(stamp(1).is_current());
    assert!(!stamp(2).is_current());
}
