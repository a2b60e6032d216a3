//! A yardstick of the usual kind: the backend and the MCP server of `tests/bench/python`, with the packages of its lock file.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};

use crate::{
    build,
    database::Database,
    keys,
    programs::{Program, Programs},
};

/// An environment with the packages.
pub(crate) struct Python {
    program: PathBuf,
    source: PathBuf,
}

/// Both programs, running on a database of their own.
pub(crate) struct Rival {
    pub(crate) backend: Program,
    pub(crate) mcp: Program,
    pub(crate) database: Database,
}

impl Python {
    /// Installs the packages once, below the target folder.
    ///
    /// # Errors
    /// With why nothing can be compared with it.
    pub(crate) fn install() -> anyhow::Result<Self> {
        let source = build::root().join("tests/bench/python");
        let lock = source.join("requirements.txt");
        let mut hash = DefaultHasher::new();
        std::fs::read(&lock)?.hash(&mut hash);
        let folder = build::target()?.join(format!("python-{:x}", hash.finish()));
        let program = folder.join("bin/python");
        let installed = folder.join("installed");
        if !installed.exists() {
            eprintln!("Installing the Python packages that the bench compares with");
            succeeds(
                Command::new("python3")
                    .args(["-m", "venv", "--clear"])
                    .arg(&folder),
            )
            .context("python3 with venv is missing")?;
            let mut pip = Command::new(&program);
            pip.args(["-m", "pip", "install", "--quiet", "--require-hashes", "-r"]);
            succeeds(pip.arg(&lock)).context("its packages cannot be installed")?;
            std::fs::write(installed, "")?;
        }
        Ok(Self { program, source })
    }

    /// Starts both; everybody has tasks.
    pub(crate) async fn serve(
        &self,
        programs: &Programs,
        database_url: &str,
    ) -> anyhow::Result<Rival> {
        let database = Database::create_named(database_url, "todo_bench_python").await?;
        // It makes the table, which the other uses.
        let backend = self.start("app", programs, database.url())?;
        let mcp = self.start("tools", programs, database.url())?;
        database.seed().await?;
        Ok(Rival {
            backend,
            mcp,
            database,
        })
    }

    fn start(&self, app: &str, programs: &Programs, database: &str) -> anyhow::Result<Program> {
        let mut command = programs.pinned(&self.program);
        command
            .args(["-m", "uvicorn", &format!("server:{app}"), "--app-dir"])
            .arg(&self.source)
            .env(
                "DATABASE_URL",
                database.replacen("postgres://", "postgresql+asyncpg://", 1),
            )
            .env("BETTER_AUTH_SECRET", keys::SECRET)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        programs.launch(&format!("python-{app}"), command, None, |command, port| {
            command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        })
    }
}

fn succeeds(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", error.trim());
    Ok(())
}
