//! What is refused before anything happens.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{World, error, input};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_message_needs_one_to_ten_thousand_characters(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    for (message, code) in [
        ("", "required"),
        (" \n ", "required"),
        ("\u{200b}\u{feff}\u{3164}\u{2800}", "required"),
        (&"x".repeat(10_001), "too_long"),
    ] {
        let (status, problem) = alice.chat(json!({ "message": message })).await;
        assert_eq!(status, 422);
        assert_eq!(problem["errors"][0]["field"], "message");
        assert_eq!(problem["errors"][0]["code"], code);
        let (status, refusal) = alice
            .ask("threads.create", json!({ "input": input(message) }))
            .await;
        assert_eq!(status, 400);
        assert!(refusal["message"].is_string(), "{refusal}");
    }
    let (_, list) = alice.get("/api/me/conversations").await;
    assert_eq!(list, json!([]));
    assert!(world.script.requests().is_empty());
    assert_eq!(
        alice.chat(json!({ "message": "ü".repeat(10_000) })).await.0,
        200
    );
    // Characters that PostgreSQL cannot store, and those it can.
    assert_eq!(
        alice.chat(json!({ "message": "a\0b 🥛 مرحبا" })).await.0,
        200
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_chat_request_of_the_wrong_shape_is_a_problem(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    for body in [
        json!({}),
        json!({"message": 1}),
        json!({"message": "hi", "conversation_id": "1"}),
        json!([]),
    ] {
        assert_eq!(alice.chat(body.clone()).await.0, 422, "{body}");
    }
    let broken = alice
        .post("/api/me/chat")
        .header("content-type", "application/json")
        .body("{");
    assert_eq!(broken.send().await.unwrap().status(), 400);
    assert_eq!(
        alice
            .post("/api/bob/chat")
            .json(&json!({"message": "hi"}))
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_unknown_or_foreign_conversation_is_404_and_nothing_is_said_in_it(pool: PgPool) {
    let world = World::start(&pool).await;
    let id = world.user("bob").say("add secret").await["conversation_id"].clone();
    let alice = world.alice();
    for id in [&id, &json!(0), &json!(-1), &json!(i64::MAX)] {
        let (status, problem) = alice
            .chat(json!({"conversation_id": id, "message": "hi"}))
            .await;
        assert_eq!(
            (status.as_u16(), &problem["code"]),
            (404, &json!("conversation_not_found"))
        );
        assert_eq!(problem["conversation_id"], Value::Null);
        assert_eq!(
            alice
                .get(&format!("/api/me/conversations/{id}/messages"))
                .await
                .0,
            404
        );
        assert_eq!(
            alice.delete(&format!("/api/me/conversations/{id}")).await.0,
            404
        );
    }
    let path = format!("/api/me/conversations/{id}/messages");
    assert_eq!(
        world
            .user("bob")
            .get(&path)
            .await
            .1
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_foreign_or_impossible_thread_is_404_or_an_error_that_offers_no_retry(pool: PgPool) {
    let world = World::start(&pool).await;
    let (frames, bobs) = world.user("bob").begin("add secret").await;
    let item = crate::world::item_id(&frames, "user_message");
    let alice = world.alice();
    for thread in [
        bobs.as_str(),
        "thr_0",
        "thr_abc",
        "",
        "thr_99999999999999999999",
    ] {
        for (operation, params) in [
            ("threads.get_by_id", json!({"thread_id": thread})),
            ("items.list", json!({"thread_id": thread})),
            (
                "threads.update",
                json!({"thread_id": thread, "title": "Mine"}),
            ),
            ("threads.delete", json!({"thread_id": thread})),
            (
                "items.feedback",
                json!({"thread_id": thread, "item_ids": [item], "kind": "positive"}),
            ),
        ] {
            let (status, refusal) = alice.ask(operation, params).await;
            assert_eq!(status, 404, "{operation} {thread}");
            assert_eq!(
                refusal,
                json!({"message": "This conversation no longer exists."})
            );
        }
        let gone = ("custom", "This conversation no longer exists.", false);
        assert_eq!(error(&alice.add(thread, "hi").await), gone);
        assert_eq!(error(&alice.again(thread, &item).await), gone);
    }
    assert_eq!(world.user("bob").transcript(&bobs).await.len(), 3);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_body_that_is_no_operation_is_400_with_a_message(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"type": 1}"#,
        r#"{"type": "threads.create"}"#,
        r#"{"type": "threads.create", "params": {"input": {"content": "hi"}}}"#,
        r#"{"type": "threads.create", "params": {"input": {"content": [{"type": "input_video"}]}}}"#,
        r#"{"type": "items.list", "params": {"thread_id": 1}}"#,
        r#"{"type": "threads.list", "params": {"order": "sideways"}}"#,
    ] {
        let answer = alice.post("/api/chatkit").body(body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        assert!(
            answer.json::<Value>().await.unwrap()["message"].is_string(),
            "{body}"
        );
    }
    for (operation, params) in [
        (
            "attachments.create",
            json!({"name": "a.png", "size": 1, "mime_type": "image/png"}),
        ),
        ("attachments.delete", json!({"attachment_id": "atc_1"})),
        (
            "input.transcribe",
            json!({"audio_base64": "", "mime_type": "audio/webm"}),
        ),
        ("no.such.thing", json!({})),
    ] {
        let (status, refusal) = alice.ask(operation, params).await;
        assert_eq!(status, 400);
        assert!(
            refusal["message"]
                .as_str()
                .unwrap()
                .contains("not supported")
        );
    }
    let mut with_file = input("hi");
    with_file["attachments"] = json!(["atc_1"]);
    assert_eq!(
        alice
            .ask("threads.create", json!({ "input": with_file }))
            .await
            .0,
        400
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_body_of_more_than_a_mebibyte_is_413_and_no_token_is_401(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let large = "x".repeat(1024 * 1024 + 1);
    let answer = alice
        .post("/api/chatkit")
        .body(large.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 413);
    assert!(answer.json::<Value>().await.unwrap()["message"].is_string());
    assert_eq!(alice.chat(json!({ "message": large })).await.0, 413);
    for path in ["/api/chatkit", "/api/me/chat"] {
        let answer = reqwest::Client::builder()
            .build()
            .unwrap()
            .post(world.url(path))
            .body("{}")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn titles_are_bounded_and_hold_no_control_characters(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (_, thread) = alice.begin("hello").await;
    for title in ["", " \n ", "\u{200b}\u{3164}", &"x".repeat(201)] {
        let params = json!({"thread_id": thread, "title": title});
        assert_eq!(alice.ask("threads.update", params).await.0, 400);
    }
    let params = json!({"thread_id": thread, "title": " Gro\nceries "});
    let (status, renamed) = alice.ask("threads.update", params).await;
    assert_eq!(
        (status.as_u16(), &renamed["title"]),
        (200, &json!("Gro ceries"))
    );
}
