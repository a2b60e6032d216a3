//! Personal access tokens: what they may do over REST, and what nobody may do with them.

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{PgPool, query_scalar, raw_sql};
use store::Db;

use crate::{
    app::{Answer, App},
    programs::{
        ANNS_READING, ANNS_WRITING, BOBS_WRITING, NOBODYS, add_key, half_a_minute_passes, id_of,
        make_keys, make_tables,
    },
};

/// What only a person who signed in may do.
const SIGNED_IN: [(&str, &str); 4] = [
    ("delete", "/api/{user_id}/account"),
    ("delete", "/api/{user_id}/data"),
    ("get", "/api/{user_id}/conversations/export"),
    ("delete", "/api/{user_id}/conversations"),
];

async fn execute(pool: &PgPool, sql: &'static str) {
    raw_sql(sql).execute(pool).await.unwrap();
}

/// The operations of the document that need a token.
async fn operations(app: &App) -> Vec<(String, String)> {
    let document = app.nobody().get("/api/openapi.json").await.json();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"] != json!([{}]) {
                operations.push((method.clone(), path.clone()));
            }
        }
    }
    operations
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_reads_and_writes_its_owners_tasks_and_nobody_elses(pool: PgPool) {
    make_keys(&pool).await;
    let app = App::start(&pool).await;
    let (ann, bob) = (app.bearer(ANNS_WRITING), app.bearer(BOBS_WRITING));
    let id = ann.add("Ann's task").await;
    bob.add("Bob's task").await;
    assert_eq!(ann.titles("/api/me/tasks").await, ["Ann's task"]);
    assert_eq!(bob.titles("/api/me/tasks").await, ["Bob's task"]);
    assert_eq!(
        app.user("ann").titles("/api/ann/tasks").await,
        ["Ann's task"]
    );
    bob.get(&format!("/api/me/tasks/{id}"))
        .await
        .problem(404, "not_found");
    bob.get("/api/ann/tasks").await.problem(403, "forbidden");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_for_reading_only_reads_and_is_told_the_scope_it_lacks(pool: PgPool) {
    make_keys(&pool).await;
    let app = App::start(&pool).await;
    let reader = app.bearer(ANNS_READING);
    let mut refused = 0;
    for (method, path) in operations(&app).await {
        let path = path.replace("{user_id}", "me").replace("{id}", "1");
        if method == "get" {
            continue;
        }
        let method: Method = method.to_uppercase().parse().unwrap();
        let answer = Answer::of(reader.request(method, &path).json(&json!({}))).await;
        answer.problem(403, "insufficient_scope");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"insufficient_scope\", scope=\"tasks:read tasks:write\"",
            "{path}"
        );
        refused += 1;
    }
    assert!(refused >= 8, "{refused}");
    assert_eq!(reader.get("/api/me/tasks").await.status, 200);
    assert_eq!(reader.get("/api/me/conversations").await.status, 200);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_key_deletes_the_account_or_takes_all_its_data_away(pool: PgPool) {
    make_keys(&pool).await;
    let app = App::start(&pool).await;
    let documented = operations(&app).await;
    for (method, path) in SIGNED_IN {
        assert!(
            documented.contains(&(method.to_owned(), path.to_owned())),
            "{path}"
        );
        let path = path.replace("{user_id}", "me");
        let method: Method = method.to_uppercase().parse().unwrap();
        let answer = Answer::of(app.bearer(ANNS_WRITING).request(method, &path)).await;
        answer.problem(403, "forbidden");
    }
    assert_eq!(
        app.bearer(ANNS_WRITING).get("/api/me/tasks").await.status,
        200
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_without_permissions_may_nothing(pool: PgPool) {
    make_tables(&pool).await;
    let app = App::start(&pool).await;
    for (token, permissions) in [
        (ANNS_READING, None),
        (ANNS_WRITING, Some(r#"{"files":["read"]}"#)),
        (NOBODYS, Some(r#"{"tasks":[]}"#)),
    ] {
        add_key(&pool, token, "ann", permissions).await;
        let answer = app.bearer(token).get("/api/me/tasks").await;
        answer.problem(403, "insufficient_scope");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"insufficient_scope\", scope=\"tasks:read\""
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_bad_key_gets_the_one_401(pool: PgPool) {
    make_keys(&pool).await;
    let app = App::start(&pool).await;
    let nobody = |answer: Answer| {
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        let mut problem = answer.problem(401, "unauthorized");
        problem["request_id"] = Value::Null;
        problem
    };
    let expected = nobody(app.nobody().get("/api/me/tasks").await);
    let wrong_checksum = format!("{}0", ANNS_WRITING.get(..57).unwrap());
    for (what, token) in [
        ("unknown", NOBODYS),
        ("wrong checksum", &wrong_checksum),
        ("too short", &ANNS_WRITING[..57]),
        ("prefix alone", "todo_pat_"),
        ("another prefix", &ANNS_WRITING[5..]),
    ] {
        let answer = app.bearer(token).get("/api/me/tasks").await;
        assert_eq!(nobody(answer), expected, "{what}");
    }
    for (what, sql) in [
        ("disabled", "update apikey set enabled = false"),
        (
            "expired",
            r#"update apikey set enabled = true, "expiresAt" = now() - interval '1 second'"#,
        ),
        (
            "of a deleted person",
            r#"update apikey set "expiresAt" = null; delete from "user" where id = 'ann'"#,
        ),
        ("revoked", "delete from apikey"),
        (
            "without a column",
            "alter table apikey drop column permissions",
        ),
        ("without the table", "drop table apikey"),
    ] {
        execute(&pool, sql).await;
        let answer = app.bearer(ANNS_WRITING).get("/api/me/tasks").await;
        assert_eq!(nobody(answer), expected, "{what}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_that_was_taken_back_is_refused_within_half_a_minute(pool: PgPool) {
    make_keys(&pool).await;
    let app = App::start(&pool).await;
    let ann = app.bearer(ANNS_WRITING);
    assert_eq!(ann.get("/api/me/tasks").await.status, 200);
    execute(&pool, "delete from apikey").await;
    half_a_minute_passes().await;
    ann.get("/api/me/tasks").await.problem(401, "unauthorized");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_of_a_deleted_account_is_no_key(pool: PgPool) {
    make_keys(&pool).await;
    store::account::delete(&Db::from_pool(pool.clone()), "ann")
        .await
        .unwrap();
    // A process that was not there when it was deleted.
    let app = App::start(&pool).await;
    let answer = app.bearer(ANNS_WRITING).get("/api/me/tasks").await;
    answer.problem(401, "unauthorized");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_in_an_address_is_not_read(pool: PgPool) {
    make_keys(&pool).await;
    let app = App::start(&pool).await;
    for name in ["access_token", "token", "key", "api_key", "authorization"] {
        let path = format!("/api/me/tasks?{name}={ANNS_WRITING}");
        app.nobody().get(&path).await.problem(401, "unauthorized");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn while_the_database_is_away_a_key_is_neither_good_nor_bad(pool: PgPool) {
    make_keys(&pool).await;
    let app = App::start(&pool).await;
    pool.close().await;
    let answer = app.bearer(ANNS_WRITING).get("/api/me/tasks").await;
    answer.problem(503, "unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_log_names_the_key_and_its_last_use_is_told_once_a_minute(pool: PgPool) {
    make_keys(&pool).await;
    execute(&pool, r#"update apikey set "lastRequest" = null"#).await;
    let app = App::start(&pool).await;
    app.bearer(ANNS_WRITING).add("Buy milk").await;
    let select = "select means || ': ' || source from task_changes where user_id = 'ann'";
    let told: String = sqlx::query_scalar(select).fetch_one(&pool).await.unwrap();
    assert_eq!(told, format!("rest: Key {}", id_of(ANNS_WRITING)));

    let last_use = async || {
        let select = r#"select "lastRequest"::text from apikey where id = $1"#;
        query_scalar::<_, Option<String>>(select)
            .bind(id_of(ANNS_WRITING))
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    // It is written after the answer.
    let told = loop {
        match last_use().await {
            Some(told) => break told,
            None => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    };
    half_a_minute_passes().await;
    app.bearer(ANNS_WRITING).get("/api/me/tasks").await;
    assert_eq!(last_use().await, Some(told));
}
