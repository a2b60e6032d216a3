//! The task endpoints, as the contract says.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, App};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_created_task_has_exactly_the_fields_of_the_contract(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");

    let made = alice
        .post(
            "/api/alice/tasks",
            &json!({"title": "  Buy milk ", "description": "2 l"}),
        )
        .await;

    assert_eq!(made.status, 201);
    let task = made.json();
    let mut fields: Vec<_> = task
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    let wanted = [
        "completed",
        "created_at",
        "description",
        "id",
        "title",
        "updated_at",
        "user_id",
    ];
    assert_eq!(fields, wanted);
    assert_eq!(task["title"], "Buy milk");
    assert_eq!(task["description"], "2 l");
    assert_eq!(task["completed"], false);
    assert_eq!(task["user_id"], "alice");
    assert!(task["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        made.header("location"),
        format!("/api/me/tasks/{}", task["id"])
    );
    assert_eq!(alice.get(made.header("location")).await.json(), task);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_word_me_and_the_own_id_are_the_same_person(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    alice.add("One").await;
    assert_eq!(
        alice.get("/api/me/tasks").await.json(),
        alice.get("/api/alice/tasks").await.json()
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn another_persons_id_in_the_path_is_403_and_another_persons_task_404(pool: PgPool) {
    let app = App::start(&pool).await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let id = alice.add("Private").await;

    bob.get("/api/alice/tasks").await.problem(403, "forbidden");
    bob.post("/api/alice/tasks", &json!({"title": "x"}))
        .await
        .problem(403, "forbidden");
    let path = format!("/api/me/tasks/{id}");
    bob.get(&path).await.problem(404, "not_found");
    bob.put(&path, &json!({"title": "x"}))
        .await
        .problem(404, "not_found");
    bob.patch(&path, &json!({"title": "x"}))
        .await
        .problem(404, "not_found");
    bob.patch(&format!("{path}/complete"), &json!({}))
        .await
        .problem(404, "not_found");
    bob.delete(&path).await.problem(404, "not_found");
    assert_eq!(alice.get(&path).await.json()["title"], "Private");
    assert_eq!(bob.titles("/api/me/tasks").await, Vec::<String>::new());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn put_replaces_the_fields_given_and_needs_a_title(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let task = alice
        .post("/api/me/tasks", &json!({"title": "A", "description": "D"}))
        .await
        .json();
    let path = format!("/api/me/tasks/{}", task["id"]);

    let kept = alice.put(&path, &json!({"title": "B"})).await.json();
    assert_eq!(
        (&kept["title"], &kept["description"]),
        (&json!("B"), &json!("D"))
    );
    let put = alice
        .put(
            &path,
            &json!({"title": "C", "description": null, "completed": true}),
        )
        .await;
    let put = put.json();
    assert_eq!(put["description"], Value::Null);
    assert_eq!(put["completed"], true);
    assert_ne!(put["updated_at"], task["updated_at"]);
    assert_eq!(put["created_at"], task["created_at"]);
    alice
        .put(&path, &json!({"completed": true}))
        .await
        .problem(422, "invalid");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn two_tabs_that_edit_different_fields_of_one_task_both_keep_their_work(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let path = format!("/api/me/tasks/{}", alice.add("Draft").await);
    let (title, description) = (
        json!({"title": "Final"}),
        json!({"description": "From the other tab"}),
    );
    let (one, two) = tokio::join!(alice.patch(&path, &title), alice.patch(&path, &description));
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
    let task = alice.get(&path).await.json();
    assert_eq!(task["title"], "Final");
    assert_eq!(task["description"], "From the other tab");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn completing_toggles_without_a_body_and_sets_with_one(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let path = format!("/api/me/tasks/{}/complete", alice.add("A").await);

    let toggled = Answer::of(alice.request(Method::PATCH, &path)).await;
    assert_eq!(toggled.json()["completed"], true);
    let toggled = Answer::of(alice.request(Method::PATCH, &path)).await;
    assert_eq!(toggled.json()["completed"], false);
    for _ in 0..2 {
        let set = alice.patch(&path, &json!({"completed": true})).await;
        assert_eq!(set.json()["completed"], true);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_deleted_task_is_gone(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let path = format!("/api/me/tasks/{}", alice.add("A").await);
    let gone = alice.delete(&path).await;
    assert_eq!((gone.status.as_u16(), gone.text.as_str()), (204, ""));
    alice.get(&path).await.problem(404, "not_found");
    alice.delete(&path).await.problem(404, "not_found");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_create_with_the_same_key_and_body_is_answered_as_the_first_time(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let create = |body: Value| {
        let request = alice
            .request(Method::POST, "/api/me/tasks")
            .header("Idempotency-Key", "k-1");
        Answer::of(request.json(&body))
    };
    let first = create(json!({"title": "Once"})).await;
    let path = first.header("location").to_owned();
    alice.patch(&path, &json!({"title": "Changed since"})).await;
    let again = create(json!({"title": "Once"})).await;

    assert_eq!((again.status.as_u16(), again.json()), (201, first.json()));
    assert_eq!(again.header("location"), path);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let problem = create(json!({"title": "Another"}))
        .await
        .problem(422, "invalid");
    assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
    assert_eq!(alice.titles("/api/me/tasks").await, ["Changed since"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn creates_with_one_key_at_the_same_time_make_one_task(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let create = || {
        let request = alice
            .request(Method::POST, "/api/me/tasks")
            .header("Idempotency-Key", "k");
        Answer::of(request.json(&json!({"title": "Once"})))
    };
    let answers = tokio::join!(create(), create(), create(), create());
    let ids: Vec<_> = [answers.0, answers.1, answers.2, answers.3]
        .map(|a| a.json()["id"].clone())
        .into();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(alice.titles("/api/me/tasks").await, ["Once"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deleting_ones_data_leaves_nothing_and_touches_nobody_else(pool: PgPool) {
    let app = App::start(&pool).await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    alice.add("A").await;
    bob.add("B").await;
    bob.delete("/api/alice/data")
        .await
        .problem(403, "forbidden");
    assert_eq!(alice.delete("/api/me/data").await.status, 204);
    assert_eq!(alice.delete("/api/me/data").await.status, 204);
    assert_eq!(
        alice.get("/api/me/tasks").await.header("x-total-count"),
        "0"
    );
    assert_eq!(bob.titles("/api/me/tasks").await, ["B"]);
}
