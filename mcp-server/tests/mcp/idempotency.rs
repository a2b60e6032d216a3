//! A call that is made again must not be done again.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgListener};
use store::Db;
use tokio::net::TcpListener;

use crate::running::{Agent, Server, discover, http};

const KEY: &str = "todo/idempotencyKey";

/// Sends each request to the next server, as a load balancer without affinity does.
async fn round_robin(servers: [&Server; 2]) -> String {
    let targets = servers.map(Server::mcp);
    let (client, turn) = (http(), std::sync::Arc::new(AtomicUsize::new(0)));
    let forward = async move |request: Request| {
        let (mut parts, body) = request.into_parts();
        parts.headers.remove("host");
        let target = &targets[turn.fetch_add(1, Ordering::Relaxed) % targets.len()];
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let sent = client
            .request(parts.method, target)
            .headers(parts.headers)
            .body(body)
            .send();
        let answer = sent.await.unwrap();
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        *response.body_mut() = Body::from(answer.bytes().await.unwrap());
        response
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().fallback(forward)).into_future());
    url
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn any_replica_answers_any_request(pool: PgPool) {
    let db = Db::from_pool(pool);
    let (one, two) = (Server::start(&db).await, Server::start(&db).await);
    let url = round_robin([&one, &two]).await;
    for lifecycle in [discover(), rmcp::ClientLifecycleMode::Initialize] {
        let agent = Agent::connect(&url, "ada", lifecycle, &[]).await;
        for _ in 0..3 {
            let id = agent.add("Buy milk").await;
            assert_eq!(agent.titles().await, ["Buy milk"]);
            agent.call("delete_task", json!({ "task_id": id })).await;
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_backends_are_told_once_of_each_change(pool: PgPool) {
    let mut wire = PgListener::connect_with(&pool).await.unwrap();
    wire.listen_all(["tasks_changed", "the_end"]).await.unwrap();
    let db = Db::from_pool(pool.clone());
    let server = Server::start(&db).await;
    let agent = server.agent("alice").await;
    let id = agent.add("Buy milk").await;
    assert_eq!(wire.recv().await.unwrap().payload(), "alice");
    let meta = json!({ KEY: "k" });
    for _ in 0..2 {
        let done = json!({ "task_id": id });
        agent
            .call_with_meta("complete_task", done, meta.clone())
            .await;
    }
    assert_eq!(wire.recv().await.unwrap().payload(), "alice");
    agent.call("undo", json!({})).await;
    assert_eq!(wire.recv().await.unwrap().payload(), "alice");
    db.close().await;
    sqlx::raw_sql("notify the_end")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(wire.recv().await.unwrap().channel(), "the_end");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_same_key_adds_a_task_once_whichever_replica_is_asked(pool: PgPool) {
    let db = Db::from_pool(pool);
    let (one, two) = (Server::start(&db).await, Server::start(&db).await);
    let agents = [
        one.agent("ada").await,
        two.agent("ada").await,
        one.older_agent("ada").await,
    ];
    let (new, meta) = (json!({ "title": "Buy milk" }), json!({ KEY: "call_1" }));

    let first = agents[0]
        .call_with_meta("add_task", new.clone(), meta.clone())
        .await;
    for agent in &agents {
        assert_eq!(
            agent
                .call_with_meta("add_task", new.clone(), meta.clone())
                .await,
            first
        );
    }
    assert_eq!(agents[1].titles().await, ["Buy milk"]);

    let bob = two.agent("bob").await;
    let of_bob = bob.call_with_meta("add_task", new.clone(), meta).await;
    assert_ne!(
        of_bob["task_id"], first["task_id"],
        "a key belongs to one user"
    );
    let other_key = agents[0]
        .call_with_meta("add_task", new, json!({ KEY: "call_2" }))
        .await;
    assert_ne!(other_key["task_id"], first["task_id"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_same_key_with_other_arguments_is_a_conflict(pool: PgPool) {
    let agent = Server::start(&Db::from_pool(pool)).await.agent("ada").await;
    let meta = json!({ KEY: "call_1" });
    agent
        .call_with_meta("add_task", json!({ "title": "Buy milk" }), meta.clone())
        .await;
    let failure = agent
        .refusal_with_meta("add_task", json!({ "title": "Call Bob" }), meta)
        .await;
    assert_eq!(failure["code"], "conflict");
    assert_eq!(agent.titles().await, ["Buy milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_must_be_text_of_a_sane_length(pool: PgPool) {
    let agent = Server::start(&Db::from_pool(pool)).await.agent("ada").await;
    let new = json!({ "title": "Buy milk" });
    for key in [
        json!(""),
        json!("x".repeat(256)),
        json!(5),
        json!(null),
        json!({}),
    ] {
        let failure = agent
            .refusal_with_meta("add_task", new.clone(), json!({ KEY: key }))
            .await;
        assert_eq!(failure["code"], "invalid");
    }
    agent
        .call_with_meta("add_task", new, json!({ KEY: "x".repeat(255) }))
        .await;
    assert_eq!(agent.titles().await, ["Buy milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_change_with_a_key_is_made_once_and_answered_alike(pool: PgPool) {
    let db = Db::from_pool(pool);
    let (one, two) = (Server::start(&db).await, Server::start(&db).await);
    let agents = [one.agent("ada").await, two.agent("ada").await];
    let id = agents[0].add("Milk").await;
    let other = agents[0].add("Bread").await;
    let calls = [
        (
            "complete_task",
            json!({ "task_id": id }),
            "completed",
            "Milk",
        ),
        (
            "update_task",
            json!({ "task_id": id, "title": "Oat milk" }),
            "updated",
            "Oat milk",
        ),
        (
            "delete_task",
            json!({ "task_id": id }),
            "deleted",
            "Oat milk",
        ),
    ];
    for (tool, arguments, status, title) in &calls {
        let meta = json!({ KEY: tool });
        let mut first = Value::Null;
        for agent in &agents {
            let answer = agent
                .call_with_meta(tool, arguments.clone(), meta.clone())
                .await;
            let done = (&answer["task_id"], &answer["status"], &answer["title"]);
            assert_eq!(done, (&json!(id), &json!(status), &json!(title)));
            if first.is_null() {
                first = answer.clone();
            }
            assert_eq!(answer, first);
        }
        // The same key does nothing else.
        let refused = agents[1]
            .refusal_with_meta(
                tool,
                json!({ "task_id": other, "title": "X" }),
                meta.clone(),
            )
            .await;
        assert!(["conflict", "invalid"].contains(&refused["code"].as_str().unwrap()));
    }
    assert_eq!(agents[0].titles().await, ["Bread"]);
    // A repeated answer is what was done then, not what is true now.
    let again = agents[1]
        .call_with_meta(
            "complete_task",
            calls[0].1.clone(),
            json!({ KEY: "complete_task" }),
        )
        .await;
    assert_eq!(again["title"], "Milk");
    // Without a key, and with another one, the task is not there.
    for meta in [json!({}), json!({ KEY: "later" })] {
        let refused = agents[0]
            .refusal_with_meta("delete_task", json!({ "task_id": id }), meta)
            .await;
        assert_eq!(refused["code"], "not_found");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_change_that_found_no_task_leaves_its_key_free(pool: PgPool) {
    let agent = Server::start(&Db::from_pool(pool.clone()))
        .await
        .agent("ada")
        .await;
    let meta = json!({ KEY: "k" });
    let refused = agent
        .refusal_with_meta("complete_task", json!({ "task_id": 7 }), meta.clone())
        .await;
    assert_eq!(refused["code"], "not_found");
    let id = agent.add("Milk").await;
    agent
        .call_with_meta("complete_task", json!({ "task_id": id }), meta)
        .await;
}
