//! A folder of PostgreSQL data ("cluster"), with the application's empty database in it.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use super::Binaries;
use crate::{secrets::Secrets, workspace::Workspace};

/// The name of the application's database.
pub const DATABASE: &str = "todo";

/// A data folder that is not necessarily served at the moment.
#[derive(Debug)]
pub struct Cluster {
    binaries: Binaries,
    folder: PathBuf,
    password: String,
    // Removes the folder at the end of a temporary one.
    _temporary: Option<TempDir>,
}

impl Cluster {
    /// The one that is kept between runs, made on first use.
    ///
    /// # Errors
    /// When it cannot be made, or another major version made it.
    pub fn kept(workspace: &Workspace, binaries: Binaries) -> anyhow::Result<Self> {
        let password = Secrets::kept_in(&workspace.data()?).get("POSTGRES_PASSWORD")?;
        let folder = binaries.data_folder(workspace)?.join("postgres");
        if !folder.exists() {
            create(&binaries, &folder, &password)?;
        }
        let cluster = Self {
            binaries,
            folder,
            password,
            _temporary: None,
        };
        cluster.check_version()?;
        Ok(cluster)
    }

    /// A new one that is removed when it is dropped.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn temporary(binaries: Binaries) -> anyhow::Result<Self> {
        let temporary = super::temporary_folder()?;
        let password = Secrets::kept_in(temporary.path()).get("POSTGRES_PASSWORD")?;
        let folder = temporary.path().join("postgres");
        create(&binaries, &folder, &password)?;
        Ok(Self {
            binaries,
            folder,
            password,
            _temporary: Some(temporary),
        })
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The programs that serve it.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The password of its only user, `todo`.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Runs SQL in the application's database while no server uses it. Empty lines in it end up removed.
    ///
    /// # Errors
    /// When a statement fails.
    pub fn run_sql(&self, sql: &str) -> anyhow::Result<()> {
        run_single(&self.binaries, &self.folder, DATABASE, sql)
    }

    fn check_version(&self) -> anyhow::Result<()> {
        let made_by = fs::read_to_string(self.folder.join("PG_VERSION"))?;
        let output = self
            .binaries
            .command("postgres", &self.folder)
            .arg("--version")
            .output()?;
        let version = String::from_utf8_lossy(&output.stdout);
        let major = version
            .split_ascii_whitespace()
            .last()
            .and_then(|v| v.split('.').next());
        ensure!(
            major == Some(made_by.trim()),
            "PostgreSQL {} made the data in {}, and {} cannot read it: move that folder away to start with an empty database",
            made_by.trim(),
            self.folder.display(),
            version.trim()
        );
        Ok(())
    }
}

/// Makes the folder under another name first: one that was interrupted half-way is never taken for a whole one.
fn create(binaries: &Binaries, folder: &Path, password: &str) -> anyhow::Result<()> {
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(&unfinished)
        .with_context(|| format!("cannot make {}", unfinished.display()))?;
    binaries.give(&unfinished)?;
    let mut password_file = tempfile::NamedTempFile::new_in(
        folder
            .parent()
            .context("the data folder has no parent folder")?,
    )?;
    password_file.write_all(password.as_bytes())?;
    binaries.give(password_file.path())?;
    let mut command = binaries.command("initdb", &unfinished);
    command
        .arg("-D")
        .arg(&unfinished)
        .arg("--pwfile")
        .arg(password_file.path())
        .args(["--username=todo", "--auth=scram-sha-256", "--encoding=UTF8"])
        // The built-in provider has C.UTF-8 on every system, whatever locales that has.
        .args([
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]);
    succeeded("initdb", &command.output().context("cannot run initdb")?)?;
    run_single(
        binaries,
        &unfinished,
        "postgres",
        &format!("CREATE DATABASE {DATABASE}"),
    )?;
    fs::rename(&unfinished, folder)?;
    Ok(())
}

/// PostgreSQL's single-user mode: the package brings no client.
fn run_single(binaries: &Binaries, folder: &Path, database: &str, sql: &str) -> anyhow::Result<()> {
    // With -j a command ends at a semicolon followed by an empty line, so the text must have no other one.
    let lines: Vec<&str> = sql.lines().filter(|line| !line.trim().is_empty()).collect();
    let text = format!("{}\n;\n\n", lines.join("\n"));
    let mut command: Command = binaries.command("postgres", folder);
    command
        .args(["--single", "-j", "-c", "exit_on_error=on", "-D"])
        .arg(folder)
        .arg(database);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run postgres")?;
    // Dropped at the end of the statement, which closes it.
    child
        .stdin
        .take()
        .context("no input to write to")?
        .write_all(text.as_bytes())?;
    succeeded("PostgreSQL", &child.wait_with_output()?)
}

fn succeeded(program: &str, output: &Output) -> anyhow::Result<()> {
    ensure!(
        output.status.success(),
        "{program} failed ({}): {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
