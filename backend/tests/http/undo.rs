//! Taking changes back over REST.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, App};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_change_names_what_undoes_it_and_undoing_that_makes_it_again(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let path = format!("/api/me/tasks/{}", alice.add("Buy milk").await);
    let complete = format!("{path}/complete");
    let before = alice.get(&path).await.json();
    for (method, path, body) in [
        (Method::PUT, &path, json!({"title": "Buy bread"})),
        (Method::PATCH, &path, json!({"title": "Buy oat milk"})),
        (Method::PATCH, &complete, json!({})),
        (Method::PATCH, &complete, json!({"completed": false})),
        (Method::DELETE, &path, Value::Null),
    ] {
        let changed = match method {
            Method::PUT => alice.put(path, &body).await,
            Method::PATCH => alice.patch(path, &body).await,
            _ => alice.delete(path).await,
        };
        let batch = json!({"batch": changed.header("undo-id")});
        let undone = alice.post("/api/me/undo", &batch).await.json();
        assert_eq!(undone["restored"][0]["id"], before["id"], "{undone}");
        assert_eq!(undone["refused"], json!([]));
        let again = json!({"batch": undone["undo_id"]});
        assert_eq!(alice.post("/api/me/undo", &again).await.status, 200);
    }
    alice.get(&path).await.problem(404, "not_found");
    // Without a body, the last change that stands.
    assert_eq!(alice.post("/api/me/undo", &json!({})).await.status, 200);
    assert_eq!(alice.get(&path).await.json()["title"], "Buy oat milk");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_repeated_request_finds_the_change_whose_answer_was_lost(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let create = async || {
        let request = alice.request(Method::POST, "/api/me/tasks");
        let request = request.header("idempotency-key", "k");
        Answer::of(request.json(&json!({"title": "Buy milk"}))).await
    };
    let (lost, found) = (create().await, create().await);
    assert_eq!(found.header("undo-id"), lost.header("undo-id"));
    let undo = async || {
        let request = alice.request(Method::POST, "/api/me/undo");
        Answer::of(request.header("idempotency-key", "u")).await
    };
    let (lost, found) = (undo().await, undo().await);
    assert_eq!(lost.status, 200);
    assert_eq!(lost.json(), found.json());
    assert_eq!(alice.titles("/api/me/tasks").await, Vec::<String>::new());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_undo_is_the_callers_own_and_says_why_when_there_is_none(pool: PgPool) {
    let app = App::start(&pool).await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let made = alice
        .post("/api/me/tasks", &json!({"title": "Private"}))
        .await;
    let batch = json!({"batch": made.header("undo-id")});
    bob.post("/api/alice/undo", &batch)
        .await
        .problem(403, "forbidden");
    bob.post("/api/me/undo", &batch)
        .await
        .problem(404, "not_found");
    bob.post("/api/me/undo", &json!({}))
        .await
        .problem(404, "not_found");
    assert_eq!(bob.get("/api/me/undo").await.json(), json!([]));
    let strange = json!({"batch": "a\0b"});
    bob.post("/api/me/undo", &strange)
        .await
        .problem(404, "not_found");
    for strange in [json!({"batch": 7}), json!([]), json!("x")] {
        bob.post("/api/me/undo", &strange)
            .await
            .problem(422, "invalid");
    }
    let path = format!("/api/me/tasks/{}", made.json()["id"]);
    alice.patch(&path, &json!({"title": "Changed"})).await;
    let refused = alice.post("/api/me/undo", &batch).await;
    let detail = refused.json()["detail"].clone();
    assert_eq!(detail, "Nothing was undone: “Private” was changed since.");
    refused.problem(409, "nothing_restored");
    assert_eq!(alice.get(&path).await.json()["title"], "Changed");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_can_be_undone_is_listed_with_its_means(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let id = alice.add("Buy milk").await;
    alice.delete(&format!("/api/me/tasks/{id}")).await;
    let listed = alice.get("/api/me/undo").await.json();
    let brief = |entry: &Value| {
        json!([
            entry["kind"],
            entry["title"],
            entry["tasks"],
            entry["means"]
        ])
    };
    let listed: Vec<Value> = listed.as_array().unwrap().iter().map(brief).collect();
    // The task that was made is gone: there is nothing to take back of its making.
    assert_eq!(listed, [json!(["deleted", "Buy milk", 1, "rest"])]);
}
