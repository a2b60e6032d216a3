//! What the operator sets reaches the provider, and nothing else does.

use model::{ModelSettings, parse_headers, parse_params};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    KEY, answer, at,
    fake::{Answer, Fake, delta, finish, text},
    world_of,
};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn headers_and_parameters_are_laid_over_every_request(pool: PgPool) {
    let fake = Fake::start().await;
    let settings = ModelSettings {
        headers: parse_headers(r#"{"HTTP-Referer": "https://todo.local", "api-key": "k"}"#)
            .unwrap(),
        params: parse_params(
            r#"{"temperature": 0.1, "provider": {"sort": "price"}, "stream_options": null}"#,
        )
        .unwrap(),
        ..at(&fake)
    };
    let world = world_of(&pool, settings).await;
    fake.push(text("Hello."));
    answer(&world).await;
    let asked = &fake.asked()[0];
    assert_eq!(asked.headers["http-referer"], "https://todo.local");
    assert_eq!(asked.headers["api-key"], "k");
    assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(asked.body["temperature"], 0.1);
    assert_eq!(asked.body["provider"], json!({"sort": "price"}));
    assert!(asked.body.get("stream_options").is_none());
    assert_eq!(
        (&asked.body["model"], &asked.body["stream"]),
        (&json!("fake-1"), &json!(true))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn without_settings_only_what_every_provider_knows_is_sent(pool: PgPool) {
    let fake = Fake::start().await;
    let world = world_of(&pool, ModelSettings::new(fake.url(), "fake-1")).await;
    fake.push(text("Hello."));
    answer(&world).await;
    let asked = &fake.asked()[0];
    assert!(asked.headers.get("authorization").is_none());
    let mut names: Vec<&str> = asked
        .body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["messages", "model", "stream", "stream_options", "tools"]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_number_of_tokens_is_not_asked_for_where_that_is_switched_off(pool: PgPool) {
    let fake = Fake::start().await;
    let settings = ModelSettings {
        stream_usage: false,
        ..at(&fake)
    };
    let world = world_of(&pool, settings).await;
    fake.push(text("Hello."));
    answer(&world).await;
    assert!(fake.last().get("stream_options").is_none());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_address_may_end_in_a_slash_or_carry_a_query(pool: PgPool) {
    let fake = Fake::start().await;
    for (end, path) in [
        ("/", "/v1/chat/completions"),
        (
            "?api-version=2026-01",
            "/v1/chat/completions?api-version=2026-01",
        ),
    ] {
        let settings = ModelSettings {
            base_url: format!("{}{end}", fake.url()),
            ..at(&fake)
        };
        let world = world_of(&pool, settings).await;
        fake.push(text("Hello."));
        answer(&world).await;
        assert_eq!(fake.paths().last().unwrap(), path);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_tokens_that_the_provider_counts_are_counted_for_the_person(pool: PgPool) {
    let fake = Fake::start().await;
    let world = world_of(&pool, at(&fake)).await;
    let hello = delta(json!({"content": "Hello."}));
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 900, "completion_tokens": 40}});
    fake.push(Answer::events(&[hello, finish("stop"), usage]));
    answer(&world).await;
    let (_, used) = world.alice().get("/api/me/usage").await;
    let month = &used["last_30_days"];
    assert_eq!(
        (&month["input_tokens"], &month["output_tokens"]),
        (&json!(900), &json!(40)),
        "{used}"
    );
}
