//! The model misbehaves: one clear sentence, nothing applied twice, the conversation goes on.

use std::time::Duration;

use axum::{Router, routing::any};
use backend::chat::Limits;
use model::StepLimits;
use offline_model::{Fault, Reply};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    interruptions::conversation_of,
    unfinished::last_row,
    world::{Plan, World, error, item_id, serve},
};

/// Every bad day ends the stream with this error, leaves the conversation usable, and `/chat` says the same.
async fn a_bad_day(
    pool: &PgPool,
    plan: Plan,
    faults: &[Fault],
    expected: (u16, &str, bool, &str),
) -> World {
    let (status, code, allow_retry, words) = expected;
    let world = World::with(pool, plan).await;
    let alice = world.alice();
    let push = || {
        for fault in faults {
            world.script.push(fault.clone());
        }
    };
    push();
    let (frames, thread) = alice.begin("add buy milk").await;
    let (_, message, retry) = error(&frames);
    assert!(message.contains(words), "{message}");
    assert_eq!(retry, allow_retry, "{message}");
    assert_eq!(
        frames[1]["item"]["type"], "user_message",
        "a retry needs the message"
    );

    push();
    let (answered, problem) = alice.chat(json!({"message": "add buy milk"})).await;
    assert_eq!(
        (answered.as_u16(), problem["code"].as_str()),
        (status, Some(code)),
        "{problem}"
    );
    assert!(problem["detail"].as_str().unwrap().contains(words));
    assert!(problem["conversation_id"].is_i64(), "{problem}");
    let shown = alice.transcript(&thread).await;
    assert!(shown[0].contains("add buy milk"));
    assert!(shown.last().unwrap().starts_with("task: "), "{shown:?}");
    assert_eq!(last_row(&world, conversation_of(&thread)).await.1, code);
    world
}

/// The conversation of a bad day can be gone on with.
async fn goes_on(world: &World) {
    let alice = world.alice();
    let (_, list) = alice.get("/api/me/conversations").await;
    let body = json!({"conversation_id": list[0]["id"], "message": "add bread"});
    let (status, answer) = alice.chat(body).await;
    assert_eq!(status, 200, "{answer}");
    assert!(
        alice
            .tasks()
            .await
            .iter()
            .any(|task| task.eq_ignore_ascii_case("bread"))
    );
    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"].to_string();
    assert!(
        told.contains("was not finished"),
        "the model knows of the unfinished answer"
    );
}

