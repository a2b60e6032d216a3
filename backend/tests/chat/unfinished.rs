//! Answers that did not come to their end, as every reader of the conversation sees them afterwards.

use axum::Router;
use model::Wire;
use offline_model::{Fault, Reply};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    crashes::Doomed,
    interruptions::conversation_of,
    turns::until,
    world::{Plan, World, item_id, serve},
};

/// The last row of a conversation: its words, and why the answer before it is unfinished.
pub async fn last_row(world: &World, conversation: i64) -> (String, Value) {
    let path = format!("/api/me/conversations/{conversation}/messages");
    let (_, rows) = world.alice().get(&path).await;
    let last = rows.as_array().unwrap().last().unwrap().clone();
    (
        last["content"].as_str().unwrap().to_owned(),
        last["unfinished"].clone(),
    )
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_is_unfinished_until_it_is_given_whole(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Fault::Cut);
    let (frames, thread) = world.alice().begin("hello").await;
    let id = conversation_of(&thread);
    let (content, why) = last_row(&world, id).await;
    assert!(content.contains("was cut off"), "{content}");
    assert_eq!(why, "model_cut_off");

    world.script.push(Reply::text("All of it."));
    let item = item_id(&frames, "user_message");
    world.alice().again(&thread, &item).await;
    assert_eq!(
        last_row(&world, id).await,
        ("All of it.".into(), Value::Null)
    );
    assert_eq!(
        world.alice().transcript(&thread).await,
        ["user_message: hello", "assistant_message: All of it."]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_that_ran_out_of_room_says_so_at_once_and_later(pool: PgPool) {
    let half = json!({
        "choices": [{"message": {"role": "assistant", "content": "You have three tasks: first"}, "finish_reason": "length"}],
    });
    let half = move || async move { axum::Json(half) };
    let address = serve(Router::new().fallback(half)).await;
    let plan = Plan {
        model_url: Some(format!("http://{address}/v1")),
        wire: Some(Wire::Chat),
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    let (frames, thread) = world.alice().begin("what is open?").await;
    let last = frames.last().unwrap();
    assert_eq!(last["item"]["type"], "task", "{last}");
    let seen = world.alice().transcript(&thread).await;
    assert_eq!(seen[1], "assistant_message: You have three tasks: first");
    assert!(seen[2].contains("go on"), "{seen:?}");
    let why = last_row(&world, conversation_of(&thread)).await.1;
    assert_eq!(why, "answer_length");

    let said = world.alice().say("what is open?").await;
    let response = said["response"].as_str().unwrap();
    assert!(
        response.starts_with("You have three tasks: first\n\n"),
        "{response}"
    );
    assert!(response.contains("go on"), "{response}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_whose_process_died_is_marked_once_by_whoever_reads_it(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Reply::text("Hello."));
    let begun = world.alice().say("hello").await;
    let conversation = begun["conversation_id"].as_i64().unwrap();
    let thread = format!("thr_{conversation}");

    let doomed = Doomed::start(&pool).await;
    doomed
        .world
        .script
        .push(Reply::text("One moment.").and_call("add_task", json!({"title": "Milk"})));
    doomed.world.script.push(Fault::Stall);
    let body = json!({"message": "add milk", "conversation_id": conversation});
    doomed.ask("milk", &body);
    until(&pool, "select count(*) from tasks", 1).await;
    let running = world.alice().transcript(&thread).await;
    assert!(
        !running.last().unwrap().starts_with("task: "),
        "{running:?}"
    );
    doomed.kill(&pool).await;

    let (first, second) = tokio::join!(
        last_row(&world, conversation),
        last_row(&world, conversation)
    );
    assert_eq!(first, second);
    assert_eq!(first.1, "interrupted");
    let seen = world.alice().transcript(&thread).await;
    let marks = seen.iter().filter(|item| item.starts_with("task: "));
    assert_eq!(marks.count(), 1, "{seen:?}");

    // Going on sees what was done, and nobody makes the call again.
    world.script.push(Reply::text("The milk is on your list."));
    world.alice().add(&thread, "go on").await;
    let told = world.script.requests().last().unwrap()["messages"].to_string();
    assert!(told.contains("was not finished (interrupted)"), "{told}");
    assert!(told.contains("created"), "{told}");
    assert_eq!(world.alice().tasks().await, ["Milk"]);
}
