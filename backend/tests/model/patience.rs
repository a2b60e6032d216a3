//! How long each phase of an answer may take.

use std::time::Duration;

use backend::chat::Limits;
use model::{ModelConfig, StepLimits};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    at, failure,
    fake::{Answer, Fake, delta},
    world::{Plan, World},
};

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_mins(1);

async fn world_with(pool: &PgPool, fake: &Fake, step: StepLimits) -> World {
    let models = ModelConfig {
        first: at(fake),
        second: None,
    };
    let plan = Plan {
        limits: Limits {
            step,
            ..Limits::default()
        },
        models: Some(models),
        ..Plan::default()
    };
    World::with(pool, plan).await
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_whose_first_byte_does_not_come_is_given_up(pool: PgPool) {
    let fake = Fake::start().await;
    let limits = StepLimits {
        connect: SHORT,
        first_byte: SHORT,
        idle: LONG,
        ..StepLimits::default()
    };
    let world = world_with(&pool, &fake, limits).await;
    // The head alone is not the answer yet.
    fake.push(Answer::raw("text/event-stream", "").then_stall());
    let (code, sentence) = failure(&world).await;
    assert_eq!(code, "model_busy");
    assert!(sentence.contains("busy with other answers"), "{sentence}");
    assert_eq!(fake.asked().len(), 1, "what is slow is not asked again");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_that_falls_silent_is_given_up(pool: PgPool) {
    let fake = Fake::start().await;
    let limits = StepLimits {
        first_byte: LONG,
        idle: SHORT,
        ..StepLimits::default()
    };
    let world = world_with(&pool, &fake, limits).await;
    fake.push(Answer::unfinished(&[delta(json!({"content": "Hel"}))]).then_stall());
    assert_eq!(failure(&world).await.0, "model_timeout");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_event_without_end_is_given_up(pool: PgPool) {
    let fake = Fake::start().await;
    let world = world_with(&pool, &fake, StepLimits::default()).await;
    let endless = format!("data: {}", "x".repeat(5 * 1024 * 1024));
    fake.push(Answer::raw("text/event-stream", endless).then_stall());
    assert_eq!(failure(&world).await.0, "model_too_long");
}
