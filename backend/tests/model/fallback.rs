//! A second model answers while the first cannot.

use std::time::Duration;

use backend::chat::Limits;
use model::{ModelConfig, ModelSettings, StepLimits};
use secrecy::SecretString;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    KEY, answer, at, failure,
    fake::{Answer, Fake, add_milk, calls, delta, text},
    world::{Plan, World},
};

async fn world_with(pool: &PgPool, first: ModelSettings, second: &Fake, pause: Duration) -> World {
    let second = first.second("fake-2".into(), Some(second.url()), None);
    let limits = Limits {
        step: StepLimits {
            fallback_pause: pause,
            ..StepLimits::default()
        },
        ..Limits::default()
    };
    let models = ModelConfig {
        first,
        second: Some(second),
    };
    let plan = Plan {
        limits,
        models: Some(models),
        ..Plan::default()
    };
    World::with(pool, plan).await
}

/// A first model that fails and a second one that answers.
async fn both(pool: &PgPool, pause: Duration) -> (World, Fake, Fake) {
    let (first, second) = (Fake::start().await, Fake::start().await);
    let world = world_with(pool, at(&first), &second, pause).await;
    (world, first, second)
}

const MINUTE: Duration = Duration::from_mins(1);

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whatever_keeps_the_first_from_answering_the_second_answers(pool: PgPool) {
    let refused = |status: u16, code: &str| {
        Answer::status(status, json!({"error": {"message": "x", "code": code}}))
    };
    for failing in [
        refused(429, "insufficient_quota"),
        refused(429, "slow_down").header("retry-after", "60"),
        refused(401, "invalid_api_key"),
        refused(404, "model_not_found"),
        Answer::raw("text/html", "<html>"),
    ] {
        let (world, first, second) = both(&pool, MINUTE).await;
        first.push(failing);
        second.push(text("I am the second."));
        assert_eq!(answer(&world).await, "I am the second.");
        assert_eq!((first.asked().len(), second.asked().len()), (1, 1));
        assert_eq!(second.last()["model"], "fake-2");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_first_model_that_is_gone_or_breaks_off_before_its_first_word_is_replaced(pool: PgPool) {
    let second = Fake::start().await;
    let gone = ModelSettings::new("http://127.0.0.1:9/v1", "fake-1");
    let world = world_with(&pool, gone, &second, MINUTE).await;
    second.push(text("I am the second."));
    assert_eq!(answer(&world).await, "I am the second.");

    let (world, first, second) = both(&pool, MINUTE).await;
    let broken = || Answer::unfinished(&[delta(json!({"role": "assistant"}))]).then_cut();
    first.push(broken());
    first.push(broken());
    second.push(text("I am the second."));
    assert_eq!(answer(&world).await, "I am the second.");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn after_the_first_word_nobody_else_takes_over(pool: PgPool) {
    let (world, first, second) = both(&pool, MINUTE).await;
    first.push(Answer::unfinished(&[delta(json!({"content": "Hel"}))]).then_cut());
    assert_eq!(failure(&world).await.0, "model_cut_off");
    assert!(second.asked().is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_the_first_did_the_second_goes_on_with(pool: PgPool) {
    let (world, first, second) = both(&pool, MINUTE).await;
    let signed = json!({"index": 0, "id": "a", "function": {"name": "add_task", "arguments": "{\"title\":\"Milk\"}"},
        "extra_content": {"signature": "of the first"}});
    first.push(calls(&[signed]));
    first.push(Answer::status(401, ""));
    second.push(text("Milk is on the list."));
    assert_eq!(answer(&world).await, "Milk is on the list.");
    assert_eq!(world.alice().tasks().await, ["Milk"]);
    let told = second.last()["messages"].to_string();
    assert!(told.contains("add_task"), "{told}");
    assert!(
        !told.contains("of the first"),
        "a signature is for the model that made it: {told}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn after_a_failure_the_first_is_left_alone_for_a_while(pool: PgPool) {
    let (world, first, second) = both(&pool, MINUTE).await;
    first.push(Answer::status(401, ""));
    second.push(calls(&[add_milk("a")]));
    second.push(text("One."));
    second.push(text("Two."));
    assert_eq!(answer(&world).await, "One.");
    assert_eq!(answer(&world).await, "Two.");
    assert_eq!((first.asked().len(), second.asked().len()), (1, 3));
    // But when the second fails too, the first is better than nobody.
    second.push(Answer::status(401, ""));
    first.push(text("I am back."));
    assert_eq!(answer(&world).await, "I am back.");
    first.push(text("Still here."));
    assert_eq!(answer(&world).await, "Still here.");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn after_the_pause_the_first_is_asked_again(pool: PgPool) {
    let (world, first, second) = both(&pool, Duration::ZERO).await;
    first.push(Answer::status(401, ""));
    second.push(text("I am the second."));
    assert_eq!(answer(&world).await, "I am the second.");
    first.push(text("I am back."));
    assert_eq!(answer(&world).await, "I am back.");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_that_is_found_wrong_says_nothing_about_the_next_one(pool: PgPool) {
    let (world, first, second) = both(&pool, MINUTE).await;
    first.push(Answer::status(
        400,
        json!({"error": {"code": "context_length_exceeded", "message": "x"}}),
    ));
    second.push(text("I am the second."));
    assert_eq!(answer(&world).await, "I am the second.");
    first.push(text("I am the first."));
    assert_eq!(answer(&world).await, "I am the first.");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn when_both_fail_people_hear_of_the_first(pool: PgPool) {
    let (world, first, second) = both(&pool, MINUTE).await;
    first.push(Answer::status(402, ""));
    second.push(Answer::status(401, ""));
    assert_eq!(failure(&world).await.0, "model_quota");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_is_shown_a_key_or_header_of_somebody_else(pool: PgPool) {
    let (first, second) = (Fake::start().await, Fake::start().await);
    let settings = ModelSettings {
        headers: model::parse_headers(r#"{"x-gateway": "secret"}"#).unwrap(),
        params: model::parse_params(r#"{"temperature": 0.2}"#).unwrap(),
        ..at(&first)
    };
    let world = world_with(&pool, settings, &second, MINUTE).await;
    first.push(Answer::status(401, ""));
    second.push(text("Hello."));
    answer(&world).await;
    let asked = &second.asked()[0];
    assert!(
        !format!("{:?}", asked.headers).contains("secret"),
        "{:?}",
        asked.headers
    );
    assert!(asked.headers.get("authorization").is_none());
    assert!(asked.body.get("temperature").is_none());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn at_the_same_address_the_second_model_is_asked_like_the_first(pool: PgPool) {
    let fake = Fake::start().await;
    let first = ModelSettings {
        params: model::parse_params(r#"{"temperature": 0.2}"#).unwrap(),
        ..at(&fake)
    };
    let own_key = first.second("fake-2".into(), None, Some(SecretString::from("sk-other")));
    for (second, key) in [
        (first.second("fake-2".into(), None, None), KEY),
        (own_key, "sk-other"),
    ] {
        let models = ModelConfig {
            first: first.clone(),
            second: Some(second),
        };
        let plan = Plan {
            models: Some(models),
            ..Plan::default()
        };
        let world = World::with(&pool, plan).await;
        fake.push(Answer::status(404, ""));
        fake.push(text("Hello."));
        assert_eq!(answer(&world).await, "Hello.");
        let asked = fake.asked().pop().unwrap();
        assert_eq!(
            (&asked.body["model"], &asked.body["temperature"]),
            (&json!("fake-2"), &json!(0.2))
        );
        assert_eq!(asked.headers["authorization"], format!("Bearer {key}"));
    }
}
