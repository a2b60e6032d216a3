//! Generated files: `cargo xtask prepare` makes them anew, `cargo xtask check` tells whether the committed ones are what
//! would be made now.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use anyhow::{Context as _, bail, ensure};

use crate::{
    binaries::{self, Profile},
    frontend, node,
    postgres::{Purpose, Server},
    processes,
    terminal::{self, Step},
    workspace::Workspace,
};

/// Committed files that a tool makes.
#[derive(Debug, Clone, Copy)]
pub struct Generated {
    name: &'static str,
    /// The folder that they are in, below the root of the checkout.
    folder: &'static str,
    /// Whether nothing else is in that folder.
    alone: bool,
    /// Makes them in another folder.
    make: fn(&Workspace, &Path, &mut Step) -> anyhow::Result<()>,
}

/// What the compiler knows about each SQL statement when it has no database.
pub const QUERY_DATA: Generated = Generated {
    name: "Query data",
    folder: "crates/store/.sqlx",
    alone: true,
    make: query_data,
};

/// The backend's `OpenAPI` document.
pub const OPENAPI: Generated = Generated {
    name: "OpenAPI document",
    folder: "docs",
    alone: false,
    make: openapi,
};

/// The frontend's types, made from the committed document.
pub const TYPES: Generated = Generated {
    name: "Frontend types",
    folder: "frontend/src/lib/api",
    alone: false,
    make: types,
};

/// Makes all of them anew.
///
/// # Errors
/// When something does not build; what was made before it stays.
pub fn prepare(workspace: &Workspace) -> anyhow::Result<()> {
    for generated in [QUERY_DATA, OPENAPI, TYPES] {
        terminal::step(generated.name, |step| generated.write(workspace, step))?;
    }
    Ok(())
}

const DOCUMENT: &str = "openapi.json";

type Files = BTreeMap<OsString, Vec<u8>>;

impl Generated {
    fn write(self, workspace: &Workspace, step: &mut Step) -> anyhow::Result<()> {
        let (committed, made) = self.committed_and_made(workspace, step)?;
        let folder = workspace.root().join(self.folder);
        fs::create_dir_all(&folder)?;
        for gone in committed.keys().filter(|name| !made.contains_key(*name)) {
            fs::remove_file(folder.join(gone))?;
        }
        for (name, content) in made {
            fs::write(folder.join(name), content)?;
        }
        Ok(())
    }

    /// Makes sure that what is committed is what would be made now.
    ///
    /// # Errors
    /// Names the first file that is not, and what to do.
    pub fn must_be_fresh(self, workspace: &Workspace, step: &mut Step) -> anyhow::Result<()> {
        let (committed, made) = self.committed_and_made(workspace, step)?;
        let mut names = made.keys().chain(committed.keys());
        match names.find(|name| committed.get(*name) != made.get(*name)) {
            None => Ok(()),
            Some(stale) => bail!(
                "{} is not what would be made now: run `cargo xtask prepare` and commit what it changed",
                Path::new(self.folder).join(stale).display()
            ),
        }
    }

    /// Makes them elsewhere, so that a source that does not compile loses nothing.
    fn committed_and_made(
        self,
        workspace: &Workspace,
        step: &mut Step,
    ) -> anyhow::Result<(Files, Files)> {
        let folder = tempfile::tempdir()?;
        (self.make)(workspace, folder.path(), step)?;
        let made = files(folder.path())?;
        let mut committed = files(&workspace.root().join(self.folder))?;
        committed.retain(|name, _| self.alone || made.contains_key(name));
        Ok((committed, made))
    }
}

/// The files of a folder; none if it is not there.
fn files(folder: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.insert(entry.file_name(), fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// Compiles the store against a temporary database that has all migrations, as `cargo sqlx prepare` does.
fn query_data(workspace: &Workspace, made: &Path, step: &mut Step) -> anyhow::Result<()> {
    let store = workspace.root().join("crates").join("store");
    let migrations = store.join("migrations");
    let server = Server::migrated(workspace, Purpose::Test, "prepare", Some(&migrations))?;
    let _touched = Touched::now(store.join("src").join("lib.rs"))?;
    let mut command = binaries::cargo(
        workspace,
        &["check", "--locked", "-p", "store", "--all-targets"],
    );
    command
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", made)
        .env("DATABASE_URL", server.url());
    processes::run(step, &mut command, &workspace.log("prepare"))
}

/// The compiler runs macros again only for sources that changed, so this one looks changed until this is dropped; after
/// that it looks as before, so that nothing else is compiled again because of it.
struct Touched {
    file: File,
    before: SystemTime,
}

impl Touched {
    fn now(path: PathBuf) -> anyhow::Result<Self> {
        let file = File::options().append(true).open(path)?;
        let before = file.metadata()?.modified()?;
        file.set_modified(SystemTime::now())?;
        Ok(Self { file, before })
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        // At worst something is compiled once more.
        drop(self.file.set_modified(self.before));
    }
}

fn openapi(workspace: &Workspace, made: &Path, step: &mut Step) -> anyhow::Result<()> {
    let programs = binaries::build_in(workspace, Profile::Development, step)?;
    let output = Command::new(binaries::program(&programs, "todo-backend"))
        .arg("openapi")
        .output()
        .context("cannot run todo-backend")?;
    ensure!(
        output.status.success(),
        "`todo-backend openapi` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(fs::write(made.join(DOCUMENT), output.stdout)?)
}

fn types(workspace: &Workspace, made: &Path, step: &mut Step) -> anyhow::Result<()> {
    frontend::install(workspace)?;
    let arguments = ["exec", "--no", "--", "openapi-typescript"];
    let mut command = node::npm(&workspace.frontend(), &arguments);
    command
        .arg(workspace.root().join(OPENAPI.folder).join(DOCUMENT))
        .arg("--output")
        .arg(made.join("schema.d.ts"));
    processes::run(step, &mut command, &workspace.log("openapi-typescript"))
}
