//! The measured programs: starting them, and ending them whatever happens.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use tempfile::TempDir;

use crate::{keys, server::Server};

/// The programs.
pub(crate) const NAMES: [&str; 3] = ["todo-backend", "todo-mcp", "todo-offline-model"];
/// The backend's connections to the database, and pgbench's.
pub(crate) const POOL: usize = 16;
/// Longer than any program may take to start; Python takes long on a busy machine.
const LIMIT: Duration = Duration::from_mins(1);
/// Between two attempts to reach a program that starts.
const PAUSE: Duration = Duration::from_micros(200);

/// Where the programs are and what they share.
pub(crate) struct Programs {
    folder: PathBuf,
    database_url: String,
    logs: TempDir,
    keys_port: u16,
    cores: Option<String>,
}

/// Where a backend finds its neighbours; by default it has none.
#[derive(Default, Clone)]
pub(crate) struct Backend {
    pub(crate) model_port: u16,
    pub(crate) mcp_port: u16,
    /// Where it listens itself; without it anywhere.
    pub(crate) port: Option<u16>,
    /// What else it is told.
    pub(crate) settings: Vec<(&'static str, &'static str)>,
}

/// A running program. It is killed when this is dropped.
pub(crate) struct Program {
    child: Child,
    pub(crate) port: u16,
    /// From before the process was made to its first answer.
    pub(crate) started_in: Duration,
}

impl Programs {
    pub(crate) fn new(folder: &Path, database_url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            folder: folder.to_path_buf(),
            database_url: database_url.to_owned(),
            logs: tempfile::tempdir()?,
            keys_port: keys::publish()?,
            cores: None,
        })
    }

    /// Whatever is started from now on runs on these cores, where they are given.
    pub(crate) fn on_cores(&mut self, cores: Option<String>) {
        self.cores = cores;
    }

    /// The file of a program.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder
            .join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// Brings the database to the schema.
    pub(crate) fn migrate(&self) -> anyhow::Result<()> {
        self.migrate_at(&self.database_url)
    }

    /// Brings another database to it.
    pub(crate) fn migrate_at(&self, database_url: &str) -> anyhow::Result<()> {
        let mut command = self.command("todo-backend");
        let output = command
            .arg("migrate")
            .env("DATABASE_URL", database_url)
            .output()
            .context("todo-backend does not start")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "migrate failed: {error}");
        Ok(())
    }

    pub(crate) fn backend(&self, settings: &Backend) -> anyhow::Result<Program> {
        let keys = format!("http://127.0.0.1:{}", self.keys_port);
        let model = format!("http://127.0.0.1:{}/v1", settings.model_port);
        let mcp = format!("http://127.0.0.1:{}/mcp", settings.mcp_port);
        let pool = POOL.to_string();
        let mut all = vec![
            ("DATABASE_POOL_SIZE", pool.as_str()),
            ("BETTER_AUTH_URL", &keys),
            ("BETTER_AUTH_SECRET", keys::SECRET),
            ("OPENAI_BASE_URL", &model),
            ("OPENAI_MODEL", "offline+instant"),
            ("MCP_SERVER_URL", &mcp),
            ("MCP_API_KEY", keys::SECRET),
            // Limits are for people.
            ("CHAT_REQUESTS_PER_MINUTE", "0"),
            ("CHAT_REQUESTS_PER_DAY", "0"),
            ("CHAT_TOKENS_PER_MINUTE", "0"),
            ("CHAT_TOKENS_PER_DAY", "0"),
        ];
        all.extend(&settings.settings);
        self.start("todo-backend", settings.port, &all)
    }

    /// The MCP server, and the backend that asks the model at this port.
    pub(crate) fn chat(&self, model_port: u16) -> anyhow::Result<(Program, Program)> {
        let mcp = self.mcp()?;
        let backend = self.backend(&Backend {
            model_port,
            mcp_port: mcp.port,
            ..Backend::default()
        })?;
        Ok((mcp, backend))
    }

    pub(crate) fn mcp(&self) -> anyhow::Result<Program> {
        self.mcp_on(None)
    }

    /// The MCP server on a port that others know already.
    pub(crate) fn mcp_on(&self, port: Option<u16>) -> anyhow::Result<Program> {
        let frontend = format!("http://127.0.0.1:{}", self.keys_port);
        let settings = [
            ("MCP_API_KEY", keys::SECRET),
            ("BETTER_AUTH_URL", &frontend),
            ("JWT_ISSUER", keys::ISSUER),
            ("MCP_PUBLIC_URL", keys::RESOURCE),
        ];
        self.start("todo-mcp", port, &settings)
    }

    pub(crate) fn model(&self) -> anyhow::Result<Program> {
        self.start("todo-offline-model", None, &[])
    }

    /// What the programs have logged stays where it is when this is dropped.
    pub(crate) fn keep_logs(&mut self) -> &Path {
        self.logs.disable_cleanup(true);
        self.logs.path()
    }

    /// A program that is told nothing but what it is told here: what the user has set for the application is not for it.
    pub(crate) fn pinned(&self, program: &Path) -> Command {
        let mut command = match &self.cores {
            Some(cores) => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", cores]).arg(program);
                command
            }
            None => Command::new(program),
        };
        // Windows opens no socket without it.
        let needed = std::env::vars_os().filter(|(name, _)| name == "SystemRoot");
        command.env_clear().envs(needed);
        command
    }

    fn command(&self, name: &str) -> Command {
        let mut command = self.pinned(&self.path(name));
        command.env("DATABASE_URL", &self.database_url);
        command
    }

    fn start(
        &self,
        name: &str,
        port: Option<u16>,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Program> {
        let metrics_port = free_port()?;
        let mut command = self.command(name);
        command
            .arg("serve")
            .env("HOST", "127.0.0.1")
            .env("METRICS_PORT", metrics_port.to_string())
            .envs(settings.iter().copied());
        self.launch(name, command, port, |command, port| {
            command.env("PORT", port.to_string());
        })
    }

    /// Starts a program that is told its port and waits for its first successful `/health`.
    pub(crate) fn launch(
        &self,
        name: &str,
        mut command: Command,
        port: Option<u16>,
        tell: impl FnOnce(&mut Command, u16),
    ) -> anyhow::Result<Program> {
        let port = port.map_or_else(free_port, Ok)?;
        tell(&mut command, port);
        // A file, because that is where a container's log goes too; throwing the lines away would be cheaper.
        let log = self.logs.path().join(format!("{name}-{port}.log"));
        let output = || File::options().create(true).append(true).open(&log);
        command
            .stdin(Stdio::null())
            .stdout(output()?)
            .stderr(output()?);
        let begun = Instant::now();
        let child = command.spawn();
        let mut program = Program {
            child: child.with_context(|| format!("{name} does not start"))?,
            port,
            started_in: Duration::ZERO,
        };
        while !program.answers("/health") {
            if begun.elapsed() > LIMIT || program.child.try_wait()?.is_some() {
                bail!(
                    "{name} does not answer:\n{}",
                    std::fs::read_to_string(&log)?
                );
            }
            thread::sleep(PAUSE);
        }
        program.started_in = begun.elapsed();
        Ok(program)
    }
}

impl Program {
    /// Whether a GET is answered with 200.
    pub(crate) fn answers(&self, path: &str) -> bool {
        self.get(path)
            .is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
    }

    fn get(&self, path: &str) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }

    /// Where it listens.
    pub(crate) fn server(&self) -> Server {
        Server::here(self.port)
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It fails only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
