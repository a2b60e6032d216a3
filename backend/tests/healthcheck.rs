//! `todo-backend healthcheck`, as a container runs it.

#![expect(
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

use std::{net::SocketAddr, process::Output};

use axum::{Router, http::StatusCode, response::Redirect, routing::get};
use service::{
    assertion::{AssertionKey, Assertions},
    shutdown::Shutdown,
};
use store::{Db, DbOptions};
use tokio::{net::TcpListener, process::Command};

const SECRET: &str = "a secret for tests only, of more than 32 bytes";
const OTHER: &str = "another secret for tests, of more than 32 bytes";

async fn healthcheck(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-backend"));
    command.env_clear().arg("healthcheck").args(arguments);
    command
        .envs(variables.iter().copied())
        .output()
        .await
        .unwrap()
}

/// The one line that says why it is not healthy.
async fn refusal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = healthcheck(arguments, variables).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

/// On every address of this machine, so that it can be called by another name than 127.0.0.1.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, app).await });
    ([127, 0, 0, 1], port).into()
}

/// The real MCP server, without a database behind it.
async fn mcp() -> String {
    let options = DbOptions {
        max_connections: 1,
        application_name: "none",
    };
    let key = AssertionKey::derive(&SECRET.into()).unwrap();
    let router = mcp_server::router(mcp_server::State {
        db: Db::connect_lazy("postgres://nobody@127.0.0.1:9/nothing", &options).unwrap(),
        assertions: Assertions::new(key, None),
        access_tokens: None,
        allowed_hosts: Vec::new(),
        allowed_origins: Vec::new(),
        shutdown: Shutdown::manual(),
    });
    format!("http://{}/mcp", serve(router).await)
}

#[tokio::test]
async fn an_address_that_answers_200_is_healthy() {
    let app = Router::new().route("/api/health", get(|| async { "fine" }));
    let url = format!("http://{}/api/health", serve(app).await);
    let output = healthcheck(&["--url", &url], &[]).await;
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test]
async fn without_an_address_this_machines_backend_is_asked() {
    let app = Router::new().route("/health", get(|| async { "fine" }));
    let port = serve(app).await.port().to_string();
    let output = healthcheck(&[], &[("PORT", &port)]).await;
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test]
async fn any_other_answer_is_told_with_its_beginning_only() {
    let unready = (
        StatusCode::SERVICE_UNAVAILABLE,
        format!(
            "{{\"database\":\n \"unreachable\"}}\u{1b}[2J{}",
            "x".repeat(5000)
        ),
    );
    let app = Router::new()
        .route("/ready", get(|| async { unready }))
        .route("/moved", get(|| async { Redirect::temporary("/fine") }))
        .route("/fine", get(|| async { "fine" }));
    let address = serve(app).await;

    let text = refusal(
        &["--url", &format!("http://me:pass-word@{address}/ready")],
        &[],
    )
    .await;
    let expected = format!("http://{address}/ready answered 503 Service Unavailable: {{");
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains(r#""database": "unreachable""#), "{text}");
    assert!(text.len() < 1200 && !text.contains('\u{1b}'), "{text}");
    assert!(!text.contains("pass-word"), "{text}");

    let text = refusal(&["--url", &format!("http://{address}/moved")], &[]).await;
    assert!(text.contains("answered 307"), "{text}");
}

#[tokio::test]
async fn an_address_without_anybody_is_told_with_the_reason() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = unused.local_addr().unwrap();
    drop(unused);
    let text = refusal(&["--url", &format!("http://{address}/health")], &[]).await;
    assert!(text.contains("cannot be reached: "), "{text}");
    assert!(text.to_lowercase().contains("refused"), "{text}");
    let text = refusal(&["--url", "todo-backend:8000/health"], &[]).await;
    assert!(
        text.contains("--url is not an http or https address"),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_waited_for_in_vain_but_not_for_ever() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let url = format!("http://{address}/health");
    let text = refusal(&["--url", &url], &[]).await;
    assert!(text.contains("did not answer within 5 seconds"), "{text}");
    let mcp = [("MCP_SERVER_URL", url.as_str()), ("MCP_API_KEY", SECRET)];
    let text = refusal(&["--mcp"], &mcp).await;
    assert!(text.contains("did not answer within 5 seconds"), "{text}");
}

#[tokio::test]
async fn the_mcp_server_lists_its_tools_without_a_database() {
    let url = mcp().await;
    let variables = [("MCP_SERVER_URL", url.as_str()), ("MCP_API_KEY", SECRET)];
    let output = healthcheck(&["--mcp"], &variables).await;
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    for tool in [
        "add_task",
        "list_tasks",
        "complete_task",
        "delete_task",
        "update_task",
    ] {
        assert!(text.contains(tool), "{text}");
    }
}

#[tokio::test]
async fn why_the_mcp_server_gives_no_tools_is_said_without_the_key() {
    let url = mcp().await;
    let by_another_name = url.replace("127.0.0.1", "127.0.0.2");
    for (url, key, reason) in [
        (url.as_str(), OTHER, "MCP_API_KEY is not the one it has"),
        ("http://127.0.0.1:9/mcp", SECRET, "cannot be reached"),
        (&url.replace("/mcp", "/health"), SECRET, "HTTP 405"),
        (&by_another_name, SECRET, "MCP_ALLOWED_HOSTS"),
    ] {
        let variables = [("MCP_SERVER_URL", url), ("MCP_API_KEY", key)];
        let text = refusal(&["--mcp"], &variables).await;
        assert!(text.contains(reason), "{reason}: {text}");
        assert!(!text.contains(key), "{text}");
    }
    let text = refusal(&["--mcp"], &[("MCP_API_KEY", "")]).await;
    assert!(text.contains("MCP_API_KEY is missing"), "{text}");
}
