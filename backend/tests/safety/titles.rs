//! Titles of conversations, made by the model after the first answer.

use std::{sync::Arc, time::Duration};

use backend::chat::Titles;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::sync::Notify;

use crate::{
    puppet::{Puppet, Says, asks_for_title, texts},
    world::{Person, Plan, World},
};

/// A model that answers at once and gives a title when it is let.
fn model(title: &'static str, go: &Arc<Notify>) -> Puppet {
    let go = Arc::clone(go);
    Puppet::new(move |request| {
        let go = Arc::clone(&go);
        async move {
            if asks_for_title(&request) {
                go.notified().await;
                return Says::Words(title.to_owned());
            }
            Says::Words("Gladly.".to_owned())
        }
        .boxed()
    })
}

async fn world(pool: &PgPool, model: &Puppet) -> World {
    let plan = Plan {
        model_url: Some(model.serve().await),
        titles: Titles::Model,
        ..Plan::default()
    };
    World::with(pool, plan).await
}

async fn title(alice: &Person<'_>, thread: &str) -> String {
    let (_, thread) = alice
        .ask("threads.get_by_id", json!({ "thread_id": thread }))
        .await;
    thread["title"].as_str().unwrap_or_default().to_owned()
}

/// Waits until something is so.
async fn eventually<F: Future<Output = bool>>(what: &str, mut so: impl FnMut() -> F) {
    for _ in 0..500 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not happen");
}

fn title_requests(model: &Puppet) -> Vec<Value> {
    model.asked().into_iter().filter(asks_for_title).collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_first_words_are_the_title_at_once_and_the_models_title_comes_after_the_answer(
    pool: PgPool,
) {
    let go = Arc::new(Notify::new());
    let model = model("\"Shopping for the party.\"", &go);
    let world = world(&pool, &model).await;
    let alice = world.alice();
    // The whole stream has ended while the title is still being made.
    let (frames, thread) = alice.begin("hello there").await;
    let named: Vec<&Value> = frames
        .iter()
        .filter(|frame| frame["type"] == "thread.updated")
        .collect();
    assert!(
        frames[0]["thread"]["title"] == "hello there"
            || named[0]["thread"]["title"] == "hello there",
        "{frames:?}"
    );
    assert_eq!(title(&alice, &thread).await, "hello there");
    go.notify_one();
    eventually("the title", || async {
        title(&alice, &thread).await == "Shopping for the party"
    })
    .await;

    let requests = title_requests(&model);
    assert_eq!(requests.len(), 1);
    assert!(requests[0].get("tools").is_none(), "{}", requests[0]);
    assert_eq!(texts(&requests[0], "user")[0], "hello there");
    // Once is enough.
    alice.add(&thread, "and now?").await;
    let (status, _) = alice.chat(json!({ "message": "well?", "conversation_id": thread.trim_start_matches("thr_").parse::<i64>().unwrap() })).await;
    assert_eq!(status, 200);
    assert_eq!(title_requests(&model).len(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_name_that_the_person_gives_meanwhile_stays(pool: PgPool) {
    let go = Arc::new(Notify::new());
    let model = model("From the model", &go);
    let world = world(&pool, &model).await;
    let alice = world.alice();
    let (_, thread) = alice.begin("hello").await;
    eventually("the request", || async {
        !title_requests(&model).is_empty()
    })
    .await;
    let rename = json!({ "thread_id": thread, "title": "My own" });
    assert_eq!(alice.ask("threads.update", rename).await.0, 200);
    go.notify_one();
    world.shutdown.start();
    world.server.await.unwrap().unwrap();
    let name: Option<String> = sqlx::query_scalar("select title from conversations")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(name.as_deref(), Some("My own"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_title_that_is_none_leaves_the_first_words(pool: PgPool) {
    let go = Arc::new(Notify::new());
    go.notify_one();
    let model = model(" ... ", &go);
    let world = world(&pool, &model).await;
    let alice = world.alice();
    let (_, thread) = alice.begin("hello").await;
    eventually("the request", || async {
        !title_requests(&model).is_empty()
    })
    .await;
    world.shutdown.start();
    world.server.await.unwrap().unwrap();
    let name: Option<String> = sqlx::query_scalar("select title from conversations")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(name.as_deref(), Some("hello"), "{thread}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_process_that_ends_does_not_wait_for_a_title(pool: PgPool) {
    let model = model("Too late", &Arc::new(Notify::new()));
    let world = world(&pool, &model).await;
    let alice = world.alice();
    alice.begin("hello").await;
    eventually("the request", || async {
        !title_requests(&model).is_empty()
    })
    .await;
    world.shutdown.start();
    world.server.await.unwrap().unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn with_titles_from_words_the_model_is_asked_for_none(pool: PgPool) {
    let model = model("Never", &Arc::new(Notify::new()));
    let plan = Plan {
        model_url: Some(model.serve().await),
        titles: Titles::Words,
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    world.alice().begin("hello").await;
    world.shutdown.start();
    world.server.await.unwrap().unwrap();
    assert_eq!(model.asked().len(), 1);
}
