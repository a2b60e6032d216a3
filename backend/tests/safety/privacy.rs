//! Nothing of a conversation is logged, however it goes.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use backend::chat::Limits;
use model::{StepLimits, Wire};
use offline_model::{Fault, Reply};
use serde_json::json;
use service::telemetry;
use sqlx::PgPool;
use tracing_subscriber::{Layer as _, layer::SubscriberExt as _};

use crate::world::{Plan, World, input};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Said by the person, by the model, by tools, in titles and in keys.
const MARK: &str = "Xanadu";

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_of_a_conversation_is_in_the_log_at_any_level_of_ours(pool: PgPool) {
    let lines = Lines::default();
    let writer = lines.clone();
    let level = "info,backend=trace,model=trace,service=trace,store=trace,mcp_server=trace";
    let filter = telemetry::filter(level).unwrap();
    let layer = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter));
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let plan = |wire| Plan {
        wire,
        limits: Limits {
            step: StepLimits {
                idle: Duration::from_millis(300),
                first_byte: Duration::from_millis(300),
                ..StepLimits::default()
            },
            ..Limits::default()
        },
        ..Plan::default()
    };
    for wire in [Wire::Chat, Wire::Responses].map(Some) {
        say_xanadu(&World::with(&pool, plan(wire)).await).await;
    }

    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a chat turn did not come to its end"), "{log}");
    for secret in [MARK, "anadu", "sk-test", "eyJ", "for tests only"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}

/// A conversation in which everybody says the word, and everything goes wrong.
async fn say_xanadu(world: &World) {
    let alice = world.alice();
    let said = format!("add {MARK}");
    alice.say(&said).await;
    let (_, thread) = alice.begin(&said).await;
    // Every way in which a tool answers.
    for args in [
        json!({ "task_id": 1, MARK: MARK }),
        json!({ "task_id": 999 }),
        json!({ "task_id": MARK }),
        json!(MARK),
    ] {
        world.script.push(Reply::call("complete_task", args));
        world.script.push(Reply::text(MARK));
        alice.add(&thread, &format!("complete {MARK}")).await;
    }
    world.script.push(Reply::call(MARK, json!({ MARK: MARK })));
    world.script.push(Reply::text(MARK));
    alice.add(&thread, MARK).await;
    // Every way in which a model fails.
    for fault in [
        Fault::Status(400),
        Fault::Status(401),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Nonsense,
        Fault::Cut,
        Fault::ErrorMidStream,
    ] {
        world.script.push(fault);
        alice.begin(&said).await;
    }
    // What is broken, renamed, found wanting, taken along and deleted.
    alice.ask("threads.create", json!({ "input": MARK })).await;
    alice.chat(json!({ "message": [MARK] })).await;
    alice.ask(MARK, json!({ MARK: MARK })).await;
    alice
        .ask(
            "threads.update",
            json!({ "thread_id": thread, "title": MARK }),
        )
        .await;
    alice
        .ask(
            "items.feedback",
            json!({ "thread_id": thread, "item_ids": [MARK], "kind": MARK }),
        )
        .await;
    let keyed = alice.kit("threads.create", json!({ "input": input(&said) }));
    keyed
        .header("idempotency-key", MARK)
        .header("accept-language", MARK)
        .header("x-timezone", MARK)
        .send()
        .await
        .unwrap();
    alice
        .get("/api/me/conversations/export?format=markdown")
        .await;
    alice
        .get(&format!("/api/me/conversations/export?format={MARK}"))
        .await;
    assert_eq!(alice.delete("/api/me/conversations").await.0, 204);
}
