//! A backend that dies in the middle of a turn, and the one that goes on.

use std::time::Duration;

use offline_model::{Fault, Reply};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::runtime::{Builder, Runtime};

use crate::{
    interruptions::read_until,
    turns::{begin, count, done, rest, say, until},
    world::{Plan, World, input},
};

/// A backend, with its MCP server and its model, that can be killed.
pub struct Doomed {
    runtime: Runtime,
    pub world: World,
}

impl Doomed {
    pub async fn start(pool: &PgPool) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let options = (*pool.connect_options()).clone();
        let world = async move {
            let pool = PgPool::connect_with(options).await.unwrap();
            World::with(&pool, Plan::default()).await
        };
        let world = runtime.spawn(world).await.unwrap();
        Self { runtime, world }
    }

    /// Says something, to nobody who would live to answer.
    pub fn ask(&self, key: &str, body: &Value) {
        let request = self.world.alice().post("/api/me/chat");
        let request = request.header("idempotency-key", key).json(body);
        self.runtime.spawn(request.send());
    }

    /// Ends every task at once, and every statement that still waits; then the signs of life run out.
    pub async fn kill(self, pool: &PgPool) {
        self.runtime.shutdown_background();
        for statement in [
            "select pg_terminate_backend(pid, 5000) from pg_locks where not granted",
            "update turns set alive_until = now()",
            "update conversations set turn_expires_at = now()",
        ] {
            sqlx::raw_sql(statement).execute(pool).await.unwrap();
        }
    }
}

const TASKS_WAIT: &str =
    "select count(*) from pg_locks where not granted and relation = 'tasks'::regclass";
const MESSAGES_WAIT: &str =
    "select count(*) from pg_locks where not granted and relation = 'messages'::regclass";

/// What a tool is asked to do with the task "Milk", in the person's words and in the model's, and what it answers.
struct Deed {
    says: &'static str,
    tool: &'static str,
    status: &'static str,
}

const DEEDS: [Deed; 4] = [
    Deed {
        says: "add milk",
        tool: "add_task",
        status: "created",
    },
    Deed {
        says: "complete milk",
        tool: "complete_task",
        status: "completed",
    },
    Deed {
        says: "rename milk to oat milk",
        tool: "update_task",
        status: "updated",
    },
    Deed {
        says: "delete milk",
        tool: "delete_task",
        status: "deleted",
    },
];

impl Deed {
    async fn prepare(&self, world: &World) -> Value {
        clear(world).await;
        if self.tool == "add_task" {
            return json!({"title": "Milk"});
        }
        let (_, task) = world.alice().create("Milk").await;
        match self.tool {
            "update_task" => json!({"task_id": task["id"], "title": "Oat milk"}),
            _ => json!({"task_id": task["id"]}),
        }
    }

    /// The titles and whether they are done, as they are after the deed was done, or was not.
    fn after(&self, done: bool) -> Vec<(&'static str, bool)> {
        match (self.tool, done) {
            ("add_task", false) | ("delete_task", true) => vec![],
            ("complete_task", true) => vec![("Milk", true)],
            ("update_task", true) => vec![("Oat milk", false)],
            _ => vec![("Milk", false)],
        }
    }
}

/// Removes what the last deed left.
async fn clear(world: &World) {
    let (_, tasks) = world.alice().get("/api/me/tasks").await;
    for task in tasks.as_array().unwrap() {
        let path = format!("/api/me/tasks/{}", task["id"]);
        assert_eq!(world.alice().delete(&path).await.0, 204);
    }
}

async fn tasks(world: &World) -> Vec<(String, bool)> {
    let (_, tasks) = world.alice().get("/api/me/tasks").await;
    let of = |task: &Value| {
        (
            task["title"].as_str().unwrap().to_owned(),
            task["completed"].as_bool().unwrap(),
        )
    };
    tasks.as_array().unwrap().iter().map(of).collect()
}

