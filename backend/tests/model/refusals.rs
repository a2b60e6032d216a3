//! What providers refuse, in their own ways, and what is asked in its place.

use std::time::Duration;

use backend::chat::Limits;
use model::{ModelConfig, ModelSettings, Wire};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    answer, at, failure,
    fake::{Answer, Fake, add_milk, calls, said, text},
    world::{Plan, World},
    world_of, world_with,
};

fn refused(status: u16, message: &str) -> Answer {
    Answer::status(
        status,
        json!({"error": {"message": message, "type": "invalid_request_error", "code": null}}),
    )
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_shape_of_a_refusal_becomes_the_right_sentence(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let gemini = json!([{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key.",
        "status": "INVALID_ARGUMENT"}}]);
    for (status, body, code) in [
        (
            401,
            json!({"error": {"message": "No.", "code": "invalid_api_key"}}).to_string(),
            "model_unauthorized",
        ),
        (400, gemini.to_string(), "model_unauthorized"),
        (
            402,
            json!({"error": {"message": "Add credits.", "code": 402}}).to_string(),
            "model_quota",
        ),
        (
            429,
            json!({"error": {"message": "x", "code": "insufficient_quota"}}).to_string(),
            "model_quota",
        ),
        (
            404,
            json!({"error": "model \"fake-1\" not found"}).to_string(),
            "model_not_found",
        ),
        (
            422,
            json!({"detail": [{"loc": ["body"], "msg": "x"}]}).to_string(),
            "model_refused",
        ),
        (400, "x".repeat(100_000), "model_refused"),
        (
            400,
            json!({"error": "registry.ollama.ai/library/fake-1 does not support tools"})
                .to_string(),
            "model_without_tools",
        ),
        (
            500,
            json!({"error": {"code": 500, "message": "tools param requires --jinja flag"}})
                .to_string(),
            "model_without_tools",
        ),
        (
            400,
            json!({"error": {"code": "content_filter", "message": "Filtered by our policy."}})
                .to_string(),
            "model_filtered",
        ),
        (
            400,
            json!({"error": {"message": "Your credit balance is too low. Add credits."}})
                .to_string(),
            "model_quota",
        ),
    ] {
        fake.push(Answer::status(status, &body));
        let (found, sentence) = failure(&world).await;
        assert_eq!(found, code, "{status} {body}");
        for words in ["API key not valid", "Add credits", "fake-1", "xxx"] {
            assert!(
                !sentence.contains(words),
                "the provider's own words are shown: {sentence}"
            );
        }
    }
    assert_eq!(fake.asked().len(), 11, "none of these is asked again");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_kind_of_refusal_has_a_sentence_of_its_own(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let mut sentences = std::collections::HashSet::new();
    for (status, message, words) in [
        (401, "No.", "key"),
        (402, "Add credits.", "used up"),
        (404, "The model does not exist.", "model's name"),
        (
            400,
            "This model does not support tools.",
            "cannot use tools",
        ),
        (400, "Blocked by the content policy.", "declined"),
        (429, "Slow down.", "too often"),
        (529, "Overloaded.", "too much to do"),
        (400, "Whatever.", "name and address"),
    ] {
        (0..3).for_each(|_| fake.push(refused(status, message).header("retry-after", "17")));
        let (code, sentence) = failure(&world).await;
        assert!(sentence.contains(words), "{status} {message}: {sentence}");
        assert!(sentences.insert(sentence), "{code}");
        fake.clear();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_model_that_is_still_being_loaded_is_waited_for(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let loading = || {
        let error = json!({"message": "Loading model", "type": "unavailable_error", "code": 503});
        Answer::status(503, json!({ "error": error }))
    };
    fake.push(loading());
    fake.push(loading());
    fake.push(text("Hello."));
    let (frames, _) = world.alice().begin("hi").await;
    let notices: Vec<&Value> = frames
        .iter()
        .filter(|frame| frame["type"] == "notice")
        .collect();
    let [notice] = notices.as_slice() else {
        panic!("{frames:?}");
    };
    assert!(
        notice["message"].as_str().unwrap().contains("being loaded"),
        "{notice}"
    );
    assert!(Value::from(frames.clone()).to_string().contains("Hello."));
    assert_eq!(fake.asked().len(), 3);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_model_that_is_not_loaded_within_a_turn_is_said_to_be_loading(pool: PgPool) {
    let fake = Fake::start().await;
    let plan = Plan {
        limits: Limits {
            turn: Duration::from_secs(5),
            ..Limits::default()
        },
        models: Some(ModelConfig {
            first: at(&fake),
            second: None,
        }),
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    fake.push(Answer::status(503, "Loading model"));
    let (code, sentence) = failure(&world).await;
    assert_eq!(code, "model_loading");
    assert!(sentence.contains("still being loaded"), "{sentence}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_plain_503_is_tried_again_and_then_told(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let busy = || Answer::status(503, "upstream connect error");
    fake.push(busy());
    fake.push(text("Hello."));
    assert_eq!(answer(&world).await, "Hello.");
    for _ in 0..3 {
        fake.push(busy());
    }
    assert_eq!(failure(&world).await.0, "model_failed");
    assert_eq!(fake.asked().len(), 5);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_pause_that_is_asked_for_is_kept_or_told(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let limited = |name, value| {
        Answer::status(429, json!({"error": {"message": "x", "code": 429}})).header(name, value)
    };
    fake.push(limited("retry-after-ms", "5"));
    fake.push(text("Hello."));
    assert_eq!(answer(&world).await, "Hello.");
    fake.push(limited("retry-after", "17"));
    let (code, sentence) = failure(&world).await;
    assert_eq!(code, "model_rate_limited");
    assert!(sentence.contains("in 17 seconds"), "{sentence}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_provider_that_refuses_stream_options_is_asked_without_from_then_on(pool: PgPool) {
    for status in [400, 422] {
        let (world, fake) = world_with(&pool).await;
        fake.push(refused(
            status,
            "Extra inputs are not permitted: stream_options",
        ));
        fake.push(text("One."));
        fake.push(text("Two."));
        assert_eq!(answer(&world).await, "One.");
        assert_eq!(answer(&world).await, "Two.");
        let had: Vec<bool> = fake
            .asked()
            .iter()
            .map(|asked| asked.body.get("stream_options").is_some())
            .collect();
        assert_eq!(had, [true, false, false]);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_model_that_refuses_the_reasoning_effort_is_asked_without_from_then_on(pool: PgPool) {
    let fake = Fake::start().await;
    let settings = ModelSettings {
        reasoning_effort: Some("none".into()),
        ..at(&fake)
    };
    let world = world_of(&pool, settings).await;
    fake.push(refused(
        400,
        "Unsupported value: 'reasoning_effort' does not support 'none' with this model.",
    ));
    fake.push(text("One."));
    fake.push(text("Two."));
    assert_eq!(answer(&world).await, "One.");
    assert_eq!(answer(&world).await, "Two.");
    let efforts: Vec<Value> = fake
        .asked()
        .iter()
        .map(|asked| asked.body["reasoning_effort"].clone())
        .collect();
    assert_eq!(efforts, [json!("none"), Value::Null, Value::Null]);
}

const TOOLS_REFUSED: &str = "Function tools with reasoning_effort are not supported for gpt-6 in /v1/chat/completions. \
                             Please use /v1/responses instead.";

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_model_that_takes_tools_only_on_the_other_wire_is_asked_there_from_then_on(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(refused(400, TOOLS_REFUSED));
    fake.push(said("One."));
    fake.push(said("Two."));
    assert_eq!(answer(&world).await, "One.");
    assert_eq!(answer(&world).await, "Two.");
    assert_eq!(
        fake.paths(),
        ["/v1/chat/completions", "/v1/responses", "/v1/responses"]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_provider_without_the_other_wire_stays_on_the_first(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(refused(400, TOOLS_REFUSED));
    fake.push(Answer::status(404, "404 page not found"));
    assert_eq!(failure(&world).await.0, "model_refused");
    fake.push(text("Hello."));
    assert_eq!(answer(&world).await, "Hello.");
    assert_eq!(fake.paths().last().unwrap(), "/v1/chat/completions");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_wire_that_was_chosen_is_kept(pool: PgPool) {
    let fake = Fake::start().await;
    let settings = ModelSettings {
        wire: Some(Wire::Chat),
        ..at(&fake)
    };
    let world = world_of(&pool, settings).await;
    fake.push(refused(400, TOOLS_REFUSED));
    assert_eq!(failure(&world).await.0, "model_refused");
    assert_eq!(fake.paths(), ["/v1/chat/completions"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_is_done_twice_when_a_later_step_is_refused(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(calls(&[add_milk("a")]));
    for _ in 0..3 {
        fake.push(Answer::status(500, "boom"));
    }
    assert_eq!(failure(&world).await.0, "model_failed");
    assert_eq!(world.alice().tasks().await, ["Milk"]);
}
