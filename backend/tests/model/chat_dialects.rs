//! Tool calls and words as providers stream them on the Chat Completions wire.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    answer, failure,
    fake::{Answer, Fake, add_milk, calls, delta, finish, text},
    last, world_with,
};

/// The call in this answer is made once, and its result goes back under the call's id. Gives what was sent with it.
async fn adds_milk(pool: &PgPool, dialect: Answer) -> Value {
    let (world, fake) = world_with(pool).await;
    fake.push(dialect);
    fake.push(text("Added."));
    assert_eq!(answer(&world).await, "Added.");
    assert_eq!(world.alice().tasks().await, ["Milk"]);
    sent_back(&fake)
}

/// The request with the tool's result, whose ids have to fit.
fn sent_back(fake: &Fake) -> Value {
    let body = fake.last();
    let messages = body["messages"].as_array().unwrap();
    let made = &messages[messages.len() - 2]["tool_calls"][0];
    let result = &messages[messages.len() - 1];
    assert_eq!(result["role"], "tool", "{result}");
    assert_eq!(made["id"], result["tool_call_id"]);
    assert!(!made["id"].as_str().unwrap().is_empty());
    assert!(
        result["content"].as_str().unwrap().contains("Milk"),
        "{result}"
    );
    body
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_call_that_comes_in_pieces_is_put_together(pool: PgPool) {
    let pieces = [
        json!({"index": 0, "id": "call_a", "type": "function", "function": {"name": "add_task", "arguments": ""}}),
        json!({"index": 0, "function": {"arguments": "{\"title\":"}}),
        json!({"index": 0, "function": {"arguments": "\"Milk\"}"}}),
    ];
    adds_milk(&pool, calls(&pieces)).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_call_without_an_index_that_ends_with_stop_is_made_and_its_signature_given_back(
    pool: PgPool,
) {
    let piece = json!({"id": "gemini-1", "type": "function",
        "function": {"name": "add_task", "arguments": "{\"title\":\"Milk\"}"},
        "extra_content": {"google": {"thought_signature": "c2ln"}}});
    let dialect = Answer::events(&[delta(json!({"tool_calls": [piece]})), finish("stop")]);
    let body = adds_milk(&pool, dialect).await;
    let messages = body["messages"].as_array().unwrap();
    let made = &messages[messages.len() - 2]["tool_calls"][0];
    assert_eq!(
        made["extra_content"],
        json!({"google": {"thought_signature": "c2ln"}})
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_signature_may_come_in_a_piece_of_its_own(pool: PgPool) {
    let pieces = [
        json!({"id": "g", "function": {"name": "add_task", "arguments": "{\"title\":\"Milk\"}"}}),
        json!({"id": "", "function": {"name": "", "arguments": ""}, "extra_content": {"s": 1}}),
    ];
    let body = adds_milk(&pool, calls(&pieces)).await;
    assert!(
        body["messages"]
            .to_string()
            .contains(r#""extra_content":{"s":1}"#)
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn fractional_times_unknown_tiers_and_fields_of_other_types_do_not_matter(pool: PgPool) {
    let odd = json!({"id": 7, "created": 1_763_650_000.25, "service_tier": "turbo", "system_fingerprint": null,
        "usage": null, "choices": [{"index": null, "logprobs": {}, "finish_reason": "",
            "delta": {"role": null, "content": null, "reasoning": "hm", "tool_calls": [add_milk("a")]}}]});
    adds_milk(
        &pool,
        Answer::events(&[
            odd,
            json!({"choices": null}),
            json!({}),
            finish("tool_calls"),
        ]),
    )
    .await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn comments_keep_alives_and_unknown_events_are_passed_over(pool: PgPool) {
    let call = delta(json!({"tool_calls": [add_milk("a")]}));
    let end = finish("tool_calls");
    let body = format!(
        ": OPENROUTER PROCESSING\r\n\r\nretry: 100\r\n\r\nevent: keepalive\r\ndata: ping\r\n\r\nid: 4\r\ndata: {call}\r\n\r\n\
         event: telemetry\r\ndata: not json\r\n\r\n: more\r\n\r\ndata:{end}\r\n\r\ndata: [DONE]\r\n\r\n"
    );
    adds_milk(&pool, Answer::raw("text/event-stream", body)).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn missing_and_empty_ids_are_made_up(pool: PgPool) {
    let nameless = |index: u8, title: &str| json!({"index": index, "id": "", "function": {"name": "add_task", "arguments": {"title": title}}});
    let (world, fake) = world_with(&pool).await;
    fake.push(calls(&[nameless(0, "Milk"), nameless(1, "Tea")]));
    fake.push(text("Both."));
    assert_eq!(answer(&world).await, "Both.");
    assert_eq!(world.alice().tasks().await, ["Milk", "Tea"]);
    let body = fake.last();
    let messages = body["messages"].as_array().unwrap();
    let made = messages[messages.len() - 3]["tool_calls"]
        .as_array()
        .unwrap();
    assert_ne!(made[0]["id"], made[1]["id"]);
    for (call, result) in made.iter().zip(&messages[messages.len() - 2..]) {
        assert_eq!(call["id"], result["tool_call_id"]);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_id_too_long_for_other_providers_is_replaced(pool: PgPool) {
    let body = adds_milk(&pool, calls(&[add_milk(&"x".repeat(41))])).await;
    assert!(!body.to_string().contains("xxx"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn calls_that_are_all_counted_as_the_first_are_all_made(pool: PgPool) {
    let tea = json!({"index": 0, "id": "b", "function": {"name": "add_task", "arguments": "{\"title\":\"Tea\"}"}});
    let (world, fake) = world_with(&pool).await;
    fake.push(calls(&[add_milk("a"), tea]));
    fake.push(text("Both."));
    answer(&world).await;
    assert_eq!(world.alice().tasks().await, ["Milk", "Tea"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn empty_arguments_are_none_and_broken_ones_are_told_to_the_model(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let call = |name: &str, arguments: &str| {
        calls(&[json!({"index": 0, "id": "a", "function": {"name": name, "arguments": arguments}})])
    };
    fake.push(call("list_tasks", ""));
    fake.push(call("add_task", "{\"title\":"));
    fake.push(calls(&[add_milk("b")]));
    fake.push(text("Done."));
    assert_eq!(answer(&world).await, "Done.");
    assert_eq!(world.alice().tasks().await, ["Milk"]);
    let asked = fake.asked();
    assert!(
        last(&asked[1].body, "messages")["content"]
            .as_str()
            .unwrap()
            .contains("tasks")
    );
    let told = last(&asked[2].body, "messages");
    assert!(
        told["content"]
            .as_str()
            .unwrap()
            .contains("not a JSON object"),
        "{told}"
    );
    // What is broken is not sent back: some providers refuse it.
    let arguments = &asked[2].body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .nth(1)
        .unwrap()["tool_calls"][0]["function"]["arguments"];
    assert!(serde_json::from_str::<Value>(arguments.as_str().unwrap()).is_ok());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_may_end_without_a_reason_or_without_a_mark(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let hello = delta(json!({"content": "Hello."}));
    fake.push(Answer::events(std::slice::from_ref(&hello)));
    fake.push(Answer::unfinished(&[hello.clone(), finish("stop")]));
    fake.push(Answer::unfinished(&[hello.clone(), finish("stop")]).then_cut());
    for _ in 0..3 {
        assert_eq!(answer(&world).await, "Hello.");
    }
    // But one that ends in the middle is not taken for whole.
    fake.push(Answer::unfinished(&[hello]));
    assert_eq!(failure(&world).await.0, "model_cut_off");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn words_may_come_in_parts_and_refusals_are_words_too(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let parts = delta(
        json!({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo."}]}),
    );
    fake.push(Answer::events(&[parts, finish("stop")]));
    assert_eq!(answer(&world).await, "Hello.");
    fake.push(Answer::events(&[
        delta(json!({"content": null, "refusal": "I will not."})),
        finish("stop"),
    ]));
    assert_eq!(answer(&world).await, "I will not.");
}
