//! Where the checkout is.

use std::{fs, process::Command};

#[test]
fn the_checkout_is_the_one_around_the_current_folder_and_not_where_this_program_was_built() {
    let checkout = tempfile::tempdir().unwrap();
    let root = checkout.path();
    fs::create_dir(root.join("docs")).unwrap();
    fs::write(root.join("Cargo.toml"), "[workspace]\n").unwrap();
    fs::write(root.join("Cargo.lock"), "version = 4\n").unwrap();
    fs::write(root.join(".env"), "no setting\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("doctor")
        .current_dir(root.join("docs"))
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let file = root.canonicalize().unwrap().join(".env");
    assert!(
        error.contains(&format!("{}: line 1: write NAME=value", file.display())),
        "{error}"
    );
}
