//! Clients that leave, questions that come too early, and the end of the process.

use std::time::Duration;

use offline_model::{Fault, Reply, Settings};
use reqwest::Response;
use serde_json::json;
use sqlx::PgPool;
use tokio::time::timeout;

use crate::world::{Plan, World, error, frames, input};

async fn begin(world: &World, text: &str) -> Response {
    let params = json!({ "input": input(text) });
    world
        .alice()
        .kit("threads.create", params)
        .send()
        .await
        .unwrap()
}

/// Reads until a text was seen; gives what was read.
pub async fn read_until(response: &mut Response, seen: &str) -> String {
    let mut body = String::new();
    while !body.contains(seen) {
        body.push_str(std::str::from_utf8(&response.chunk().await.unwrap().expect(seen)).unwrap());
    }
    body
}

pub fn thread_of(body: &str) -> String {
    frames(body)[0]["thread"]["id"].as_str().unwrap().to_owned()
}

/// The thread's number in the rest of the interface.
pub fn conversation_of(thread: &str) -> i64 {
    thread.trim_start_matches("thr_").parse().unwrap()
}

/// Waits for what a turn writes when its client has left.
async fn wait_for_note(pool: &PgPool) {
    let notes = "select count(*) from messages where role = 'unfinished'";
    while sqlx::query_scalar::<_, i64>(notes)
        .fetch_one(pool)
        .await
        .unwrap()
        == 0
    {
        tokio::task::yield_now().await;
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_client_that_leaves_stops_the_model_and_what_was_said_is_kept(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Fault::Stall);
    let mut response = begin(&world, "hello").await;
    let body = read_until(&mut response, "text_delta").await;
    drop(response);
    wait_for_note(&pool).await;

    let thread = thread_of(&body);
    let transcript = world.alice().transcript(&thread).await;
    assert_eq!(transcript.len(), 3, "{transcript:?}");
    assert!(transcript[1].len() > "assistant_message: ".len());
    assert_eq!(transcript[2], "task: The answer was stopped.");

    world.script.push(Reply::text("Yes?"));
    let frames = world.alice().add(&thread, "and now?").await;
    assert_eq!(frames.last().unwrap()["type"], "thread.item.done");
    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"]
        .as_array()
        .unwrap()
        .clone();
    let roles: Vec<&str> = told
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    let (note, words) = crate::outgoing::parts(&told[3]);
    assert!(note.contains("stopped the answer"), "{note}");
    assert_eq!(words, "and now?");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_client_of_the_whole_answer_that_leaves_stops_the_model_too(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Fault::Stall);
    let request = world
        .alice()
        .post("/api/me/chat")
        .json(&json!({"message": "hello"}));
    let waiting = tokio::spawn(request.send());
    while world.script.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    wait_for_note(&pool).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_client_that_leaves_before_a_word_leaves_only_its_message(pool: PgPool) {
    let plan = Plan {
        settings: Settings::instant().with_token_delay(Duration::from_mins(1)),
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    let mut response = begin(&world, "hello").await;
    let body = read_until(&mut response, "progress_update").await;
    drop(response);
    wait_for_note(&pool).await;
    assert_eq!(
        world.alice().transcript(&thread_of(&body)).await,
        ["user_message: hello", "task: The answer was stopped."]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_tool_call_that_runs_when_the_client_leaves_is_finished_and_recorded(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(
        Reply::call("add_task", json!({"title": "Milk"}))
            .and_call("add_task", json!({"title": "Bread"})),
    );
    // The first call waits for this lock.
    let mut tx = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table tasks in access exclusive mode")
        .execute(&mut *tx)
        .await
        .unwrap();
    let mut response = begin(&world, "milk and bread").await;
    let body = read_until(&mut response, "\"loading\"").await;
    let waiting =
        "select count(*) from pg_locks where not granted and relation = 'tasks'::regclass";
    while sqlx::query_scalar::<_, i64>(waiting)
        .fetch_one(&pool)
        .await
        .unwrap()
        == 0
    {
        tokio::task::yield_now().await;
    }
    drop(response);
    tx.commit().await.unwrap();
    wait_for_note(&pool).await;

    assert_eq!(world.alice().tasks().await, ["Milk"]);
    let transcript = world.alice().transcript(&thread_of(&body)).await;
    assert_eq!(transcript[1], "workflow: Added “Milk”, Did not add “Bread”");
    assert_eq!(
        world.script.requests().len(),
        1,
        "the model is not asked again"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_conversation_deleted_in_the_middle_of_its_turn_ends_the_turn(pool: PgPool) {
    let plan = Plan {
        settings: Settings::instant().with_token_delay(Duration::from_millis(50)),
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    world.script.push(Reply::text("one two three ".repeat(20)));
    let mut response = begin(&world, "count").await;
    let mut body = read_until(&mut response, "text_delta").await;
    let gone = world
        .alice()
        .ask("threads.delete", json!({"thread_id": thread_of(&body)}))
        .await;
    assert_eq!(gone.0, 200);
    while let Some(chunk) = response.chunk().await.unwrap() {
        body.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let frames = frames(&body);
    assert_eq!(
        error(&frames),
        ("custom", "This conversation no longer exists.", false)
    );
    assert_eq!(frames[frames.len() - 2]["type"], "thread.item.removed");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_process_ends_after_the_turn_that_runs(pool: PgPool) {
    let plan = Plan {
        settings: Settings::instant().with_token_delay(Duration::from_millis(20)),
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    let mut response = begin(&world, "add buy milk").await;
    let mut body = read_until(&mut response, "client_effect").await;
    world.shutdown.start();
    while let Some(chunk) = response.chunk().await.unwrap() {
        body.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert_eq!(
        frames(&body).last().unwrap()["item"]["type"],
        "assistant_message"
    );
    timeout(Duration::from_secs(10), world.server)
        .await
        .expect("it ends")
        .unwrap()
        .unwrap();
    let rows: i64 = sqlx::query_scalar("select count(*) from messages")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(rows, 3);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_that_does_not_end_in_time_is_told_so_before_the_process_ends(pool: PgPool) {
    let limits = backend::chat::Limits {
        finish: Duration::from_millis(100),
        ..Default::default()
    };
    let world = World::with(
        &pool,
        Plan {
            limits,
            ..Plan::default()
        },
    )
    .await;
    world.script.push(Fault::Stall);
    let mut response = begin(&world, "hello").await;
    let mut body = read_until(&mut response, "text_delta").await;
    world.shutdown.start();
    while let Some(chunk) = response.chunk().await.unwrap() {
        body.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(error(&frames(&body)).1.contains("restarting"));
    timeout(Duration::from_secs(10), world.server)
        .await
        .expect("it ends")
        .unwrap()
        .unwrap();
    let rows: Vec<String> = sqlx::query_scalar("select role from messages order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(rows, ["user", "assistant", "unfinished"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_round_that_a_dead_process_left_behind_is_unknown_until_somebody_looks(pool: PgPool) {
    let world = World::start(&pool).await;
    let (frames, thread) = world.alice().begin("hello").await;
    let id = conversation_of(&thread);
    let calls = json!([{"id": "c", "tool": "add_task", "args": {"title": "Milk"}, "status": "running", "result": null, "writes": true}]);
    store::messages::append(&world.db, "alice", id, store::messages::New::round(&calls))
        .await
        .unwrap();
    assert!(world.alice().transcript(&thread).await[2].contains("outcome is not known"));

    world.script.push(Reply::text("Let me look."));
    world
        .alice()
        .again(&thread, &crate::world::item_id(&frames, "user_message"))
        .await;
    let requests = world.script.requests();
    assert!(
        requests.last().unwrap()["messages"]
            .to_string()
            .contains("This was not applied")
    );
    assert!(world.alice().transcript(&thread).await[1].contains("Could not add"));
    assert!(world.alice().tasks().await.is_empty());
}
