//! Generated files: `cargo xtask prepare` makes them anew, `cargo xtask check` tells whether the committed ones are what
//! would be made now.

use std::{
    collections::BTreeMap,
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

/// A committed file, or folder of files, that a tool makes.
#[derive(Debug, Clone, Copy)]
pub struct Generated {
    name: &'static str,
    /// Where it is, below the root of the checkout.
    path: &'static str,
    /// Makes it at another place.
    make: fn(&Workspace, &Path, &mut Step) -> anyhow::Result<()>,
}

/// What the compiler knows about each SQL statement when it has no database.
pub const QUERY_DATA: Generated = Generated {
    name: "Query data",
    path: "crates/store/.sqlx",
    make: query_data,
};

/// The backend's `OpenAPI` document.
pub const OPENAPI: Generated = Generated {
    name: "OpenAPI document",
    path: "docs/openapi.json",
    make: openapi,
};

/// The frontend's types, made from the committed document.
pub const TYPES: Generated = Generated {
    name: "Frontend types",
    path: "frontend/src/lib/api/schema.d.ts",
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

impl Generated {
    /// Makes it elsewhere first, so that a source that does not compile loses nothing.
    fn write(self, workspace: &Workspace, step: &mut Step) -> anyhow::Result<()> {
        let committed = workspace.root().join(self.path);
        let made = self.made_now(workspace, step)?;
        for gone in files(&committed)?
            .keys()
            .filter(|name| !made.contains_key(*name))
        {
            fs::remove_file(committed.join(gone))?;
        }
        for (name, content) in made {
            let file = committed.join(name);
            fs::write(&file, content)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }

    /// Makes sure that what is committed is what would be made now.
    ///
    /// # Errors
    /// Names the first file that is not, and what to do.
    pub fn must_be_fresh(self, workspace: &Workspace, step: &mut Step) -> anyhow::Result<()> {
        let committed = files(&workspace.root().join(self.path))?;
        let made = self.made_now(workspace, step)?;
        let names = committed.keys().chain(made.keys());
        if let Some(stale) = names
            .into_iter()
            .find(|name| committed.get(*name) != made.get(*name))
        {
            bail!(
                "{} is not what would be made now: run `cargo xtask prepare` and commit what it changed",
                Path::new(self.path).join(stale).display()
            );
        }
        Ok(())
    }

    fn made_now(
        self,
        workspace: &Workspace,
        step: &mut Step,
    ) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
        let folder = tempfile::tempdir()?;
        let made = folder.path().join("made");
        (self.make)(workspace, &made, step)?;
        files(&made)
    }
}

/// The contents of a folder's files by their names, or of one file, whose name then is empty.
fn files(path: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<u8>>> {
    if !path.is_dir() {
        let content = path.exists().then(|| fs::read(path)).transpose()?;
        return Ok(content
            .map(|content| (PathBuf::new(), content))
            .into_iter()
            .collect());
    }
    fs::read_dir(path)?
        .map(|entry| {
            let entry = entry?;
            Ok((PathBuf::from(entry.file_name()), fs::read(entry.path())?))
        })
        .collect()
}

/// Compiles the store against a temporary database that has all migrations, as `cargo sqlx prepare` does.
fn query_data(workspace: &Workspace, made: &Path, step: &mut Step) -> anyhow::Result<()> {
    fs::create_dir(made)?;
    let store = workspace.root().join("crates").join("store");
    let migrations = store.join("migrations");
    let server = Server::migrated(workspace, Purpose::Test, "prepare", Some(&migrations), step)?;
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
    Ok(fs::write(made, output.stdout)?)
}

fn types(workspace: &Workspace, made: &Path, step: &mut Step) -> anyhow::Result<()> {
    frontend::install(workspace)?;
    let arguments = ["exec", "--no", "--", "openapi-typescript"];
    let mut command = node::npm(&workspace.frontend(), &arguments);
    command
        .arg(workspace.root().join(OPENAPI.path))
        .arg("--output")
        .arg(made);
    processes::run(step, &mut command, &workspace.log("openapi-typescript"))
}
