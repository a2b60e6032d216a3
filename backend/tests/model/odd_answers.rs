//! Answers that are no stream, or that go wrong on the way.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    answer, at, failure,
    fake::{Answer, Fake, add_milk, delta, finish, text},
    world_of, world_with,
};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_provider_that_does_not_stream_is_understood(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let whole = |message: Value| {
        let body = json!({"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": message,
            "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 2}});
        Answer::raw("application/json", body.to_string())
    };
    fake.push(whole(
        json!({"role": "assistant", "content": null, "tool_calls": [add_milk("a")]}),
    ));
    fake.push(whole(json!({"role": "assistant", "content": "Added."})));
    assert_eq!(answer(&world).await, "Added.");
    assert_eq!(world.alice().tasks().await, ["Milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_stream_under_another_name_is_a_stream(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let body = format!(
        "\n\ndata: {}\n\ndata: {}\n\n",
        delta(json!({"content": "Hello."})),
        finish("stop")
    );
    for name in ["text/plain", "application/octet-stream", "application/json"] {
        fake.push(Answer::raw(name, body.clone()));
        assert_eq!(answer(&world).await, "Hello.", "{name}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn lines_may_end_in_every_way_and_the_last_event_not_at_all(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let (hello, end) = (delta(json!({"content": "Hello."})), finish("stop"));
    for line_end in ["\n", "\r\n", "\r"] {
        for last in ["", line_end] {
            let body = format!(
                "\u{feff}retry: 5{line_end}data: {hello}{line_end}{line_end}data: {end}{last}"
            );
            fake.push(Answer::raw("text/event-stream", body));
            assert_eq!(answer(&world).await, "Hello.", "{line_end:?} {last:?}");
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_page_or_a_success_that_is_an_error_is_one_clear_sentence(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(Answer::raw("text/event-stream", "<html>Welcome</html>"));
    assert_eq!(failure(&world).await.0, "model_nonsense");
    let error = json!({"error": {"message": "slow down", "code": 402}});
    fake.push(Answer::raw("application/json", error.to_string()));
    assert_eq!(failure(&world).await.0, "model_quota");
    fake.push(Answer::raw("application/json", "[1, 2]"));
    assert_eq!(failure(&world).await.0, "model_nonsense");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_error_in_the_middle_is_known_by_its_code_in_numbers_or_words(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let hello = || delta(json!({"content": "Hel"}));
    for (error, code) in [
        (json!({"message": "x", "code": 429}), "model_rate_limited"),
        (
            json!({"message": "x", "code": "rate_limit_exceeded"}),
            "model_rate_limited",
        ),
        (json!({"message": "x", "code": 402}), "model_quota"),
        (
            json!({"message": "x", "type": "insufficient_quota"}),
            "model_quota",
        ),
        (json!({"message": "x", "code": 502.0}), "model_failed"),
        (json!("x"), "model_failed"),
    ] {
        fake.push(Answer::events(&[
            hello(),
            json!({"error": error, "choices": []}),
        ]));
        assert_eq!(failure(&world).await.0, code, "{error}");
    }
    fake.push(Answer::events(&[hello(), finish("error")]));
    assert_eq!(failure(&world).await.0, "model_failed");
    // Words had been shown each time, so nothing was asked again.
    assert_eq!(fake.asked().len(), 7);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn calls_of_an_answer_that_ran_out_of_room_are_not_made(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(Answer::events(&[
        delta(json!({"tool_calls": [add_milk("a")]})),
        finish("length"),
    ]));
    assert_eq!(failure(&world).await.0, "model_too_long");
    assert_eq!(world.alice().tasks().await, [""; 0]);
    fake.push(Answer::events(&[
        delta(json!({"content": "A long st"})),
        finish("length"),
    ]));
    let half = answer(&world).await;
    assert!(
        half.starts_with("A long st\n\n") && half.contains("go on"),
        "{half}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_filtered_answer_is_said_to_be_one(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(Answer::events(&[
        delta(json!({"content": "I"})),
        finish("content_filter"),
    ]));
    let (code, sentence) = failure(&world).await;
    assert_eq!(code, "model_filtered");
    assert!(sentence.contains("declined"), "{sentence}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_that_breaks_before_its_first_word_is_asked_for_once_more(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let empty =
        || Answer::unfinished(&[delta(json!({"role": "assistant", "content": ""}))]).then_cut();
    fake.push(empty());
    fake.push(text("Hello."));
    assert_eq!(answer(&world).await, "Hello.");
    fake.push(empty());
    fake.push(empty());
    assert_eq!(failure(&world).await.0, "model_cut_off");
    // A call that was not whole was not made either.
    let half = || Answer::unfinished(&[delta(json!({"tool_calls": [add_milk("a")]}))]).then_cut();
    fake.push(half());
    fake.push(text("No need."));
    assert_eq!(answer(&world).await, "No need.");
    assert_eq!(world.alice().tasks().await, [""; 0]);
    assert_eq!(fake.asked().len(), 6);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_that_breaks_after_its_first_word_is_not_asked_for_again(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(Answer::unfinished(&[delta(json!({"content": "Hel"}))]).then_cut());
    assert_eq!(failure(&world).await.0, "model_cut_off");
    assert_eq!(fake.asked().len(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_redirect_is_not_followed(pool: PgPool) {
    let elsewhere = Fake::start().await;
    let fake = Fake::start().await;
    let world = world_of(&pool, at(&fake)).await;
    for status in [302, 307, 308] {
        fake.push(Answer::status(status, "").header("location", &elsewhere.url()));
        assert_eq!(failure(&world).await.0, "model_refused");
    }
    assert!(
        elsewhere.asked().is_empty(),
        "a conversation went elsewhere"
    );
}
