//! What a conversation leaves in the log, where nothing that was said may be, and in the metrics.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

#[path = "chat/outgoing.rs"]
#[expect(dead_code, reason = "shared with the other tests of the chat")]
mod outgoing;
#[path = "chat/world.rs"]
#[expect(dead_code, reason = "shared with the other tests of the chat")]
mod world;

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{self, Next},
    routing::post,
};
use model::Wire;
use offline_model::{Fault, Reply};
use serde_json::json;
use service::telemetry;
use sqlx::PgPool;
use store::Db;
use tracing_subscriber::{Layer as _, layer::SubscriberExt as _};

use crate::world::{Plan, World, input, mcp, serve};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_that_was_said_no_key_and_no_token_is_logged(pool: PgPool) {
    let lines = Lines::default();
    let writer = lines.clone();
    // Our own crates tell everything they can; the libraries what production lets them.
    let level = "warn,backend=trace,model=trace,service=trace,mcp_server=trace";
    let filter = telemetry::filter(level).unwrap();
    let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(
        tracing_subscriber::registry().with(layer.with_filter(filter)),
    )
    .unwrap();

    for wire in [Wire::Chat, Wire::Responses].map(Some) {
        let plan = Plan {
            wire,
            ..Plan::default()
        };
        say_zanzibar(&World::with(&pool, plan).await).await;
        // Providers that give back what they were sent: where they should say what is wrong with it, and as an answer
        // that cannot be read.
        let refused = |status| post(move |body: String| async move { (status, body) });
        for echo in [
            refused(StatusCode::BAD_REQUEST),
            refused(StatusCode::BAD_GATEWAY),
            post(|body: String| async move { format!("data: {body}…\n\n") }),
        ] {
            let echo = serve(Router::new().fallback_service(echo)).await;
            let echoing = Plan {
                model_url: Some(format!("http://{echo}/v1")),
                wire,
                ..Plan::default()
            };
            let world = World::with(&pool, echoing).await;
            world.alice().begin("Zanzibar").await;
        }
    }

    let log = lines.0.lock().unwrap().clone();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("a chat turn did not come to its end"), "{log}");
    let told = |line: &str| line.contains("ERROR") && line.contains("OPENAI_API_KEY");
    assert!(log.lines().any(told), "{log}");
    for secret in ["anzibar", "sk-test", "eyJ", "for tests only"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

/// A conversation in which everybody says the word, and everything goes wrong.
async fn say_zanzibar(world: &World) {
    let alice = world.alice();
    alice.say("add Zanzibar").await;
    world.script.push(Reply::call(
        "complete_task",
        json!({"task_id": 1, "Zanzibar": "Zanzibar"}),
    ));
    world.script.push(Reply::text("Zanzibar"));
    alice.begin("Zanzibar").await;
    for fault in [
        Fault::Status(400),
        Fault::Nonsense,
        Fault::Cut,
        Fault::ErrorMidStream,
        Fault::Status(401),
    ] {
        world.script.push(fault);
        alice.begin("Zanzibar").await;
    }
    alice
        .ask("threads.create", json!({"input": "Zanzibar"}))
        .await;
    alice.chat(json!({"message": ["Zanzibar"]})).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_request_id_runs_through_the_backend_and_the_mcp_server(pool: PgPool) {
    let mcp = Headers::default();
    let seen = mcp.clone();
    let world = World::with(
        &pool,
        Plan {
            mcp_url: Some(seen.before(&pool).await),
            ..Plan::default()
        },
    )
    .await;
    let alice = world.alice();
    let request = alice.post("/api/me/chat").header("x-request-id", "chat-1");
    let answer = request.json(&json!({ "message": "add milk" })).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.headers()["x-request-id"], "chat-1");
    assert_eq!(answer.status(), 200);
    let request = alice.kit("threads.create", json!({ "input": input("add tea") }));
    let answer = request.header("x-request-id", "kit-1").send().await;
    answer.unwrap().text().await.unwrap();
    assert_eq!(alice.tasks().await, ["Milk", "Tea"]);

    let calls = mcp.0.lock().unwrap().clone();
    for id in ["chat-1", "kit-1"] {
        assert!(
            calls.contains(&("tools/call".into(), id.into())),
            "{calls:?}"
        );
    }
}

/// What the MCP server is asked, each with the id it is asked under.
#[derive(Clone, Default)]
struct Headers(Arc<Mutex<Vec<(String, String)>>>);

impl Headers {
    /// An MCP server whose requests are looked at first.
    async fn before(self, pool: &PgPool) -> String {
        let look = middleware::from_fn(move |request: Request, next: Next| {
            let header = |name: &str| {
                let value = request.headers().get(name);
                value.map_or("", |value| value.to_str().unwrap()).to_owned()
            };
            let asked = (header("mcp-method"), header("x-request-id"));
            self.0.lock().unwrap().push(asked);
            next.run(request)
        });
        let router = mcp(&Db::from_pool(pool.clone())).layer(look);
        format!("http://{}/mcp", serve(router).await)
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn turns_first_words_and_tool_calls_are_counted(pool: PgPool) {
    let metrics = service::telemetry::metrics();
    let world = World::start(&pool).await;
    world.alice().say("add milk").await;
    world.script.push(Reply::call("no_such_tool", json!({})));
    world.script.push(Fault::Status(401));
    world.alice().begin("hello").await;
    let metrics = metrics.render();
    for line in [
        r#"chat_turns_total{outcome="answered"} "#,
        r#"chat_turns_total{outcome="model_unauthorized"} "#,
        r#"chat_tool_calls_total{tool="add_task",outcome="done"} "#,
        r#"chat_tool_calls_total{tool="unknown",outcome="failed"} "#,
        "chat_first_token_seconds_count",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}
