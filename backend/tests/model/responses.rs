//! The Responses wire, without state at the provider.

use model::{ModelSettings, Wire};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    answer, at, failure,
    fake::{Answer, Fake, named, response, said},
    last,
    outgoing::parts,
    world::World,
    world_of,
};

async fn world_with(pool: &PgPool) -> (World, Fake) {
    let fake = Fake::start().await;
    let settings = ModelSettings {
        wire: Some(Wire::Responses),
        ..at(&fake)
    };
    (world_of(pool, settings).await, fake)
}

fn thought() -> Value {
    json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA", "future": {"x": 1}})
}

fn call(id: &str) -> Value {
    json!({"type": "function_call", "id": "fc_1", "call_id": id, "name": "add_task",
        "arguments": "{\"title\":\"Milk\"}", "status": "completed"})
}

fn done(item: &Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": 0, "item": item})
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_step_was_made_of_goes_back_as_it_came_before_the_results(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let items = [thought(), call("call_a")];
    let events = [
        json!({"type": "response.reasoning_summary_text.delta", "delta": "hm"}),
        done(&items[0]),
        json!({"type": "response.function_call_arguments.delta", "delta": "{\"ti"}),
        json!({"type": "response.brand_new.kind", "of": ["event"]}),
        done(&items[1]),
    ];
    fake.push(response(&events, &items));
    fake.push(said("Added."));
    assert_eq!(answer(&world).await, "Added.");
    assert_eq!(world.alice().tasks().await, ["Milk"]);

    let asked = fake.asked();
    assert_eq!(asked[0].path, "/v1/responses");
    let first = &asked[0].body;
    assert_eq!(first["store"], false);
    assert_eq!(first["include"], json!(["reasoning.encrypted_content"]));
    assert!(first.get("previous_response_id").is_none());
    let tools = first["tools"].as_array().unwrap();
    assert!(tools.iter().all(|tool| tool["type"] == "function"
        && tool["strict"] == false
        && tool["name"].is_string()));
    let input = asked[1].body["input"].as_array().unwrap();
    let end = &input[input.len() - 3..];
    // As they came, but for the id by which the result is known.
    let mut items = items;
    items[1]["call_id"] = json!("call00001");
    assert_eq!(end[..2], items);
    assert_eq!(
        (&end[2]["type"], &end[2]["call_id"]),
        (&json!("function_call_output"), &json!("call00001"))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_thoughts_of_earlier_turns_stay_behind(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(response(&[done(&thought()), done(&call("call_a"))], &[]));
    fake.push(said("Added."));
    let begun = world.alice().say("add milk").await;
    fake.push(said("You are welcome."));
    let body = json!({"conversation_id": begun["conversation_id"], "message": "thanks"});
    let (status, answer) = world.alice().chat(body).await;
    assert_eq!(status, 200, "{answer}");
    let input = fake.last()["input"].to_string();
    assert!(
        !input.contains("gAAAA") && !input.contains("fc_1"),
        "{input}"
    );
    assert!(input.contains(r#""call_id":"call00001""#), "{input}");
    assert_eq!(parts(&last(&fake.last(), "input")).1, "thanks");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_the_summary_at_the_end_is_enough(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let words = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]});
    fake.push(response(&[], std::slice::from_ref(&words)));
    assert_eq!(answer(&world).await, "Hello.");
    fake.push(response(&[], &[call("call_a")]));
    fake.push(Answer::raw(
        "application/json",
        json!({"object": "response", "status": "completed", "error": null,
        "output": [words]})
        .to_string(),
    ));
    assert_eq!(answer(&world).await, "Hello.");
    assert_eq!(world.alice().tasks().await, ["Milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_id_that_is_missing_is_made_up_on_both_sides(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(response(&[done(&thought()), done(&call(""))], &[]));
    fake.push(said("Added."));
    assert_eq!(answer(&world).await, "Added.");
    let input = fake.last()["input"].as_array().unwrap().clone();
    let [made, result] = &input[input.len() - 2..] else {
        panic!("{input:?}")
    };
    assert_eq!(made["call_id"], result["call_id"]);
    assert_ne!(made["call_id"], "");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn failures_in_the_stream_are_one_clear_sentence(pool: PgPool) {
    let hello = json!({"type": "response.output_text.delta", "delta": "Hel"});
    let failed = |code: &str| json!({"type": "response.failed", "response": {"status": "failed", "error": {"code": code, "message": "x"}}});
    let incomplete = |reason: &str| {
        json!({"type": "response.incomplete", "response": {"status": "incomplete",
            "incomplete_details": {"reason": reason}, "output": []}})
    };
    let (world, fake) = world_with(&pool).await;
    for (end, code) in [
        (failed("server_error"), "model_failed"),
        (failed("rate_limit_exceeded"), "model_rate_limited"),
        (failed("insufficient_quota"), "model_quota"),
        (
            json!({"type": "error", "code": "server_error", "message": "x", "param": null}),
            "model_failed",
        ),
        (
            json!({"error": {"code": 429, "message": "x"}}),
            "model_rate_limited",
        ),
        (incomplete("content_filter"), "model_filtered"),
    ] {
        fake.push(named(&[hello.clone(), end.clone()]));
        assert_eq!(failure(&world).await.0, code, "{end}");
    }
    fake.push(named(&[hello.clone(), incomplete("max_output_tokens")]));
    let half = answer(&world).await;
    assert!(
        half.starts_with("Hel\n\n") && half.contains("go on"),
        "{half}"
    );
    fake.push(named(&[
        hello.clone(),
        done(&call("a")),
        incomplete("max_output_tokens"),
    ]));
    assert_eq!(failure(&world).await.0, "model_too_long");
    fake.push(named(&[hello]));
    assert_eq!(failure(&world).await.0, "model_cut_off");
    assert_eq!(world.alice().tasks().await, [""; 0]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_subset_that_refuses_parameters_is_asked_without_them_from_then_on(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    let refused =
        |text: &str| Answer::status(400, json!({"error": {"message": text, "code": 400}}));
    fake.push(refused("unknown field: include"));
    fake.push(refused("unknown field: store"));
    fake.push(said("One."));
    fake.push(said("Two."));
    assert_eq!(answer(&world).await, "One.");
    assert_eq!(answer(&world).await, "Two.");
    let body = fake.last();
    assert!(body.get("include").is_none() && body.get("store").is_none());
    assert_eq!(fake.asked().len(), 4);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn thoughts_that_cannot_be_read_any_more_are_left_out(pool: PgPool) {
    let (world, fake) = world_with(&pool).await;
    fake.push(response(&[done(&thought()), done(&call("call_a"))], &[]));
    let refusal = json!({"error": {"code": "invalid_encrypted_content",
        "message": "The encrypted content gAAA... could not be verified."}});
    fake.push(Answer::status(400, refusal));
    fake.push(said("Added."));
    assert_eq!(answer(&world).await, "Added.");
    let input = fake.last()["input"].to_string();
    assert!(!input.contains("gAAAA"), "{input}");
    assert_eq!(world.alice().tasks().await, ["Milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_effort_is_said_in_this_wires_way(pool: PgPool) {
    let fake = Fake::start().await;
    let settings = ModelSettings {
        wire: Some(Wire::Responses),
        reasoning_effort: Some("low".into()),
        ..at(&fake)
    };
    let world = world_of(&pool, settings).await;
    fake.push(said("Hello."));
    answer(&world).await;
    assert_eq!(fake.last()["reasoning"], json!({"effort": "low"}));
}