fn impatient() -> Plan {
    let limits = Limits {
        step: StepLimits {
            connect: Duration::from_millis(300),
            first_byte: Duration::from_millis(300),
            idle: Duration::from_millis(300),
            ..StepLimits::default()
        },
        ..Limits::default()
    };
    Plan {
        limits,
        ..Plan::default()
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_is_gone(pool: PgPool) {
    let plan = Plan {
        model_url: Some("http://127.0.0.1:9/v1".into()),
        ..Plan::default()
    };
    a_bad_day(
        &pool,
        plan,
        &[],
        (503, "model_unreachable", true, "cannot be reached"),
    )
    .await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_falls_silent(pool: PgPool) {
    a_bad_day(
        &pool,
        impatient(),
        &[Fault::Stall],
        (504, "model_timeout", true, "too long"),
    )
    .await;
    // With the patience of every day, as a loaded machine is slow too.
    goes_on(&World::start(&pool).await).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_never_begins(pool: PgPool) {
    let silent = serve(Router::new().fallback(any(std::future::pending::<()>))).await;
    let plan = Plan {
        model_url: Some(format!("http://{silent}/v1")),
        ..impatient()
    };
    a_bad_day(&pool, plan, &[], (504, "model_busy", true, "probably busy")).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_refuses_the_key(pool: PgPool) {
    let faults = [Fault::Status(401)];
    let world = a_bad_day(
        &pool,
        Plan::default(),
        &faults,
        (502, "model_unauthorized", false, "key"),
    )
    .await;
    assert_eq!(
        world.script.requests().len(),
        2,
        "a refused key is not tried again"
    );
    goes_on(&world).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_limits_the_rate_again_and_again(pool: PgPool) {
    let faults = [Fault::Status(429), Fault::Status(429), Fault::Status(429)];
    let expected = (503, "model_rate_limited", true, "in 1 seconds");
    let world = a_bad_day(&pool, Plan::default(), &faults, expected).await;
    assert_eq!(world.script.requests().len(), 6);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_short_rate_limit_or_hiccup_passes_unseen(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Fault::Status(500));
    world.script.push(Fault::Status(503));
    world.script.push(Reply::text("Here I am."));
    assert_eq!(world.alice().say("hello").await["response"], "Here I am.");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_quota_is_used_up(pool: PgPool) {
    let expected = (502, "model_quota", false, "quota");
    a_bad_day(&pool, Plan::default(), &[Fault::Quota], expected).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_fails(pool: PgPool) {
    let faults = [Fault::Status(500), Fault::Status(500), Fault::Status(500)];
    let world = a_bad_day(
        &pool,
        Plan::default(),
        &faults,
        (502, "model_failed", true, "failed"),
    )
    .await;
    goes_on(&world).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_is_not_there(pool: PgPool) {
    let plan = Plan {
        model: "offline+no-such-switch",
        ..Plan::default()
    };
    a_bad_day(
        &pool,
        plan,
        &[],
        (502, "model_not_found", false, "model's name"),
    )
    .await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_talks_nonsense(pool: PgPool) {
    let expected = (502, "model_nonsense", true, "could not be read");
    let world = a_bad_day(&pool, Plan::default(), &[Fault::Nonsense], expected).await;
    goes_on(&world).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_web_page_answers_in_place_of_the_model(pool: PgPool) {
    let page =
        serve(Router::new().fallback(any(|| async { axum::response::Html("<p>Welcome</p>") })))
            .await;
    let plan = Plan {
        model_url: Some(format!("http://{page}/v1")),
        ..Plan::default()
    };
    a_bad_day(
        &pool,
        plan,
        &[],
        (502, "model_nonsense", true, "could not be read"),
    )
    .await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_is_cut_off_and_what_it_said_is_kept(pool: PgPool) {
    // Broken off before the first word, it is asked once more.
    let faults = [Fault::Cut, Fault::Cut];
    let world = a_bad_day(
        &pool,
        Plan::default(),
        &faults,
        (502, "model_cut_off", true, "cut off"),
    )
    .await;
    goes_on(&world).await;

    world.script.push(Fault::Cut);
    let (frames, thread) = world.alice().begin("tell me a long story").await;
    let said: String = frames
        .iter()
        .filter_map(|frame| frame["update"]["delta"].as_str())
        .collect();
    assert!(!said.is_empty());
    assert_eq!(
        world.alice().transcript(&thread).await[1],
        format!("assistant_message: {said}")
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_error_arrives_inside_the_stream(pool: PgPool) {
    let faults = [Fault::ErrorMidStream, Fault::ErrorMidStream];
    let world = a_bad_day(
        &pool,
        Plan::default(),
        &faults,
        (502, "model_failed", true, "failed"),
    )
    .await;
    goes_on(&world).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_says_nothing(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Reply::text(" "));
    let (frames, thread) = world.alice().begin("hello").await;
    assert!(error(&frames).1.contains("no answer"));
    assert_eq!(
        world.alice().transcript(&thread).await,
        [
            "user_message: hello",
            "task: The language model gave no answer. Please try again."
        ]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_repeats_the_same_call(pool: PgPool) {
    let world = World::with(
        &pool,
        Plan {
            model: "offline+endless",
            ..Plan::default()
        },
    )
    .await;
    let (frames, _) = world.alice().begin("add buy milk").await;
    assert!(
        error(&frames).1.contains("repeating"),
        "{:?}",
        error(&frames)
    );
    assert!(world.script.requests().len() <= 3);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_never_comes_to_an_end(pool: PgPool) {
    let world = World::with(
        &pool,
        Plan {
            model: "offline+endless-varied",
            ..Plan::default()
        },
    )
    .await;
    let (frames, _) = world.alice().begin("add buy milk").await;
    let (code, message, retry) = error(&frames);
    assert_eq!((code, retry), ("stream.error", true));
    assert!(message.contains("more steps"), "{message}");
    assert_eq!(world.script.requests().len(), 8);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_model_wants_more_calls_than_a_turn_may_make(pool: PgPool) {
    let world = World::start(&pool).await;
    // No more than five of them change something, or they would all be asked about first.
    let many = (0..15).fold(Reply::default(), |reply, n| {
        reply.and_call("list_tasks", json!({"limit": n + 1}))
    });
    let titles = ["Milk", "Bread", "Butter", "Cheese", "Apples"];
    let many = titles.iter().rev().fold(many, |mut reply, title| {
        let add = ("add_task".to_owned(), json!({ "title": title }));
        reply.calls.insert(0, add);
        reply
    });
    world.script.push(many);
    let wish = format!("add {}", titles.join(", "));
    let (frames, thread) = world.alice().begin(&wish).await;
    assert!(error(&frames).1.contains("more actions"));
    assert_eq!(world.alice().tasks().await, titles);
    // The next turn's model sees which ones were not made, and a retry does not repeat the others.
    world.script.push(Reply::text("Sixteen of twenty."));
    world
        .alice()
        .again(&thread, &item_id(&frames, "user_message"))
        .await;
    let requests = world.script.requests();
    let told = requests.last().unwrap()["messages"]
        .as_array()
        .unwrap()
        .clone();
    let not_made = told
        .iter()
        .filter(|message| message["content"].to_string().contains("was not made"));
    assert_eq!(not_made.count(), 4);
    assert_eq!(world.alice().tasks().await, titles);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_without_end_is_stopped(pool: PgPool) {
    let limits = Limits {
        step: StepLimits {
            answer_bytes: 100,
            ..StepLimits::default()
        },
        ..Limits::default()
    };
    let world = World::with(
        &pool,
        Plan {
            limits,
            ..Plan::default()
        },
    )
    .await;
    world.script.push(Reply::text("word ".repeat(100)));
    let (frames, thread) = world.alice().begin("hello").await;
    assert!(error(&frames).1.contains("too long"));
    assert!(world.alice().transcript(&thread).await[1].len() <= 100 + "assistant_message: ".len());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_that_takes_too_long_is_stopped(pool: PgPool) {
    let limits = Limits {
        turn: Duration::from_millis(300),
        ..Limits::default()
    };
    let expected = (504, "turn_timeout", true, "too long");
    a_bad_day(
        &pool,
        Plan {
            limits,
            ..Plan::default()
        },
        &[Fault::Stall],
        expected,
    )
    .await;
    goes_on(&World::start(&pool).await).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_tools_are_gone_from_the_start(pool: PgPool) {
    let plan = Plan {
        mcp_url: Some("http://127.0.0.1:9/mcp".into()),
        ..Plan::default()
    };
    a_bad_day(
        &pool,
        plan,
        &[],
        (503, "tools_unavailable", true, "tasks cannot be reached"),
    )
    .await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_database_is_gone(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (_, thread) = alice.begin("hello").await;
    pool.close().await;

    let params = json!({"input": crate::world::input("add milk")});
    let frames = alice.stream("threads.create", params).await;
    let (code, message, retry) = error(&frames);
    assert_eq!((code, retry), ("stream.error", true));
    assert!(message.contains("cannot be saved"), "{message}");
    assert!(
        error(&alice.add(&thread, "hi").await)
            .1
            .contains("cannot be saved")
    );

    let (status, problem) = alice.chat(json!({"message": "hi"})).await;
    assert_eq!(
        (status.as_u16(), &problem["code"]),
        (503, &json!("storage_unavailable"))
    );
    let (status, refusal) = alice.ask("threads.list", json!({})).await;
    assert_eq!(status, 503);
    assert!(refusal["message"].as_str().unwrap().contains("Try again"));
    assert_eq!(
        world.script.requests().len(),
        1,
        "the model is not asked what cannot be kept"
    );
}
