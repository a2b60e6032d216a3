//! Answering a message again.

use offline_model::{Fault, Reply};
use serde_json::json;
use sqlx::PgPool;

use crate::world::{World, error, item_id, kinds};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_retry_after_the_tool_was_applied_does_not_apply_it_again(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    world
        .script
        .push(Reply::call("add_task", json!({"title": "Milk"})));
    world.script.push(Fault::Status(400));
    let (frames, thread) = alice.begin("add milk").await;
    assert_eq!(error(&frames).0, "custom");
    assert_eq!(alice.tasks().await, ["Milk"]);
    let question = item_id(&frames, "user_message");
    let round = item_id(&frames, "workflow");

    // The rules of the offline model answer from what was done, as a real model would.
    let frames = alice.again(&thread, &question).await;
    assert_eq!(
        frames[0]["item"]["id"],
        round.as_str(),
        "the kept round is shown first"
    );
    assert_eq!(frames.last().unwrap()["item"]["type"], "assistant_message");
    assert_eq!(alice.tasks().await, ["Milk"]);

    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"].as_array().unwrap();
    let roles: Vec<&str> = told
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        roles,
        ["system", "user", "assistant", "tool"],
        "no note about the attempt that failed"
    );
    let transcript = alice.transcript(&thread).await;
    assert_eq!(transcript.len(), 3);
    assert_eq!(
        transcript[..2],
        ["user_message: add milk", "workflow: Added “Milk”"]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_retry_forgets_everything_after_the_message_that_changed_nothing(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    world.script.push(Reply::call("list_tasks", json!({})));
    world.script.push(Reply::text("Nothing."));
    let (frames, thread) = alice.begin("what is open?").await;
    world.script.push(Reply::text("Really nothing."));
    alice.add(&thread, "sure?").await;

    world.script.push(Reply::text("Still nothing."));
    let frames = alice
        .again(&thread, &item_id(&frames, "user_message"))
        .await;
    assert_eq!(kinds(&frames)[..2], ["stream_options", "progress_update"]);
    assert_eq!(
        alice.transcript(&thread).await,
        [
            "user_message: what is open?",
            "assistant_message: Still nothing."
        ]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_the_changes_of_the_retried_turn_are_kept(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (frames, thread) = alice.begin("add milk").await;
    alice.add(&thread, "add bread").await;
    alice
        .again(&thread, &item_id(&frames, "user_message"))
        .await;
    let transcript = alice.transcript(&thread).await;
    assert_eq!(transcript.len(), 3, "{transcript:?}");
    assert_eq!(alice.tasks().await.len(), 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_a_message_of_the_persons_can_be_answered_again(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (frames, thread) = alice.begin("add milk").await;
    let (_, other) = alice.begin("hello").await;
    let before = alice.transcript(&thread).await;
    let question = item_id(&frames, "user_message");
    for item in [
        &item_id(&frames, "workflow"),
        &item_id(&frames, "assistant_message"),
        "msg_0",
        "x",
    ] {
        assert_eq!(
            error(&alice.again(&thread, item).await).0,
            "custom",
            "{item}"
        );
    }
    // One of another thread.
    assert_eq!(error(&alice.again(&other, &question).await).0, "custom");
    assert_eq!(alice.transcript(&thread).await, before);
    // The thread is free after each of them.
    assert_eq!(
        alice.add(&thread, "thanks").await.last().unwrap()["type"],
        "thread.item.done"
    );
}
