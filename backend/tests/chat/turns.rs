//! The same turn twice: at once, later, after leaving; and the next one, which waits in line.

use std::time::Duration;

use offline_model::{Fault, Reply, Settings};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::{
    interruptions::{conversation_of, read_until, thread_of},
    world::{Person, Plan, World, frames, input},
};

/// Only so that a test that hangs fails.
const EVER: Duration = Duration::from_secs(30);

fn slow(millis: u64) -> Plan {
    Plan {
        settings: Settings::instant().with_token_delay(Duration::from_millis(millis)),
        ..Plan::default()
    }
}

pub async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

/// Waits until a count is what it should be.
pub async fn until(pool: &PgPool, query: &'static str, wanted: i64) {
    let there = async {
        while count(pool, query).await != wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let came = timeout(EVER, there).await;
    assert!(came.is_ok(), "never {wanted}: {query}");
}

/// Says something over `/chat` under a key.
pub async fn say(person: Person<'_>, key: &str, body: Value) -> (u16, Value) {
    let request = person.post("/api/me/chat").header("idempotency-key", key);
    let response = request.json(&body).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

/// Begins a thread under a key.
pub async fn begin(person: Person<'_>, key: &str, text: &str) -> reqwest::Response {
    let request = person.kit("threads.create", json!({ "input": input(text) }));
    let request = request.header("idempotency-key", key);
    request.send().await.unwrap()
}

/// Begins a thread under a key and reads the answer's first words; gives what was read, and the thread's id.
async fn begun(person: Person<'_>, key: &str, text: &str) -> (reqwest::Response, String, String) {
    let mut response = begin(person, key, text).await;
    let body = read_until(&mut response, "text_delta").await;
    let thread = thread_of(&body);
    (response, body, thread)
}

pub async fn rest(mut response: reqwest::Response, mut body: String) -> Vec<Value> {
    while let Some(chunk) = response.chunk().await.unwrap() {
        body.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    frames(&body)
}

pub fn done(frames: &[Value], kind: &str) -> Vec<String> {
    frames
        .iter()
        .filter(|frame| frame["type"] == "thread.item.done" && frame["item"]["type"] == kind)
        .map(|frame| frame["item"]["id"].as_str().unwrap().to_owned())
        .collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_same_turn_asked_for_twice_at_once_is_one_turn_that_both_hear_whole(pool: PgPool) {
    let world = World::with(&pool, slow(20)).await;
    world.script.push(Reply::text("one two three ".repeat(15)));
    let (first, body, _) = begun(world.alice(), "k", "count").await;
    let second = begin(world.alice(), "k", "count").await;
    let (first, second) = tokio::join!(rest(first, body), rest(second, String::new()));
    for kind in ["user_message", "assistant_message"] {
        assert_eq!(done(&first, kind).len(), 1);
        assert_eq!(done(&first, kind), done(&second, kind));
    }
    assert_eq!(first[0], second[0], "both begin with the thread");
    let said = |frames: &[Value]| frames.last().unwrap()["item"]["content"][0]["text"].clone();
    assert_eq!(said(&first), said(&second));
    assert_eq!(world.script.requests().len(), 1);
    assert_eq!(count(&pool, "select count(*) from messages").await, 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn many_that_come_with_one_key_at_the_same_moment_are_one_turn(pool: PgPool) {
    let world = World::start(&pool).await;
    let all = (0..6).map(|_| say(world.alice(), "k", json!({"message": "add buy milk"})));
    let all = futures_util::future::join_all(all).await;
    for (status, answer) in &all {
        assert_eq!(*status, 200, "{answer}");
        assert_eq!(answer["conversation_id"], all[0].1["conversation_id"]);
        assert_eq!(answer["response"], all[0].1["response"]);
    }
    assert_eq!(world.alice().tasks().await.len(), 1);
    assert_eq!(count(&pool, "select count(*) from conversations").await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_that_is_over_is_told_again_and_not_done_again(pool: PgPool) {
    let world = World::start(&pool).await;
    let body = json!({"message": "add buy milk"});
    let first = say(world.alice(), "k", body.clone()).await;
    assert_eq!(first.0, 200);
    let asked = world.script.requests().len();
    assert_eq!(say(world.alice(), "k", body.clone()).await, first);
    assert_eq!(world.script.requests().len(), asked);
    assert_eq!(world.alice().tasks().await.len(), 1);
    // Another person's key is another key, and another key is another turn.
    let (_, other) = say(world.user("bob"), "k", body.clone()).await;
    assert_ne!(other["conversation_id"], first.1["conversation_id"]);
    say(world.alice(), "other", body).await;
    assert_eq!(world.alice().tasks().await.len(), 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_same_key_with_another_message_is_refused_and_stores_nothing(pool: PgPool) {
    let world = World::start(&pool).await;
    let (_, first) = say(world.alice(), "k", json!({"message": "hello"})).await;
    let rows = count(&pool, "select count(*) from messages").await;
    let id = &first["conversation_id"];
    for body in [
        json!({"message": "hello!"}),
        json!({"message": "hello", "conversation_id": id}),
    ] {
        let (status, problem) = say(world.alice(), "k", body).await;
        assert_eq!(status, 422);
        assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
    }
    let refused = rest(begin(world.alice(), "k", "hello!").await, String::new()).await;
    assert_eq!(refused.len(), 1);
    assert_eq!(
        (&refused[0]["code"], &refused[0]["allow_retry"]),
        (&json!("custom"), &json!(false))
    );
    assert_eq!(count(&pool, "select count(*) from messages").await, rows);
    assert_eq!(
        say(world.alice(), "not a key", json!({"message": "hello"}))
            .await
            .0,
        422
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_left_and_comes_back_with_the_key_gets_the_turn_finished(pool: PgPool) {
    let world = World::start(&pool).await;
    world
        .script
        .push(Reply::call("add_task", json!({"title": "Milk"})));
    world.script.push(Fault::Stall);
    let (first, body, thread) = begun(world.alice(), "k", "add milk").await;
    drop(first);
    // At once, while the turn may still be stopping.
    world.script.push(Reply::text("Milk is on your list."));
    let frames_again = rest(begin(world.alice(), "k", "add milk").await, String::new()).await;
    assert_eq!(frames_again[0]["thread"]["id"], thread.as_str());
    assert_eq!(
        done(&frames_again, "user_message"),
        done(&frames(&body), "user_message")
    );
    assert_eq!(
        frames_again.last().unwrap()["item"]["content"][0]["text"],
        "Milk is on your list."
    );
    assert_eq!(world.alice().tasks().await, ["Milk"]);
    assert_eq!(
        world.alice().transcript(&thread).await,
        [
            "user_message: add milk",
            "workflow: Added “Milk”",
            "assistant_message: Milk is on your list."
        ]
    );
    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"].to_string();
    assert!(told.contains(r#"\"status\":\"created\""#), "{told}");
    assert!(!told.contains("stopped the answer"), "{told}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_that_failed_is_taken_up_by_the_same_key(pool: PgPool) {
    let world = World::start(&pool).await;
    let body = json!({"message": "hello"});
    world.script.push(Fault::Status(400));
    let (status, problem) = say(world.alice(), "k", body.clone()).await;
    assert_eq!((status, &problem["code"]), (502, &json!("model_refused")));
    world.script.push(Reply::text("Hello!"));
    let (status, answer) = say(world.alice(), "k", body).await;
    assert_eq!((status, &answer["response"]), (200, &json!("Hello!")));
    assert_eq!(answer["conversation_id"], problem["conversation_id"]);
    let rows = "select count(*) from messages where role <> 'system'";
    assert_eq!(count(&pool, rows).await, 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_that_the_conversation_left_behind_is_not_taken_up(pool: PgPool) {
    let world = World::start(&pool).await;
    let body = json!({"message": "hello"});
    world.script.push(Fault::Status(400));
    let (_, problem) = say(world.alice(), "k", body.clone()).await;
    let next = json!({"message": "add milk", "conversation_id": problem["conversation_id"]});
    assert_eq!(world.alice().chat(next).await.0, 200);
    let rows = count(&pool, "select count(*) from messages").await;
    let (status, problem) = say(world.alice(), "k", body).await;
    assert_eq!((status, &problem["code"]), (409, &json!("turn_superseded")));
    assert_eq!(count(&pool, "select count(*) from messages").await, rows);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn turns_of_one_conversation_wait_for_each_other_in_order(pool: PgPool) {
    let world = World::with(&pool, slow(20)).await;
    let alice = world.alice();
    world.script.push(Reply::text("first ".repeat(30)));
    world.script.push(Reply::text("second"));
    world.script.push(Reply::text("third"));
    let (first, body, thread) = begun(alice, "a", "one").await;
    let id = conversation_of(&thread);
    let ask = |key, text: &str| say(alice, key, json!({"conversation_id": id, "message": text}));
    let later = async {
        until(
            &pool,
            "select count(*) from turns where conversation_id = (select min(id) from conversations)",
            2,
        )
        .await;
        ask("c", "three").await
    };
    let (first, second, third, other) = tokio::join!(
        rest(first, body),
        ask("b", "two"),
        later,
        // Other conversations are not held up.
        async { alice.chat(json!({"message": "thanks"})).await.0 }
    );
    assert_eq!(first.last().unwrap()["type"], "thread.item.done");
    assert_eq!((second.0, third.0, other.as_u16()), (200, 200, 200));
    let said = alice.transcript(&thread).await;
    let order: Vec<&str> = said
        .iter()
        .map(|line| &line[..line.len().min(18)])
        .collect();
    assert_eq!(order.len(), 6, "{said:?}");
    assert_eq!(
        (said[0].as_str(), said[2].as_str(), said[4].as_str()),
        (
            "user_message: one",
            "user_message: two",
            "user_message: three"
        )
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_was_said_in_line_is_stored_when_its_turn_comes_also_without_a_listener(pool: PgPool) {
    let world = World::with(&pool, slow(20)).await;
    let alice = world.alice();
    world.script.push(Reply::text("first ".repeat(40)));
    let (first, body, thread) = begun(alice, "a", "one").await;
    let id = conversation_of(&thread);
    let request = alice
        .post("/api/me/chat")
        .json(&json!({"conversation_id": id, "message": "two"}));
    let waiting = tokio::spawn(request.send());
    until(
        &pool,
        "select count(*) from turns where state = 'queued'",
        1,
    )
    .await;
    waiting.abort();
    rest(first, body).await;
    until(&pool, "select count(*) from turns where state = 'left'", 1).await;
    let said = alice.transcript(&thread).await;
    assert_eq!(
        said[2..],
        ["user_message: two", "task: The answer was stopped."]
    );
    assert_eq!(
        world.script.requests().len(),
        1,
        "nobody waits for an answer"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_watcher_sees_the_turn_that_runs_and_stops_nothing_by_leaving(pool: PgPool) {
    let world = World::with(&pool, slow(20)).await;
    let alice = world.alice();
    world.script.push(Reply::text("one two three ".repeat(20)));
    let (first, body, thread) = begun(alice, "a", "count").await;
    let path = format!("/api/me/conversations/{}/turn", conversation_of(&thread));
    let look = async |person: Person<'_>| {
        let request = person.request_get(&path);
        request.send().await.unwrap()
    };
    // One leaves at once, the other stays.
    let mut leaves = look(alice).await;
    read_until(&mut leaves, "text_delta").await;
    drop(leaves);
    let stays = look(alice).await;
    assert_eq!(stays.status(), 200);
    assert_eq!(look(world.user("bob")).await.status(), 404);
    let (first, seen) = tokio::join!(rest(first, body), rest(stays, String::new()));
    assert_eq!(done(&seen, "user_message"), done(&first, "user_message"));
    assert_eq!(first.last(), seen.last());
    assert_eq!(look(alice).await.status(), 204);
}
