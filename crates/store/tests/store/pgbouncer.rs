//! A real `PgBouncer` before a test's database.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sqlx::{ConnectOptions as _, postgres::PgConnectOptions};
use tokio::{net::TcpStream, time::sleep};

/// How it shares the server's sessions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    /// `session` or `transaction`.
    pub(crate) pool: &'static str,
    /// How many sessions there are.
    pub(crate) sessions: u32,
    /// Whether it takes the session that was idle longest instead of the one that was used last.
    pub(crate) round_robin: bool,
    /// How many prepared statements it keeps track of; releases before 1.21 of none.
    pub(crate) tracked: u32,
}

impl Mode {
    pub(crate) const SESSION: Self = Self {
        pool: "session",
        sessions: 20,
        round_robin: false,
        tracked: 0,
    };
    pub(crate) const TRANSACTION: Self = Self {
        pool: "transaction",
        ..Self::SESSION
    };
    pub(crate) const TRACKING: Self = Self {
        tracked: 100,
        ..Self::TRANSACTION
    };
}

/// The first release that keeps track of prepared statements.
const TRACKS: (u32, u32) = (1, 21);

pub(crate) struct PgBouncer {
    process: Child,
    directory: PathBuf,
    database: PgConnectOptions,
    port: u16,
}

impl PgBouncer {
    /// None, with the reason on the test's output, where there is no such program or it is too old.
    pub(crate) async fn start(database: &PgConnectOptions, mode: Mode) -> Option<Self> {
        let Some(release) = release() else {
            println!("skipped: there is no /usr/sbin/pgbouncer, and PGBOUNCER names no other");
            return None;
        };
        if mode.tracked > 0 && release < TRACKS {
            println!("skipped: PgBouncer {release:?} tracks no prepared statements");
            return None;
        }
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let directory = std::env::temp_dir().join(format!("todo-pgbouncer-{port}"));
        std::fs::create_dir_all(&directory).unwrap();
        // As root it becomes another user, which must be able to read its settings.
        std::fs::set_permissions(&directory, PermissionsExt::from_mode(0o755)).unwrap();
        let database = database.clone();
        write_settings(&directory, &database, port, mode);
        let mut pooler = Self {
            process: run(&directory),
            directory,
            database,
            port,
        };
        pooler.until_it_listens().await;
        Some(pooler)
    }

    pub(crate) fn url(&self) -> String {
        let mut url = self.database.to_url_lossy();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.port)).unwrap();
        url.to_string()
    }

    /// Ends it, which ends all its connections, and starts it anew.
    pub(crate) async fn restart(&mut self, mode: Mode) {
        self.end();
        write_settings(&self.directory, &self.database, self.port, mode);
        self.process = run(&self.directory);
        self.until_it_listens().await;
    }

    /// Has it read its settings again, which ends no connection.
    pub(crate) fn reload(&self, mode: Mode) {
        write_settings(&self.directory, &self.database, self.port, mode);
        let process = self.process.id().to_string();
        let told = Command::new("kill").args(["-HUP", &process]).status();
        assert!(told.unwrap().success());
    }

    async fn until_it_listens(&mut self) {
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            assert!(self.process.try_wait().unwrap().is_none(), "it has ended");
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn end(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        self.end();
        std::fs::remove_dir_all(&self.directory).unwrap();
    }
}

/// Debian's is not on everybody's PATH.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration of its own"
)]
fn program() -> String {
    let debian = "/usr/sbin/pgbouncer".to_owned();
    std::env::var("PGBOUNCER").unwrap_or(debian)
}

fn release() -> Option<(u32, u32)> {
    let told = Command::new(program()).arg("--version").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let mut numbers = told
        .lines()
        .next()?
        .rsplit(' ')
        .next()?
        .split('.')
        .map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn write_settings(directory: &Path, database: &PgConnectOptions, port: u16, mode: Mode) {
    let url = database.to_url_lossy();
    let (host, to, user, password, name) = (
        database.get_host(),
        database.get_port(),
        database.get_username(),
        url.password().unwrap_or_default(),
        database.get_database().unwrap(),
    );
    let tracked = if release() >= Some(TRACKS) {
        format!("max_prepared_statements = {}\n", mode.tracked)
    } else {
        String::new()
    };
    let settings = format!(
        "[databases]\n{name} = host={host} port={to} user={user} password={password}\n\
         [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
         ignore_startup_parameters = extra_float_digits\npool_mode = {}\ndefault_pool_size = {}\n\
         server_round_robin = {}\nserver_login_retry = 1\nlog_connections = 0\nlog_disconnections = 0\n{tracked}",
        mode.pool,
        mode.sessions,
        u8::from(mode.round_robin),
    );
    std::fs::write(directory.join("pgbouncer.ini"), settings).unwrap();
}

fn run(directory: &Path) -> Child {
    let mut command = Command::new(program());
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout == b"0\n" {
        command.args(["-u", "nobody"]);
    }
    command
        .args(["-q", "pgbouncer.ini"])
        .current_dir(directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
