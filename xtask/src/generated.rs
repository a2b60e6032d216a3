//! Generated files: `cargo xtask prepare` makes them anew, `cargo xtask check` tells whether the committed ones are what
//! would be made now.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::{self, File},
    path::Path,
    process::Command,
    time::SystemTime,
};

use anyhow::bail;

use crate::{
    binaries, node,
    postgres::{Purpose, Server},
    processes,
    terminal::{self, Step},
    workspace::Workspace,
};

const DOCUMENT: &str = "openapi.json";

/// Committed files that a tool makes: what they are, their folder below the root of the checkout, whether nothing else is
/// in it, and how they are made in another folder.
pub type Generated = (&'static str, &'static str, bool, Make);

type Make = fn(&Workspace, &Path, &mut Step) -> anyhow::Result<()>;

/// What the compiler knows about each SQL statement when it has no database.
pub const QUERY_DATA: Generated = ("Query data", "crates/store/.sqlx", true, query_data);

/// The backend's `OpenAPI` document.
pub const OPENAPI: Generated = ("OpenAPI document", "docs", false, openapi);

/// The frontend's types, made from the committed document.
pub const TYPES: Generated = ("Frontend types", "frontend/src/lib/api", false, types);

/// Makes all of them anew.
///
/// # Errors
/// When something does not build; what was made before it stays.
pub fn prepare(workspace: &Workspace) -> anyhow::Result<()> {
    for generated in [QUERY_DATA, OPENAPI, TYPES] {
        terminal::step(generated.0, |step| {
            let folder = workspace.root().join(generated.1);
            for (name, made) in stale(generated, workspace, step)? {
                match made {
                    Some(content) => fs::write(folder.join(name), content)?,
                    None => fs::remove_file(folder.join(name))?,
                }
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Makes sure that what is committed is what would be made now.
///
/// # Errors
/// Names the first file that is not, and what to do.
pub fn must_be_fresh(
    generated: Generated,
    workspace: &Workspace,
    step: &mut Step,
) -> anyhow::Result<String> {
    if let Some(stale) = stale(generated, workspace, step)?.into_keys().next() {
        bail!(
            "{} is not what would be made now: run `cargo xtask prepare` and commit what it changed",
            Path::new(generated.1).join(stale).display()
        );
    }
    Ok(String::new())
}

type Files<T> = BTreeMap<OsString, T>;

/// The files whose content is another one now, or that are no more. They are made elsewhere, so that a source that does not
/// compile loses nothing.
fn stale(
    (_, folder, alone, write): Generated,
    workspace: &Workspace,
    step: &mut Step,
) -> anyhow::Result<Files<Option<Vec<u8>>>> {
    let elsewhere = tempfile::tempdir()?;
    write(workspace, elsewhere.path(), step)?;
    let made = files(elsewhere.path())?;
    let mut committed = files(&workspace.root().join(folder))?;
    committed.retain(|name, _| alone || made.contains_key(name));
    let mut stale: Files<_> = committed.keys().map(|name| (name.clone(), None)).collect();
    for (name, content) in made {
        if committed.get(&name) == Some(&content) {
            stale.remove(&name);
        } else {
            stale.insert(name, Some(content));
        }
    }
    Ok(stale)
}

/// The files of a folder.
fn files(folder: &Path) -> anyhow::Result<Files<Vec<u8>>> {
    let mut files = Files::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.insert(entry.file_name(), fs::read(entry.path())?);
        }
    }
    Ok(files)
}

/// Compiles the store against a temporary database that has all migrations, as `cargo sqlx prepare` does.
fn query_data(workspace: &Workspace, made: &Path, step: &mut Step) -> anyhow::Result<()> {
    let store = workspace.root().join("crates/store");
    let migrations = store.join("migrations");
    let server = Server::temporary(workspace, Purpose::Test, "prepare", Some(&migrations))?;
    let arguments = ["check", "--locked", "-p", "store", "--all-targets"];
    let mut command = binaries::cargo(workspace, &arguments);
    command
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", made)
        .env("DATABASE_URL", &server.url);
    // The compiler runs macros again only for sources that changed, so one looks changed meanwhile; after that it looks
    // as before, so that nothing else is compiled again because of it.
    let source = File::options()
        .append(true)
        .open(store.join("src/lib.rs"))?;
    let before = source.metadata()?.modified()?;
    source.set_modified(SystemTime::now())?;
    let done = processes::run(step, &mut command, &workspace.log("prepare"));
    source.set_modified(before)?;
    done
}

fn openapi(workspace: &Workspace, made: &Path, _: &mut Step) -> anyhow::Result<()> {
    let programs = binaries::build(workspace, false)?;
    let mut command = Command::new(binaries::program(&programs, "todo-backend"));
    fs::write(
        made.join(DOCUMENT),
        processes::answer(command.arg("openapi"))?,
    )?;
    Ok(())
}

fn types(workspace: &Workspace, made: &Path, step: &mut Step) -> anyhow::Result<()> {
    node::install(workspace, "frontend")?;
    let frontend = workspace.root().join("frontend");
    let mut command = node::npm(&frontend, &["exec", "--no", "--", "openapi-typescript"]);
    command
        .arg(workspace.root().join(OPENAPI.1).join(DOCUMENT))
        .arg("--output")
        .arg(made.join("schema.d.ts"));
    processes::run(step, &mut command, &workspace.log("openapi-typescript"))
}
