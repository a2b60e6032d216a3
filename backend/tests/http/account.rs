//! An account that is deleted is gone.

use std::time::Duration;

use futures_util::{StreamExt as _, future::join_all};
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::time::timeout;

use crate::app::App;

/// The tables that hold anything of a person.
async fn tables_with(pool: &PgPool, owner: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut with = Vec::new();
    for table in tables {
        let found = format!(
            "select exists (select from \"{table}\" t where to_jsonb(t)::text like '%{owner}%')"
        );
        let found: bool = sqlx::query_scalar(AssertSqlSafe(found))
            .fetch_one(pool)
            .await
            .unwrap();
        if found {
            with.push(table);
        }
    }
    with
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn tokens_of_a_deleted_account_do_nothing_on_any_backend(pool: PgPool) {
    let (one, two) = (App::start(&pool).await, App::start(&pool).await);
    let (here, there, bob) = (
        one.user("alice-id"),
        two.user("alice-id"),
        one.user("bob-id"),
    );
    let id = here.add("A").await;
    bob.add("B").await;
    let bobs = tables_with(&pool, "bob-id").await;
    bob.delete("/api/alice-id/account")
        .await
        .problem(403, "forbidden");
    for _ in 0..2 {
        assert_eq!(here.delete("/api/me/account").await.status, 204);
    }
    let task = format!("/api/me/tasks/{id}");
    for user in [&here, &there] {
        let new = json!({"title": "After"});
        user.post("/api/me/tasks", &new)
            .await
            .problem(401, "unauthorized");
        let keyed = user
            .request(Method::POST, "/api/me/tasks")
            .header("Idempotency-Key", "k");
        crate::app::Answer::of(keyed.json(&new))
            .await
            .problem(401, "unauthorized");
        let said = user
            .post("/api/me/chat", &json!({"message": "add milk"}))
            .await;
        said.problem(401, "unauthorized");
        let changed = user.patch(&task, &new).await.status.as_u16();
        assert!(matches!(changed, 401 | 404), "{changed}");
    }
    here.get("/api/me/tasks").await.problem(401, "unauthorized");
    assert_eq!(tables_with(&pool, "alice-id").await, [""; 0]);
    assert_eq!(tables_with(&pool, "bob-id").await, bobs);
    assert_eq!(bob.titles("/api/me/tasks").await, ["B"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_backend_that_was_not_there_when_an_account_was_deleted_reads_nothing_for_it(
    pool: PgPool,
) {
    let app = App::start(&pool).await;
    assert_eq!(
        app.user("alice").delete("/api/me/account").await.status,
        204
    );
    for path in [
        "tasks",
        "tasks?status=completed",
        "tasks?query=milk",
        "tasks/1",
        "conversations",
        "conversations/1/messages",
        "conversations/1/turn",
        "conversations/export",
        "undo",
        "usage",
    ] {
        // Each knows of nothing yet, and of everything after the first answer.
        let other = App::start(&pool).await;
        let (alice, bob) = (other.user("alice"), other.user("bob"));
        for path in [path, "tasks", "events"] {
            alice
                .get(&format!("/api/me/{path}"))
                .await
                .problem(401, "unauthorized");
        }
        assert_ne!(bob.get(&format!("/api/me/{path}")).await.status, 401);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_written_at_the_same_moment_goes_too(pool: PgPool) {
    let (one, two) = (App::start(&pool).await, App::start(&pool).await);
    for round in 0..5 {
        let owner = format!("owner-{round}");
        let (here, there) = (one.user(&owner), two.user(&owner));
        let new = json!({"title": "A"});
        let writes = (0..20).map(async |n| {
            let user = if n % 2 == 0 { &here } else { &there };
            user.post("/api/me/tasks", &new).await.status.as_u16()
        });
        // A busy machine may be too slow for so many connections; then it is tried again.
        let delete = async { while here.delete("/api/me/account").await.status == 503 {} };
        let ((), written) = tokio::join!(delete, join_all(writes));
        let expected = |status: &u16| matches!(status, 201 | 401 | 503);
        assert!(written.iter().all(expected), "{written:?}");
        assert_eq!(tables_with(&pool, &owner).await, [""; 0]);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn streams_of_a_deleted_account_end_on_every_backend(pool: PgPool) {
    let (one, two) = (App::start(&pool).await, App::start(&pool).await);
    let mut streams = Vec::new();
    for app in [&one, &two] {
        let alice = app.user("alice");
        alice.get("/api/me/tasks").await;
        let stream = alice
            .request(Method::GET, "/api/me/events")
            .send()
            .await
            .unwrap();
        timeout(Duration::from_secs(10), app.events.listening())
            .await
            .unwrap();
        streams.push(stream.bytes_stream());
    }
    assert_eq!(
        one.user("alice").delete("/api/me/account").await.status,
        204
    );
    for stream in &mut streams {
        let ended = async { while stream.next().await.is_some() {} };
        timeout(Duration::from_secs(10), ended)
            .await
            .expect("the stream ends");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_table_that_names_a_person_refuses_a_deleted_account(pool: PgPool) {
    let open: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_attribute a join pg_class c on c.oid = a.attrelid
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'user_id'
             and c.relname not in ('task_counts', 'task_changes') and not exists (
                 select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'refuse_deleted_account'
             )",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(open, [""; 0]);
}
