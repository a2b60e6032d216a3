//! PostgreSQL refuses to run as root; started by root, it runs as `nobody`, in folders that `nobody` can reach.

use std::{path::Path, process::Command};

/// The account that the server runs under when root starts it.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    #[cfg(unix)]
    user: u32,
    #[cfg(unix)]
    group: u32,
}

/// The account to use, if this program runs as root.
#[cfg(unix)]
#[must_use]
pub fn unprivileged() -> Option<Account> {
    const NOBODY: u32 = 65534;
    if !nix::unistd::geteuid().is_root() {
        return None;
    }
    let known = nix::unistd::User::from_name("nobody").ok().flatten();
    Some(known.map_or(
        Account {
            user: NOBODY,
            group: NOBODY,
        },
        |nobody| Account {
            user: nobody.uid.as_raw(),
            group: nobody.gid.as_raw(),
        },
    ))
}

#[cfg(unix)]
impl Account {
    /// Lets a command run as this account.
    pub fn run(self, command: &mut Command) {
        use std::os::unix::process::CommandExt as _;
        command.uid(self.user).gid(self.group);
    }

    /// Makes the account the owner of a file or folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn give(self, path: &Path) -> std::io::Result<()> {
        std::os::unix::fs::chown(path, Some(self.user), Some(self.group))
    }

    /// Whether the account, like every user, can pass through the folder and all above it.
    #[must_use]
    pub fn can_reach(folder: &Path) -> bool {
        use std::os::unix::fs::PermissionsExt as _;
        folder.ancestors().all(|folder| {
            folder
                .metadata()
                .is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
        })
    }
}

/// The account to use: none here, the server runs as the user who started this program.
#[cfg(not(unix))]
#[must_use]
pub fn unprivileged() -> Option<Account> {
    None
}

#[cfg(not(unix))]
impl Account {
    /// Lets a command run as this account.
    pub fn run(self, _command: &mut Command) {}

    /// Makes the account the owner of a file or folder.
    ///
    /// # Errors
    /// Never.
    pub fn give(self, _path: &Path) -> std::io::Result<()> {
        Ok(())
    }

    /// Whether the account, like every user, can pass through the folder and all above it.
    #[must_use]
    pub fn can_reach(_folder: &Path) -> bool {
        true
    }
}
