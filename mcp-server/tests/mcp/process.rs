//! The binary: its start, its refusal to start, its end.

use std::{
    io::Write as _,
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use sqlx::{ConnectOptions as _, PgPool};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::running::{Agent, SECRET, discover, http};

fn todo_mcp(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-mcp"));
    command
        .env_clear()
        .args(arguments)
        .envs(variables.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a process that does not start says.
fn refusal(mut command: Command) -> String {
    let mut child = command.spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.code().is_some_and(|code| code != 0),
        "it started"
    );
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

#[test]
fn a_missing_or_malformed_value_ends_the_start_with_one_line_that_names_the_variable() {
    let good = [
        ("DATABASE_URL", "postgres://u:pass-word@127.0.0.1:9/x"),
        ("MCP_API_KEY", SECRET),
    ];
    for (variable, value) in [
        ("DATABASE_URL", None),
        ("DATABASE_URL", Some("mysql://u:pass-word@127.0.0.1/x")),
        ("DATABASE_URL", Some("")),
        ("MCP_API_KEY", None),
        ("MCP_API_KEY", Some("too-short")),
        ("MCP_API_KEY_PREVIOUS", Some("too-short")),
        ("BETTER_AUTH_URL", Some("todo.example")),
        ("JWT_ISSUER", Some("ftp://todo.example")),
        ("MCP_PUBLIC_URL", Some("/mcp")),
        ("PORT", Some("many")),
        ("HOST", Some("nowhere.invalid")),
        ("HOST", Some("[::1")),
        ("HOST", Some("192.0.2.1")),
        ("METRICS_PORT", Some("70000")),
        ("DRAIN_DELAY", Some("-1")),
        ("LOG_FORMAT", Some("xml")),
        ("LOG_LEVEL", Some("loud")),
        ("MCP_ALLOWED_ORIGINS", Some("localhost")),
        ("MCP_ALLOWED_HOSTS", Some("https://todo.example")),
    ] {
        let mut variables: Vec<_> = good
            .into_iter()
            .filter(|(name, _)| *name != variable)
            .collect();
        variables.extend(
            [("PORT", "0"), ("METRICS_PORT", "0")]
                .into_iter()
                .filter(|(name, _)| *name != variable),
        );
        variables.extend(value.map(|value| (variable, value)));
        let text = refusal(todo_mcp(&["serve"], &variables));
        assert!(text.contains(variable), "{variable}={value:?}: {text}");
        for secret in ["pass-word", "too-short", SECRET] {
            assert!(!text.contains(secret), "{variable}={value:?}: {text}");
        }
    }
}

#[test]
fn help_names_every_variable_and_shows_no_secret() {
    let variables = [
        ("DATABASE_URL", "postgres://u:pass-word@127.0.0.1:9/x"),
        ("MCP_API_KEY", SECRET),
    ];
    let output = todo_mcp(&["serve", "--help"], &variables).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for variable in [
        "HOST",
        "PORT",
        "METRICS_PORT",
        "DATABASE_URL",
        "MCP_API_KEY",
        "MCP_API_KEY_PREVIOUS",
        "MCP_ALLOWED_HOSTS",
        "MCP_ALLOWED_ORIGINS",
        "PEER_URLS",
        "LOG_LEVEL",
        "LOG_FORMAT",
        "DRAIN_DELAY",
    ] {
        assert!(text.contains(&format!("[env: {variable}")), "{variable}");
    }
    assert!(!text.contains("pass-word") && !text.contains(SECRET));
}

/// A running server, and what asks whether it is well.
struct Running {
    child: Child,
    port: u16,
    variables: Vec<(&'static str, String)>,
}

impl Running {
    /// Started by a shell after some words to it.
    fn start(host: &str, before: &str) -> Self {
        Self::start_with(host, before, &[])
    }

    fn start_with(host: &str, before: &str, more: &[(&'static str, &str)]) -> Self {
        let [port, metrics_port] = [(); 2]
            .map(|()| TcpListener::bind("127.0.0.1:0").unwrap())
            .map(|listener| listener.local_addr().unwrap().port());
        let mut variables = vec![
            ("HOST", host.to_owned()),
            ("PORT", port.to_string()),
            ("METRICS_PORT", metrics_port.to_string()),
            (
                "DATABASE_URL",
                "postgres://nobody@127.0.0.1:9/nothing".to_owned(),
            ),
            ("MCP_API_KEY", SECRET.to_owned()),
            ("MCP_API_KEY_PREVIOUS", String::new()),
        ];
        for (name, value) in more {
            variables.retain(|(known, _)| known != name);
            variables.push((*name, (*value).to_owned()));
        }
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_todo-mcp");
        command
            .args(["-c", &format!("{before} exec {program} serve")])
            .env_clear()
            .envs(variables.clone())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let mut running = Self {
            child,
            port,
            variables,
        };
        let begun = Instant::now();
        while !running.is_healthy() {
            assert!(begun.elapsed() < Duration::from_secs(30), "never healthy");
            assert!(running.child.try_wait().unwrap().is_none(), "ended at once");
        }
        running
    }

    fn is_healthy(&self) -> bool {
        let variables: Vec<_> = self
            .variables
            .iter()
            .map(|(n, v)| (*n, v.as_str()))
            .collect();
        let asked = todo_mcp(&["healthcheck"], &variables).output().unwrap();
        asked.status.success()
    }

    /// Tells it to end, and how long that took.
    fn end(self) -> Duration {
        let begun = Instant::now();
        let child = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &child]).status();
        assert!(told.unwrap().success());
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(!String::from_utf8(output.stdout).unwrap().contains(SECRET));
        begun.elapsed()
    }
}

#[test]
fn it_starts_without_a_database_tells_its_health_and_ends_when_told() {
    Running::start("127.0.0.1", "").end();
}

#[test]
fn it_listens_on_both_families_where_there_are_two() {
    let running = Running::start("[::]", "");
    for address in ["127.0.0.1", "::1"] {
        match TcpStream::connect((address, running.port)) {
            Ok(_) => {}
            Err(_) if TcpListener::bind((address, 0)).is_err() => {
                println!("{address} is skipped: this machine does not have it");
            }
            Err(error) => panic!("{address}: {error}"),
        }
    }
    running.end();
}

#[test]
fn half_heads_take_neither_its_health_nor_its_end() {
    let running = Running::start("127.0.0.1", "ulimit -n 300;");
    let mut held = Vec::new();
    for _ in 0..300 {
        let mut half = TcpStream::connect(("127.0.0.1", running.port)).unwrap();
        half.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nX-")
            .unwrap();
        held.push(half);
    }
    assert!(running.is_healthy());
    assert!(running.end() < Duration::from_secs(10));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_call_that_wakes_the_database_is_told_to_the_backends(pool: PgPool) {
    let backend = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = backend.local_addr().unwrap().to_string();
    let url = pool.connect_options().to_url_lossy();
    let more = [("DATABASE_URL", url.as_str()), ("PEER_URLS", peer.as_str())];
    // The tests' runtime has one thread, and nothing else to do on it meanwhile.
    let running = Running::start_with("127.0.0.1", "", &more);
    let url = format!("http://127.0.0.1:{}/mcp", running.port);
    // Chooses the cryptography of this process's clients.
    http();
    let agent = Agent::connect(&url, "ada", discover(), &[]).await;
    let call = agent.call("list_tasks", json!({}));
    let told = async {
        let (mut sibling, _) = backend.accept().await.unwrap();
        let mut head = vec![0; 1024];
        let length = sibling.read(&mut head).await.unwrap();
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        sibling.write_all(answer).await.unwrap();
        String::from_utf8_lossy(&head[..length]).into_owned()
    };
    let (_, told) = tokio::join!(call, told);
    assert!(told.starts_with("POST /awake HTTP/1.1\r\n"), "{told}");
    assert!(told.contains(&format!("\r\nHost: {peer}\r\n")), "{told}");
    drop(agent);
    tokio::task::spawn_blocking(|| running.end()).await.unwrap();
}
