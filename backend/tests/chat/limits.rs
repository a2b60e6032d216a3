//! What a person may ask for, and where nothing may be said.

use offline_model::Reply;
use serde_json::{Value, json};
use sqlx::PgPool;
use store::{
    conversations::{self, Status},
    turns,
};

use crate::{
    interruptions::conversation_of,
    turns::{count, say},
    world::{Person, Plan, World, input},
};

fn plan(budget: turns::Limits) -> Plan {
    Plan {
        budget,
        ..Plan::default()
    }
}

async fn refused(person: Person<'_>) {
    let response = person.post("/api/me/chat").json(&json!({"message": "hi"}));
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 429);
    let wait: u32 = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=86_400).contains(&wait), "{wait}");
    let problem: Value = response.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("go on in"));
    // Before the stream begins: a stream's client would take it for an answer.
    let response = person.kit("threads.create", json!({ "input": input("hi") }));
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["message"], problem["detail"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn so_many_messages_in_a_minute_whichever_replica_they_reach(pool: PgPool) {
    let budget = turns::Limits {
        requests_per_minute: 3,
        ..turns::Limits::default()
    };
    let one = World::with(&pool, plan(budget)).await;
    let two = World::with(&pool, plan(budget)).await;
    assert_eq!(
        say(one.alice(), "k", json!({"message": "hello"})).await.0,
        200
    );
    two.alice().say("hello").await;
    one.alice().say("hello").await;
    let rows = count(&pool, "select count(*) from messages").await;
    for world in [&one, &two] {
        refused(world.alice()).await;
    }
    let open = "select (select count(*) from turns) * 1000 + (select count(*) from conversations)";
    assert_eq!(
        count(&pool, open).await,
        3003,
        "nothing is left of what was refused"
    );
    assert_eq!(count(&pool, "select count(*) from messages").await, rows);
    // To be told again costs nothing; others have their own; and a minute later there is room.
    assert_eq!(
        say(two.alice(), "k", json!({"message": "hello"})).await.0,
        200
    );
    two.user("bob").say("hello").await;
    sqlx::raw_sql("update chat_budgets set minute_from = minute_from - interval '1 minute'")
        .execute(&pool)
        .await
        .unwrap();
    one.alice().say("hello").await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn of_many_messages_at_once_as_many_pass_as_may(pool: PgPool) {
    let budget = turns::Limits {
        requests_per_day: 4,
        ..turns::Limits::default()
    };
    let one = World::with(&pool, plan(budget)).await;
    let two = World::with(&pool, plan(budget)).await;
    let all = (0..10).map(|i| {
        let world = if i % 2 == 0 { &one } else { &two };
        async move { world.alice().chat(json!({"message": "hello"})).await }
    });
    let all = futures_util::future::join_all(all).await;
    let passed = all.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(passed, 4);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn so_many_tokens_in_a_day(pool: PgPool) {
    let budget = turns::Limits {
        tokens_per_day: 100,
        ..turns::Limits::default()
    };
    let world = World::with(&pool, plan(budget)).await;
    // The prompt alone is more; what was begun is finished.
    world.alice().say("hello").await;
    refused(world.alice()).await;
    sqlx::raw_sql("update chat_budgets set day_from = day_from - interval '1 day'")
        .execute(&pool)
        .await
        .unwrap();
    world.alice().say("hello").await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_person_sees_what_they_used(pool: PgPool) {
    let budget = turns::Limits {
        requests_per_minute: 30,
        ..turns::Limits::default()
    };
    let world = World::with(&pool, plan(budget)).await;
    let (status, none) = world.alice().get("/api/me/usage").await;
    assert_eq!(status, 200);
    assert_eq!(
        none,
        json!({
            "model": "offline",
            "limits": {"requests_per_minute": 30, "requests_per_day": 0, "tokens_per_minute": 0, "tokens_per_day": 0},
            "minute": {"requests": 0, "tokens": 0},
            "day": {"requests": 0, "tokens": 0},
            "last_30_days": {"turns": 0, "input_tokens": 0, "output_tokens": 0},
        })
    );
    world.alice().say("hello").await;
    world.alice().say("hello").await;
    let (_, used) = world.alice().get("/api/me/usage").await;
    assert_eq!(used["minute"]["requests"], 2);
    assert_eq!(used["last_30_days"]["turns"], 2);
    let total = &used["last_30_days"];
    let (input, output) = (
        total["input_tokens"].as_i64().unwrap(),
        total["output_tokens"].as_i64().unwrap(),
    );
    assert!(input > 0 && output > 0, "{used}");
    assert_eq!(used["day"]["tokens"], input + output);
    let (_, of_bob) = world.user("bob").get("/api/me/usage").await;
    assert_eq!(of_bob["day"]["requests"], 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_is_said_in_a_locked_or_closed_conversation(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (frames, thread) = alice.begin("hello").await;
    let question = crate::world::item_id(&frames, "user_message");
    let id = conversation_of(&thread);
    let rows = count(&pool, "select count(*) from messages").await;
    for (status, code) in [
        (Status::Locked, "conversation_locked"),
        (Status::Closed, "conversation_closed"),
    ] {
        conversations::set_status(&world.db, "alice", id, status, Some("Because."))
            .await
            .unwrap();
        let (answer, problem) = alice
            .chat(json!({"message": "hi", "conversation_id": id}))
            .await;
        assert_eq!((answer.as_u16(), &problem["code"]), (409, &json!(code)));
        assert_eq!(problem["detail"], "Because.");
        for frames in [
            alice.add(&thread, "hi").await,
            alice.again(&thread, &question).await,
        ] {
            assert_eq!(
                crate::world::error(&frames),
                ("custom", "Because.", false),
                "{code}"
            );
            assert_eq!(frames.len(), 1);
        }
    }
    assert_eq!(count(&pool, "select count(*) from messages").await, rows);
    conversations::set_status(&world.db, "alice", id, Status::Active, None)
        .await
        .unwrap();
    alice.add(&thread, "hi").await;
    assert!(count(&pool, "select count(*) from messages").await > rows);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_full_conversation_is_locked(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let id = alice.say("hello").await["conversation_id"]
        .as_i64()
        .unwrap();
    // Two rows are there; the next turn adds two more and fills it.
    let fill = "insert into messages (conversation_id, user_id, role, content)
                select id, 'alice', 'user', 'x' from conversations, generate_series(1, 9996)";
    sqlx::raw_sql(fill).execute(&pool).await.unwrap();
    world.script.push(Reply::text("The last word."));
    let body = json!({"message": "hi", "conversation_id": id});
    assert_eq!(alice.chat(body.clone()).await.0, 200);
    let now = conversations::get(&world.db, "alice", id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(now.status, Status::Locked);
    let (status, problem) = alice.chat(body).await;
    assert_eq!(status, 409);
    assert_eq!(
        problem["detail"],
        "This conversation is full. Start a new one."
    );
    assert_eq!(count(&pool, "select count(*) from messages").await, 10_000);
}