/// Kills a backend in the middle of a deed: after it was done and before that is stored, or before it was done.
async fn die_in(pool: &PgPool, deed: &Deed, args: Value, body: &Value, done: bool) {
    let doomed = Doomed::start(pool).await;
    doomed.world.script.push(Reply::call(deed.tool, args));
    let mut tasks = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table tasks in exclusive mode")
        .execute(&mut *tasks)
        .await
        .unwrap();
    doomed.ask(deed.tool, body);
    until(pool, TASKS_WAIT, 1).await;
    if !done {
        doomed.kill(pool).await;
        tasks.rollback().await.unwrap();
        return;
    }
    let mut messages = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table messages in exclusive mode")
        .execute(&mut *messages)
        .await
        .unwrap();
    tasks.commit().await.unwrap();
    until(pool, MESSAGES_WAIT, 1).await;
    doomed.kill(pool).await;
    messages.rollback().await.unwrap();
}

fn last_told(world: &World) -> String {
    let requests = world.script.requests();
    requests.last().unwrap()["messages"].to_string()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_call_that_was_made_when_the_backend_died_is_told_and_never_made_again(pool: PgPool) {
    let world = World::start(&pool).await;
    for deed in &DEEDS {
        let args = deed.prepare(&world).await;
        let body = json!({"message": deed.says});
        die_in(&pool, deed, args, &body, true).await;
        world.script.push(Reply::text("Done, as you said."));
        let (status, answer) = say(world.alice(), deed.tool, body).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["response"], "Done, as you said.");
        assert_eq!(answer["tool_calls"].as_array().unwrap().len(), 1);
        let wanted = format!(r#"\"status\":\"{}\""#, deed.status);
        assert!(last_told(&world).contains(&wanted), "{}", last_told(&world));
        let after = tasks(&world).await;
        let after: Vec<(&str, bool)> = after.iter().map(|(t, d)| (t.as_str(), *d)).collect();
        assert_eq!(after, deed.after(true), "{}", deed.tool);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_call_that_was_not_made_when_the_backend_died_is_told_as_not_made(pool: PgPool) {
    let world = World::start(&pool).await;
    for deed in &DEEDS {
        let args = deed.prepare(&world).await;
        let body = json!({"message": deed.says});
        die_in(&pool, deed, args, &body, false).await;
        world.script.push(Reply::text("That did not work."));
        let (status, answer) = say(world.alice(), deed.tool, body).await;
        assert_eq!(status, 200, "{answer}");
        assert!(last_told(&world).contains("This was not applied"));
        let after = tasks(&world).await;
        let after: Vec<(&str, bool)> = after.iter().map(|(t, d)| (t.as_str(), *d)).collect();
        assert_eq!(after, deed.after(false), "{}", deed.tool);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_next_message_goes_on_from_the_truth_of_a_turn_that_died(pool: PgPool) {
    let world = World::start(&pool).await;
    for deed in &DEEDS {
        let args = deed.prepare(&world).await;
        world.script.push(Reply::text("Hello."));
        let begun = world.alice().say("hello").await;
        let id = begun["conversation_id"].clone();
        let body = json!({"message": deed.says, "conversation_id": id});
        die_in(&pool, deed, args, &body, true).await;
        world.script.push(Reply::text("It is done."));
        let next = json!({"message": "and?", "conversation_id": id});
        let (status, answer) = world.alice().chat(next).await;
        assert_eq!(
            (status.as_u16(), &answer["response"]),
            (200, &json!("It is done."))
        );
        let told = last_told(&world);
        let wanted = format!(r#"\"status\":\"{}\""#, deed.status);
        assert!(told.contains(&wanted), "{told}");
        assert!(told.contains("was not finished (interrupted)"), "{told}");
        let after = tasks(&world).await;
        let after: Vec<(&str, bool)> = after.iter().map(|(t, d)| (t.as_str(), *d)).collect();
        assert_eq!(after, deed.after(true), "{}", deed.tool);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_waited_in_line_when_the_backend_died_is_not_lost(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Reply::text("Hello."));
    let begun = world.alice().say("hello").await;
    let id = begun["conversation_id"].clone();
    let doomed = Doomed::start(&pool).await;
    doomed.world.script.push(Fault::Stall);
    doomed.ask("one", &json!({"message": "one", "conversation_id": id}));
    until(
        &pool,
        "select count(*) from messages where content = 'one'",
        1,
    )
    .await;
    doomed.ask("two", &json!({"message": "two", "conversation_id": id}));
    until(
        &pool,
        "select count(*) from turns where state = 'queued'",
        1,
    )
    .await;
    doomed.kill(&pool).await;
    world.script.push(Reply::text("Three it is."));
    let next = json!({"message": "three", "conversation_id": id});
    assert_eq!(world.alice().chat(next).await.0, 200);
    // Whoever sends it again hears that the conversation has gone on, and nothing is there twice.
    let (status, problem) = say(
        world.alice(),
        "two",
        json!({"message": "two", "conversation_id": id}),
    )
    .await;
    assert_eq!((status, &problem["code"]), (409, &json!("turn_superseded")));
    let said: Vec<String> =
        sqlx::query_scalar("select content from messages where role = 'user' order by id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(said, ["hello", "one", "two", "three"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn both_of_two_messages_are_answered_in_order_when_both_are_sent_again(pool: PgPool) {
    let world = World::start(&pool).await;
    world.script.push(Reply::text("Hello."));
    let begun = world.alice().say("hello").await;
    let id = begun["conversation_id"].clone();
    let bodies = ["one", "two"].map(|text| json!({"message": text, "conversation_id": id}));
    let doomed = Doomed::start(&pool).await;
    doomed.world.script.push(Fault::Stall);
    doomed.ask("one", &bodies[0]);
    until(
        &pool,
        "select count(*) from messages where content = 'one'",
        1,
    )
    .await;
    doomed.ask("two", &bodies[1]);
    until(
        &pool,
        "select count(*) from turns where state = 'queued'",
        1,
    )
    .await;
    doomed.kill(&pool).await;
    for (key, body) in ["one", "two"].into_iter().zip(&bodies) {
        world.script.push(Reply::text(format!("To {key}.")));
        let (status, answer) = say(world.alice(), key, body.clone()).await;
        assert_eq!(
            (status, &answer["response"]),
            (200, &json!(format!("To {key}.")))
        );
    }
    let said: Vec<String> = sqlx::query_scalar(
        "select content from messages where role in ('user', 'assistant') order by id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(
        said,
        ["hello", "Hello.", "one", "To one.", "two", "To two."]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn another_replica_tells_a_turn_that_it_does_not_work_on(pool: PgPool) {
    let slow = offline_model::Settings::instant().with_token_delay(Duration::from_millis(20));
    let plan = Plan {
        settings: slow,
        ..Plan::default()
    };
    let one = World::with(&pool, plan).await;
    let two = World::start(&pool).await;
    one.script
        .push(Reply::call("add_task", json!({"title": "Milk"})));
    one.script.push(Reply::text("There it is. ".repeat(20)));
    let body = json!({"message": "add milk"});
    let there = async {
        until(
            &pool,
            "select count(*) from turns where state = 'running'",
            1,
        )
        .await;
        let watch = async {
            let id: i64 = sqlx::query_scalar("select conversation_id from turns")
                .fetch_one(&pool)
                .await
                .unwrap();
            let path = format!("/api/me/conversations/{id}/turn");
            let response = two.alice().request_get(&path).send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        };
        tokio::join!(say(two.alice(), "k", body.clone()), watch)
    };
    let (first, (second, (status, watched))) =
        tokio::join!(say(one.alice(), "k", body.clone()), there);
    assert_eq!(first.0, 200);
    assert_eq!(first, second);
    assert_eq!(status, 200);
    assert!(watched.contains("There it is."), "{watched}");
    assert!(two.script.requests().is_empty());
    assert_eq!(count(&pool, "select count(*) from tasks").await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_heard_the_beginning_from_another_replica_hears_it_once_when_that_one_dies(
    pool: PgPool,
) {
    let doomed = Doomed::start(&pool).await;
    doomed.world.script.push(Fault::Stall);
    let request = doomed
        .world
        .alice()
        .kit("threads.create", json!({ "input": input("hello") }))
        .header("idempotency-key", "k");
    doomed
        .runtime
        .spawn(async move { request.send().await?.text().await });
    until(&pool, "select count(*) from messages", 1).await;

    let survivor = World::start(&pool).await;
    let mut response = begin(survivor.alice(), "k", "hello").await;
    let heard = read_until(&mut response, "user_message").await;
    survivor.script.push(Reply::text("Hello!"));
    doomed.kill(&pool).await;
    let frames = rest(response, heard).await;
    let begun = frames
        .iter()
        .filter(|frame| frame["type"] == "thread.created");
    assert_eq!((begun.count(), done(&frames, "user_message").len()), (1, 1));
    assert_eq!(
        frames.last().unwrap()["item"]["content"][0]["text"],
        "Hello!"
    );
}
