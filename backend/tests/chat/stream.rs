//! What a ChatKit stream tells, and in which order.

use offline_model::{Fault, Reply};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{Plan, World, frames, input, kinds, shown};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_with_a_tool_call_is_told_in_the_order_the_widget_needs(pool: PgPool) {
    let world = World::start(&pool).await;
    let (frames, thread) = world.alice().begin("add buy milk").await;
    assert_eq!(
        kinds(&frames),
        [
            "thread.created",
            "thread.item.done",
            "thread.updated",
            "stream_options",
            "progress_update",
            "thread.item.added",
            "workflow.task.updated",
            "client_effect",
            "thread.item.done",
            "thread.item.added",
            "assistant_message.content_part.added",
            "assistant_message.content_part.text_delta",
            "assistant_message.content_part.done",
            "thread.item.done",
        ]
    );
    let of = |kind: &str| frames.iter().find(|frame| frame["type"] == kind).unwrap();
    assert_eq!(of("thread.updated")["thread"]["title"], "add buy milk");
    assert_eq!(
        of("stream_options")["stream_options"],
        json!({"allow_cancel": true})
    );
    let begun = &of("thread.item.added")["item"];
    assert_eq!(begun["workflow"]["tasks"][0]["status_indicator"], "loading");
    assert!(shown(begun).starts_with("workflow: Adding “"));
    let effect = of("client_effect");
    assert_eq!(effect["name"], "tasks_changed");
    assert!(effect["data"]["ids"][0].is_i64());

    // Pieces add up to the whole, and the whole is what is stored.
    let deltas: String = frames
        .iter()
        .filter_map(|frame| frame["update"]["delta"].as_str())
        .collect();
    let done: Vec<String> = frames
        .iter()
        .filter(|frame| frame["type"] == "thread.item.done")
        .map(|frame| shown(&frame["item"]))
        .collect();
    assert_eq!(done[2], format!("assistant_message: {deltas}"));
    assert_eq!(world.alice().transcript(&thread).await, done);
}

/// Traefik breaks off more answers when the head comes the moment the request was read.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_head_of_a_stream_comes_with_its_first_event(pool: PgPool) {
    let world = World::start(&pool).await;
    let mut blocking = pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE conversations IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *blocking)
        .await
        .unwrap();
    let request = world
        .alice()
        .kit("threads.create", json!({"input": input("add buy milk")}));
    let answer = tokio::spawn(request.send());
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while sqlx::query_scalar::<_, i64>(waits)
        .fetch_one(&pool)
        .await
        .unwrap()
        == 0
    {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert!(!answer.is_finished());

    blocking.rollback().await.unwrap();
    let mut answer = answer.await.unwrap().unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"data: {\"type\":\"thread.created\""));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn words_before_a_tool_call_are_a_message_of_their_own(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Reply {
        text: "One moment.".into(),
        ..Reply::call("list_tasks", json!({}))
    });
    world.script.push(Reply::text("Nothing to do."));
    let (_, thread) = world.alice().begin("what is open?").await;
    assert_eq!(
        world.alice().transcript(&thread).await,
        [
            "user_message: what is open?",
            "assistant_message: One moment.",
            "workflow: Looked at your tasks",
            "assistant_message: Nothing to do.",
        ]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn several_calls_of_a_step_are_lines_of_one_workflow(pool: PgPool) {
    let world = World::start(&pool).await;
    let calls = Reply::call("add_task", json!({"title": "Milk"}))
        .and_call("add_task", json!({"title": "Bread"}))
        .and_call("complete_task", json!({"task_id": 4711}));
    world.script.push(calls);
    world.script.push(Reply::text("Two of three."));
    let (frames, thread) = world
        .alice()
        .begin("add milk and bread, complete 4711")
        .await;
    let effects = frames
        .iter()
        .filter(|frame| frame["type"] == "client_effect")
        .count();
    assert_eq!(effects, 2);
    assert_eq!(
        world.alice().transcript(&thread).await[1],
        "workflow: Added “Milk”, Added “Bread”, Could not complete task 4711"
    );
    let workflow = frames
        .iter()
        .find(|frame| frame["item"]["workflow"]["summary"].is_object())
        .unwrap();
    assert_eq!(
        workflow["item"]["workflow"]["summary"]["title"],
        "2 of 3 steps done"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_answer_is_an_event_stream_that_nothing_on_the_way_may_hold_back(pool: PgPool) {
    let world = World::start(&pool).await;
    let answer = world
        .alice()
        .kit("threads.create", json!({ "input": input("hello") }))
        .send()
        .await
        .unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert!(header("content-type").starts_with("text/event-stream"));
    assert_eq!(header("cache-control"), "no-store, no-transform");
    assert_eq!(header("x-accel-buffering"), "no");
    let body = answer.text().await.unwrap();
    assert!(
        body.lines()
            .all(|line| line.is_empty() || line.starts_with("data: ") || line.starts_with(':'))
    );
    assert!(!body.contains("null"), "{body}");
    assert!(!frames(&body).is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_first_words_come_before_the_last_ones_are_made(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Fault::Stall);
    let mut answer = world
        .alice()
        .kit("threads.create", json!({ "input": input("hello") }))
        .send()
        .await
        .unwrap();
    let mut body = String::new();
    while !body.contains("text_delta") {
        body.push_str(std::str::from_utf8(&answer.chunk().await.unwrap().unwrap()).unwrap());
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn dialects_of_providers_are_understood(pool: PgPool) {
    for model in ["offline+no-index", "offline+comments"] {
        let world = World::with(
            &pool,
            Plan {
                model,
                ..Plan::default()
            },
        )
        .await;
        let title = format!("from {}", model.len());
        let (frames, _) = world.alice().begin(&format!("add {title}")).await;
        assert_eq!(
            frames.last().unwrap()["type"],
            "thread.item.done",
            "{model}"
        );
        let tasks = world.alice().tasks().await;
        assert!(
            tasks.iter().any(|task| task.eq_ignore_ascii_case(&title)),
            "{model}: {tasks:?}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_quoted_text_and_a_mention_reach_the_model(pool: PgPool) {
    let world = World::start(&pool).await;
    let mut message = input("what about ");
    message["quoted_text"] = json!("Buy milk");
    let parts = message["content"].as_array_mut().unwrap();
    parts.push(json!({"type": "input_tag", "id": "7", "text": "milk", "data": {}}));
    world
        .alice()
        .stream("threads.create", json!({ "input": message }))
        .await;
    let requests: Vec<Value> = world.script.requests();
    let told = requests[0]["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(
        crate::outgoing::parts(told).1,
        "> Buy milk\n\nwhat about @milk"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_title_a_person_gave_stays(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (_, thread) = alice.begin("hello").await;
    alice
        .ask(
            "threads.update",
            json!({"thread_id": thread, "title": "Mine"}),
        )
        .await;
    let frames = alice.add(&thread, "hello again").await;
    assert!(!kinds(&frames).contains(&"thread.updated"));
    let (_, found) = alice
        .ask("threads.get_by_id", json!({"thread_id": thread}))
        .await;
    assert_eq!(found["title"], "Mine");
}
