//! What a conversation leaves in the log, where nothing that was said may be, and in the metrics.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

#[path = "chat/world.rs"]
#[expect(dead_code, reason = "shared with the other tests of the chat")]
mod world;

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use offline_model::{Fault, Reply};
use serde_json::json;
use sqlx::PgPool;
use tracing_subscriber::{Layer as _, filter::Targets, layer::SubscriberExt as _};

use crate::world::World;

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
    let filter = Targets::new()
        .with_default(tracing::Level::WARN)
        .with_target("backend", tracing::Level::TRACE)
        .with_target("service", tracing::Level::TRACE)
        .with_target("mcp_server", tracing::Level::TRACE)
        .with_target("async_openai", tracing::level_filters::LevelFilter::OFF);
    let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
    tracing::subscriber::set_global_default(
        tracing_subscriber::registry().with(layer.with_filter(filter)),
    )
    .unwrap();

    let world = World::start(&pool).await;
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
    ] {
        world.script.push(fault);
        alice.begin("Zanzibar").await;
    }
    alice
        .ask("threads.create", json!({"input": "Zanzibar"}))
        .await;
    alice.chat(json!({"message": ["Zanzibar"]})).await;

    let log = lines.0.lock().unwrap().clone();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("a chat turn did not come to its end"), "{log}");
    for secret in ["anzibar", "sk-test", "eyJ", "for tests only"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
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
