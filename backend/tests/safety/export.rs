//! Conversations to take along, and their end.

use std::sync::Arc;

use futures_util::FutureExt as _;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use store::{
    conversations,
    messages::{self, New, Role},
};
use tokio::sync::Notify;

use crate::{
    puppet::{Puppet, Says},
    world::{Plan, World},
};

struct File {
    name: String,
    kind: String,
    text: String,
}

async fn export(world: &World, query: &str) -> (StatusCode, File) {
    let alice = world.alice();
    let url = world.url(&format!("/api/me/conversations/export{query}"));
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.get(url).bearer_auth(alice.token());
    let response = request.send().await.unwrap();
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let file = File {
        name: header("content-disposition"),
        kind: header("content-type"),
        text: String::new(),
    };
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, File { text, ..file })
}

fn id(thread: &str) -> i64 {
    thread.rsplit('_').next().unwrap().parse().unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn everything_that_was_said_and_done_is_in_the_file_and_nothing_hidden(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    let (_, first) = alice.begin("add buy \"milk\" & bread\u{2028}").await;
    alice.begin("hello").await;
    world.user("bob").begin("a secret of Bob's").await;
    let note = New::said(Role::System, "a note that nobody sees");
    messages::append(&world.db, "alice", id(&first), note)
        .await
        .unwrap();

    let (status, file) = export(&world, "").await;
    assert_eq!(status, 200);
    assert_eq!(file.kind, "application/json");
    assert!(
        file.name
            .starts_with("attachment; filename=\"conversations-2"),
        "{}",
        file.name
    );
    assert!(file.name.ends_with(".json\""), "{}", file.name);
    let whole: Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(whole["conversations"].as_array().unwrap().len(), 2);
    let conversation = &whole["conversations"][0];
    assert_eq!(conversation["id"], id(&first));
    let said = conversation["messages"].as_array().unwrap();
    assert_eq!(said[0]["role"], "user");
    assert!(
        said[0]["content"]
            .as_str()
            .unwrap()
            .starts_with("add buy \"milk\" & bread")
    );
    let deeds: Vec<&Value> = said
        .iter()
        .flat_map(|said| said["deeds"].as_array().into_iter().flatten())
        .collect();
    assert_eq!(deeds[0]["tool"], "add_task");
    assert_eq!(deeds[0]["outcome"], "done");
    for hidden in ["nobody sees", "secret of Bob", "idempotencyKey", "user_id"] {
        assert!(!file.text.contains(hidden), "{hidden}");
    }

    let (status, file) = export(&world, "?format=markdown").await;
    assert_eq!(
        (status, file.kind.as_str()),
        (StatusCode::OK, "text/markdown; charset=utf-8")
    );
    assert!(file.name.ends_with(".md\""), "{}", file.name);
    assert!(file.text.contains("\n## hello\n"), "{}", file.text);
    assert!(file.text.contains("**You**"), "{}", file.text);
    assert!(file.text.contains("- add task “"), "{}", file.text);
    assert!(
        !file.text.contains("nobody sees") && !file.text.contains("Bob"),
        "{}",
        file.text
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_conversation_can_be_taken_along_but_nobody_elses(pool: PgPool) {
    let world = World::start(&pool).await;
    let (_, mine) = world.alice().begin("hello").await;
    let (_, other) = world.user("bob").begin("a secret of Bob's").await;
    world.alice().begin("something else").await;
    let (status, file) = export(&world, &format!("?format=json&conversation={}", id(&mine))).await;
    assert_eq!(status, 200);
    assert_eq!(
        file.name,
        format!("attachment; filename=\"conversation-{}.json\"", id(&mine))
    );
    let whole: Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(whole["conversations"].as_array().unwrap().len(), 1);
    for theirs in [id(&other), 999_999, -1, 0, i64::MAX] {
        let (status, file) = export(&world, &format!("?conversation={theirs}")).await;
        assert_eq!(status, 404, "{}", file.text);
        assert!(!file.text.contains("secret"));
    }
    for broken in ["?format=pdf", "?conversation=x"] {
        assert_eq!(export(&world, broken).await.0.as_u16() / 100, 4, "{broken}");
    }
    let bobs = world.alice().get("/api/bob/conversations/export").await;
    assert_eq!(bobs.0, 403);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn more_than_a_page_of_conversations_and_of_messages_comes_whole_and_in_order(pool: PgPool) {
    let world = World::start(&pool).await;
    let (status, file) = export(&world, "").await;
    assert_eq!(status, 200);
    let none: Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(none["conversations"], json!([]));
    for number in 0..120 {
        conversations::create(&world.db, "alice", Some(&format!("c{number}")))
            .await
            .unwrap();
    }
    let long = conversations::create(&world.db, "alice", None)
        .await
        .unwrap();
    for number in 0..250 {
        // The size of a page is limited as well.
        let text = format!(
            "{number} {}",
            "x".repeat(if number < 20 { 200_000 } else { 10 })
        );
        let new = New::said(Role::User, &text);
        messages::append(&world.db, "alice", long.id, new)
            .await
            .unwrap();
    }
    let (_, file) = export(&world, "").await;
    let whole: Value = serde_json::from_str(&file.text).unwrap();
    let all = whole["conversations"].as_array().unwrap();
    assert_eq!(all.len(), 121);
    assert_eq!(
        (all[0]["title"].as_str(), all[119]["title"].as_str()),
        (Some("c0"), Some("c119"))
    );
    let said = all[120]["messages"].as_array().unwrap();
    let numbers: Vec<String> = said
        .iter()
        .map(|said| {
            said["content"]
                .as_str()
                .unwrap()
                .split(' ')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        numbers,
        (0..250)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deleting_all_conversations_leaves_tasks_and_other_people_alone(pool: PgPool) {
    let world = World::start(&pool).await;
    let alice = world.alice();
    alice.say("add milk").await;
    alice.say("hello").await;
    world.user("bob").say("hello").await;
    assert_eq!(alice.delete("/api/bob/conversations").await.0, 403);
    assert_eq!(alice.delete("/api/me/conversations").await.0, 204);
    assert_eq!(alice.delete("/api/me/conversations").await.0, 204);
    assert_eq!(alice.get("/api/me/conversations").await.1, json!([]));
    assert_eq!(alice.tasks().await, ["Milk"]);
    let others = world.user("bob").get("/api/me/conversations").await.1;
    assert_eq!(others.as_array().unwrap().len(), 1);
    let left: i64 = sqlx::query_scalar("select count(*) from messages where user_id = 'alice'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_that_is_being_given_ends_with_a_sentence_when_its_conversation_is_deleted(
    pool: PgPool,
) {
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let model = Puppet::new({
        let (asked, go) = (Arc::clone(&asked), Arc::clone(&go));
        move |_| {
            let (asked, go) = (Arc::clone(&asked), Arc::clone(&go));
            async move {
                asked.notify_one();
                go.notified().await;
                Says::Words("Hello.".to_owned())
            }
            .boxed()
        }
    });
    let plan = Plan {
        model_url: Some(model.serve().await),
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    let alice = world.alice();
    let deleting = async {
        asked.notified().await;
        assert_eq!(alice.delete("/api/me/conversations").await.0, 204);
        go.notify_one();
    };
    let ((frames, _), ()) = tokio::join!(alice.begin("hello"), deleting);
    let (code, message, retry) = crate::world::error(&frames);
    assert_eq!((code, retry), ("custom", false), "{message}");
    assert!(message.contains("no longer exists"), "{message}");
    assert_eq!(alice.get("/api/me/conversations").await.1, json!([]));
}
