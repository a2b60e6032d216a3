//! Generated files: making them, and telling whether the committed ones are what would be made now.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::{
    binaries::{self, Profile},
    frontend, node,
    ports::Ports,
    postgres::{Binaries, Cluster, Purpose, Server},
    processes,
    terminal::Step,
    workspace::Workspace,
};

/// What to do about a file that is not fresh.
pub const REMEDY: &str = "run `cargo xtask prepare` and commit what it changed";

/// Where the committed generated files are.
#[derive(Debug)]
pub struct Generated {
    /// What the compiler knows about each SQL statement when it has no database.
    pub query_data: PathBuf,
    /// The backend's `OpenAPI` document.
    pub openapi: PathBuf,
    /// The frontend's types, made from that document.
    pub types: PathBuf,
}

impl Generated {
    /// In this checkout.
    #[must_use]
    pub fn of(workspace: &Workspace) -> Self {
        Self {
            query_data: workspace.root().join("crates").join("store").join(".sqlx"),
            openapi: workspace.root().join("docs").join("openapi.json"),
            types: workspace.frontend().join("src/lib/api/schema.d.ts"),
        }
    }
}

/// Writes the query data of the store into an empty folder, by compiling it against a temporary database that has all
/// migrations: what `cargo sqlx prepare` does.
///
/// # Errors
/// When the store does not compile or a migration fails.
pub fn write_query_data(
    workspace: &Workspace,
    folder: &Path,
    step: &mut Step,
) -> anyhow::Result<()> {
    let logs = workspace.target().join("xtask");
    let binaries = Binaries::install(workspace, &logs.join("npm-postgres.log"))?;
    let cluster = Cluster::temporary(binaries)?;
    let store = workspace.root().join("crates").join("store");
    for migration in sorted(&store.join("migrations"), "sql")? {
        cluster
            .run_sql(&fs::read_to_string(&migration)?)
            .with_context(|| migration.display().to_string())?;
    }
    let log = logs.join("postgres-prepare.log");
    let server = Server::start(cluster, Ports::default().any()?, Purpose::Test, &log, step)?;

    let _touched = Touched::sources_of(&store)?;
    let mut command = binaries::cargo(
        workspace,
        &["check", "--locked", "-p", "store", "--all-targets"],
    );
    command
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", folder)
        .env("DATABASE_URL", server.url());
    processes::run(step, &mut command, &logs.join("prepare.log"))
}

/// The compiler runs macros again only for sources that changed, so they look changed until this is dropped; after
/// that they look as before, so that nothing else is compiled again because of it.
struct Touched(Vec<(PathBuf, SystemTime)>);

impl Touched {
    fn sources_of(package: &Path) -> anyhow::Result<Self> {
        let mut touched = Self(Vec::new());
        for root in roots(package)? {
            let before = root.metadata()?.modified()?;
            set_modified(&root, SystemTime::now())?;
            touched.0.push((root, before));
        }
        Ok(touched)
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for (root, before) in &self.0 {
            // At worst something is compiled once more.
            drop(set_modified(root, *before));
        }
    }
}

fn set_modified(file: &Path, time: SystemTime) -> std::io::Result<()> {
    File::options().append(true).open(file)?.set_modified(time)
}

/// The files that a package's targets begin with.
fn roots(package: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut roots = vec![package.join("src").join("lib.rs")];
    let tests = package.join("tests");
    if tests.is_dir() {
        roots.extend(sorted(&tests, "rs")?);
        let folders = fs::read_dir(&tests)?.filter_map(Result::ok);
        roots.extend(
            folders
                .map(|folder| folder.path().join("main.rs"))
                .filter(|main| main.is_file()),
        );
    }
    Ok(roots)
}

/// Why committed query data differs from that in another folder, if it does.
///
/// # Errors
/// When a file cannot be read.
pub fn query_data_difference(committed: &Path, now: &Path) -> anyhow::Result<Option<String>> {
    let (committed, now) = (read_query_data(committed)?, read_query_data(now)?);
    for (name, value) in &now {
        match committed.get(name) {
            None => {
                return Ok(Some(format!(
                    "no data for the statement {}",
                    statement(value)
                )));
            }
            Some(old) if old != value => {
                return Ok(Some(format!(
                    "old data for the statement {}",
                    statement(value)
                )));
            }
            Some(_) => {}
        }
    }
    let unused = committed.iter().find(|(name, _)| !now.contains_key(*name));
    Ok(unused.map(|(name, value)| {
        format!(
            "{name} is for a statement that is gone: {}",
            statement(value)
        )
    }))
}

fn read_query_data(folder: &Path) -> anyhow::Result<BTreeMap<String, Value>> {
    if !folder.is_dir() {
        return Ok(BTreeMap::new());
    }
    sorted(folder, "json")?
        .into_iter()
        .map(|file| {
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let value = serde_json::from_slice(&fs::read(&file)?).context(name.clone())?;
            Ok((name, value))
        })
        .collect()
}

fn statement(data: &Value) -> String {
    let text = data
        .get("query")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().take(12).collect();
    format!("`{} …`", words.join(" "))
}

fn sorted(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    Ok(files)
}

/// The backend's `OpenAPI` document as it is now.
///
/// # Errors
/// When the backend does not build, or prints something else.
pub fn openapi(workspace: &Workspace, step: &mut Step) -> anyhow::Result<String> {
    let programs = binaries::build_in(workspace, Profile::Development, step)?;
    let output = Command::new(binaries::program(&programs, "todo-backend"))
        .arg("openapi")
        .output()
        .context("cannot run todo-backend")?;
    if !output.status.success() {
        bail!(
            "`todo-backend openapi` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let text = String::from_utf8(output.stdout)?;
    serde_json::from_str::<Value>(&text).context("`todo-backend openapi` printed no JSON")?;
    Ok(text)
}

/// Writes the frontend's types for a document to a file.
///
/// # Errors
/// When the generator fails.
pub fn write_types(
    workspace: &Workspace,
    openapi: &Path,
    file: &Path,
    step: &mut Step,
) -> anyhow::Result<()> {
    frontend::install(workspace)?;
    let mut command = node::npm(
        &workspace.frontend(),
        &["exec", "--no", "--", "openapi-typescript"],
    );
    command.arg(openapi).arg("--output").arg(file);
    let log = workspace
        .target()
        .join("xtask")
        .join("openapi-typescript.log");
    processes::run(step, &mut command, &log)?;
    ensure!(
        file.is_file(),
        "openapi-typescript wrote nothing; its log is {}",
        log.display()
    );
    Ok(())
}
