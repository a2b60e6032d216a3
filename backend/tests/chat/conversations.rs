//! Conversations as REST lists and as ChatKit threads: one set of rows.

use offline_model::Reply;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::World;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn conversations_are_listed_read_and_deleted_over_rest(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let first = alice.say("add buy milk").await["conversation_id"].clone();
    let second = alice.say("what is open?").await["conversation_id"].clone();

    let (_, list) = alice.get("/api/me/conversations").await;
    let ids: Vec<&Value> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|found| &found["id"])
        .collect();
    assert_eq!(ids, [&second, &first]);
    assert_eq!(list[1]["title"], "add buy milk");
    assert_eq!(list[0].as_object().unwrap().len(), 4);
    assert!(list[0]["created_at"].as_str().unwrap().ends_with('Z'));
    let (_, page) = alice
        .get(&format!("/api/me/conversations?limit=1&after={second}"))
        .await;
    assert_eq!(page[0]["id"], first);

    let (_, messages) = alice
        .get(&format!("/api/me/conversations/{first}/messages"))
        .await;
    let messages = messages.as_array().unwrap();
    let roles: Vec<&str> = messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["user", "assistant", "assistant"]);
    assert_eq!(messages[0]["content"], "add buy milk");
    assert_eq!(messages[0]["tool_calls"], json!([]));
    assert_eq!(messages[1]["tool_calls"][0]["tool"], "add_task");

    assert_eq!(
        alice
            .delete(&format!("/api/me/conversations/{first}"))
            .await
            .0,
        204
    );
    assert_eq!(
        alice
            .get(&format!("/api/me/conversations/{first}/messages"))
            .await
            .0,
        404
    );
    assert_eq!(alice.tasks().await.len(), 1);
    assert_eq!(
        world.user("bob").get("/api/me/conversations").await.1,
        json!([])
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_conversation_begun_over_rest_goes_on_as_a_thread(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let id = alice.say("add buy milk").await["conversation_id"].clone();
    let thread = format!("thr_{id}");
    world.script.push(Reply::text("Of course."));
    alice.add(&thread, "thanks").await;
    let transcript = alice.transcript(&thread).await;
    assert_eq!(transcript.len(), 5);
    assert!(
        transcript[1].starts_with("workflow: Added"),
        "{transcript:?}"
    );
    assert_eq!(
        transcript[3..],
        ["user_message: thanks", "assistant_message: Of course."]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn pages_as_the_widget_reads_them_hold_every_item_once(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (_, thread) = alice.begin("add one").await;
    for text in ["add two", "add three", "thanks"] {
        alice.add(&thread, text).await;
    }
    for order in ["asc", "desc"] {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let mut params = json!({"thread_id": thread, "limit": 2, "order": order});
            if let Some(last) = seen.last() {
                params["after"] = json!(last);
            }
            let (_, page) = alice.ask("items.list", params).await;
            let data = page["data"].as_array().unwrap();
            assert!(!data.is_empty());
            seen.extend(
                data.iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            assert_eq!(page.get("after").is_some(), page["has_more"] == true);
            if page["has_more"] == false {
                break;
            }
        }
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), seen.len());
        assert_eq!(seen.len(), 11, "{seen:?}");
    }
    let (_, list) = alice
        .ask("threads.list", json!({"limit": 9999, "order": "desc"}))
        .await;
    assert_eq!(list["data"][0]["id"], thread);
    assert_eq!(
        list["data"][0]["items"],
        json!({"data": [], "has_more": false})
    );
    let (_, rest) = alice
        .ask("threads.list", json!({"order": "desc", "after": thread}))
        .await;
    assert_eq!(rest, json!({"data": [], "has_more": false}));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_thread_allows_no_images_and_shows_no_nulls(pool: PgPool) {
    let world = World::start(&pool).await;
    let (_, thread) = world.alice().begin("add milk").await;
    let (_, thread) = world
        .alice()
        .ask("threads.get_by_id", json!({"thread_id": thread}))
        .await;
    let domains = thread["allowed_image_domains"].as_array().unwrap();
    assert!(
        !domains.is_empty()
            && domains
                .iter()
                .all(|domain| domain.as_str().unwrap().ends_with(".invalid"))
    );
    assert!(!thread.to_string().contains("null"), "{thread}");
    assert_eq!(thread["status"], json!({"type": "active"}));
    assert_eq!(thread["metadata"], json!({}));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn feedback_is_kept_with_the_items_it_is_about(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (frames, thread) = alice.begin("add milk").await;
    let ids = [
        crate::world::item_id(&frames, "workflow"),
        crate::world::item_id(&frames, "assistant_message"),
    ];
    let params =
        json!({"thread_id": thread, "item_ids": [ids[0], ids[1], "msg_x"], "kind": "negative"});
    assert_eq!(
        alice.ask("items.feedback", params).await,
        (reqwest::StatusCode::OK, json!({}))
    );
    let feedback: Vec<Option<String>> =
        sqlx::query_scalar("select feedback from messages order by id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(
        feedback,
        [None, Some("negative".into()), Some("negative".into())]
    );
}
