//! Whatever is sent, the answer is a problem that says what is wrong, and nothing is changed.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::json;
use sqlx::PgPool;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::{Answer, App};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_title_obeys_its_rules_and_the_answer_names_the_field(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    for (body, field, code) in [
        (json!({"title": ""}), "title", "empty"),
        (json!({"title": " \t "}), "title", "empty"),
        (json!({"title": "x".repeat(201)}), "title", "too_long"),
        (json!({"title": "\u{200b}\u{feff}"}), "title", "empty"),
        (json!({"title": "\u{3164}"}), "title", "empty"),
        (json!({"title": "\u{2800}\u{2028}"}), "title", "empty"),
        (json!({"title": "a\u{7}b"}), "title", "control_character"),
        (json!({"title": "a\u{0}b"}), "title", "control_character"),
        (
            json!({"title": "ok", "description": "x".repeat(2001)}),
            "description",
            "too_long",
        ),
        (
            json!({"title": "ok", "description": "a\u{7}"}),
            "description",
            "control_character",
        ),
    ] {
        let problem = alice
            .post("/api/me/tasks", &body)
            .await
            .problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        assert_eq!(problem["errors"][0]["code"], code, "{problem}");
    }
    assert_eq!(alice.titles("/api/me/tasks").await, Vec::<String>::new());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_broken_field_is_named_at_once(pool: PgPool) {
    let app = App::start(&pool).await;
    let body = json!({"title": "", "description": "x".repeat(2001)});
    let problem = app
        .user("a")
        .post("/api/me/tasks", &body)
        .await
        .problem(422, "invalid");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn emoji_and_right_to_left_titles_are_kept_as_they_are(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let longest = "👩‍👩‍👧".chars().cycle().take(200).collect::<String>();
    for title in [
        "🥛 Milch für 🐈",
        "خرید دودھ",
        "שלום עולם",
        "ゐ",
        longest.as_str(),
    ] {
        let made = alice.post("/api/me/tasks", &json!({"title": title})).await;
        assert_eq!(made.json()["title"], title);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_not_json_is_400_and_the_wrong_shape_422(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let send = |body: &'static str| {
        let request = alice
            .request(Method::POST, "/api/me/tasks")
            .header(CONTENT_TYPE, "application/json");
        Answer::of(request.body(body))
    };
    send("").await.problem(400, "bad_request");
    for broken in [
        "{",
        "{\"title\": \"a\"} x",
        "nonsense",
        "{\"title\": \"\\ud800\"}",
    ] {
        send(broken).await.problem(400, "invalid_json");
    }
    for (wrong, field) in [
        ("[]", ""),
        ("{}", "title"),
        ("{\"title\": 1}", "title"),
        ("{\"title\": null}", "title"),
        ("{\"title\": \"a\", \"description\": []}", "description"),
    ] {
        let problem = send(wrong).await.problem(422, "invalid");
        if !field.is_empty() {
            assert!(
                problem["errors"].to_string().contains(field),
                "{wrong}: {problem}"
            );
        }
    }
    let form = alice
        .request(Method::POST, "/api/me/tasks")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("title=a");
    Answer::of(form)
        .await
        .problem(415, "unsupported_media_type");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_body_over_64_kib_is_413(pool: PgPool) {
    let app = App::start(&pool).await;
    let body = json!({"title": "a", "description": "x".repeat(70_000)});
    app.user("a")
        .post("/api/me/tasks", &body)
        .await
        .problem(413, "too_large");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_id_that_is_no_number_is_422_and_one_that_cannot_exist_404(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    for id in ["abc", "1.5", "%00", "1e3", "-"] {
        let problem = alice
            .get(&format!("/api/me/tasks/{id}"))
            .await
            .problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "id");
    }
    for id in [
        "0",
        "-1",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999",
    ] {
        alice
            .get(&format!("/api/me/tasks/{id}"))
            .await
            .problem(404, "not_found");
        alice
            .delete(&format!("/api/me/tasks/{id}"))
            .await
            .problem(404, "not_found");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn values_of_the_query_that_nobody_knows_are_422(pool: PgPool) {
    let app = App::start(&pool).await;
    for query in [
        "status=open",
        "sort=colour",
        "limit=0",
        "limit=201",
        "limit=-5",
        "limit=many",
        "cursor=x",
        "cursor=e30",
        &format!("query={}", "x".repeat(201)),
    ] {
        let answer = app.user("a").get(&format!("/api/me/tasks?{query}")).await;
        answer.problem(422, "invalid");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_idempotency_key_that_is_blank_or_too_long_is_422(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    for key in [String::new(), "a b".into(), "k".repeat(256)] {
        let request = alice
            .request(Method::POST, "/api/me/tasks")
            .header("Idempotency-Key", &key);
        let problem = Answer::of(request.json(&json!({"title": "a"})))
            .await
            .problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
    }
    assert_eq!(alice.titles("/api/me/tasks").await, Vec::<String>::new());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_title_of_several_lines_becomes_one(pool: PgPool) {
    let app = App::start(&pool).await;
    let body = json!({"title": "one\u{2028}two\r\nthree"});
    let made = app.user("alice").post("/api/me/tasks", &body).await;
    assert_eq!(made.json()["title"], "one two three");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nul_and_broken_escapes_anywhere_are_problems(pool: PgPool) {
    let app = App::start(&pool).await;
    for path in [
        "/api/%",
        "/api/%ff",
        "/api/%00",
        "/api/%/tasks",
        "/api/%ff/tasks",
        "/api/me/tasks/%ff",
        "/api/me/conversations/%ff/messages",
        "/api/me/tasks?status=%00",
        "/api/me/tasks?cursor=%ff",
        "/api/me/tasks?cursor=%00",
        "/api/me/conversations?after=%00",
        "/api/me/conversations/export?format=%ff",
    ] {
        let answer = app.user("alice").get(path).await;
        assert!(
            [404, 403, 422].contains(&answer.status.as_u16()),
            "{path}: {}",
            answer.status
        );
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{path}"
        );
    }
    for found in [
        "/api/me/tasks?query=%00",
        "/api/me/tasks?query=%ff",
        "/api/me/tasks?%00=%ff",
    ] {
        assert_eq!(app.user("alice").get(found).await.status, 200, "{found}");
    }
    for head in [
        "OPTIONS * HTTP/1.1",
        "TRACE /api/me/tasks HTTP/1.1",
        "CONNECT example.org:443 HTTP/1.1",
        "GET * HTTP/1.1",
        "NONSENSE /api/me/tasks HTTP/1.1",
        "GET /api/me/tasks\u{0} HTTP/1.1",
        "GET /api/\u{fc} HTTP/1.1",
    ] {
        let answer = raw(&app, head, "").await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(
            ["400", "404", "405", "401"].contains(&status),
            "{head}: {answer}"
        );
        assert!(!answer.contains("text/plain"), "{head}: {answer}");
    }
    let answer = raw(
        &app,
        "GET /api/me/tasks HTTP/1.1",
        "x-timezone: a\u{0}b\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

/// What is answered to a head that no client of HTTP sends.
async fn raw(app: &App, head: &str, headers: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
    let request = format!("{head}\r\nhost: todo\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn unknown_paths_and_wrong_methods_are_problems_too(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    alice.get("/api/me/nothing").await.problem(404, "not_found");
    alice.get("/").await.problem(404, "not_found");
    let wrong = alice.delete("/api/me/tasks").await;
    wrong.problem(405, "method_not_allowed");
    assert!(
        wrong.header("allow").contains("GET"),
        "{}",
        wrong.header("allow")
    );
}
