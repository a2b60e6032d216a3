//! What an operator sees of the calls.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use sqlx::PgPool;
use store::Db;

use crate::running::{Agent, Server, discover};

/// Log lines, kept.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_call_leaves_one_line_and_one_measurement_and_never_its_arguments(pool: PgPool) {
    let metrics = service::telemetry::metrics();
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // Otherwise a line that another test's thread, which has no subscriber, comes to first may be off for all.
    tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
    // The tests' runtime has one thread, so this catches what the server logs.
    let _kept = tracing::subscriber::set_default(subscriber);

    let server = Server::start(&Db::from_pool(pool)).await;
    let headers = [("x-request-id", "request-7")];
    let agent = Agent::connect(&server.mcp(), "ada", discover(), &headers).await;
    agent.add("A secret title").await;
    agent
        .refusal("complete_task", json!({ "task_id": 99 }))
        .await;
    agent
        .try_call("A secret tool", json!({}), Value::Null)
        .await
        .unwrap_err();

    let text = lines.text();
    let ours = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let calls: Vec<_> = ours
        .filter(|line| line["message"] == "tool call")
        .map(|line| {
            assert!(line["duration_ms"].is_number(), "{line}");
            assert_eq!(
                (&line["user.id"], &line["request_id"]),
                (&json!("ada"), &json!("request-7"))
            );
            (line["tool"].clone(), line["outcome"].clone())
        })
        .collect();
    assert_eq!(
        calls,
        [
            (json!("add_task"), json!("ok")),
            (json!("complete_task"), json!("not_found")),
            (json!("unknown"), json!("protocol_error")),
        ]
    );
    let of_the_server = text
        .lines()
        .filter(|line| line.contains("\"target\":\"mcp_server"));
    for line in of_the_server {
        assert!(!line.contains("secret"), "{line}");
    }

    let measured = metrics.render();
    for line in [
        "mcp_tool_calls_total{tool=\"add_task\",outcome=\"ok\"}",
        "mcp_tool_calls_total{tool=\"complete_task\",outcome=\"not_found\"}",
        "mcp_tool_calls_total{tool=\"unknown\",outcome=\"protocol_error\"}",
        "mcp_tool_call_duration_seconds_count{tool=\"add_task\",outcome=\"ok\"}",
    ] {
        assert!(measured.contains(line), "{line} is not in:\n{measured}");
    }
    assert!(!measured.contains("A secret tool"));
}
