//! Generated secrets.

use xtask::config::Secrets;

#[test]
fn a_secret_is_made_once_and_stays_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let first = Secrets::kept_in(folder.path()).get("MCP_API_KEY").unwrap();
    let other = Secrets::kept_in(folder.path())
        .get("BETTER_AUTH_SECRET")
        .unwrap();
    assert_eq!(first.len(), 64);
    assert_ne!(first, other);
    assert_eq!(
        Secrets::kept_in(folder.path()).get("MCP_API_KEY").unwrap(),
        first
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_them() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    Secrets::kept_in(folder.path()).get("MCP_API_KEY").unwrap();
    let mode = folder
        .path()
        .join("secrets.env")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
