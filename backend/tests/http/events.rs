//! Live events, over two backends and whatever made the change.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::json;
use service::peers::Peers;
use sqlx::PgPool;
use store::Db;
use tokio::{net::TcpListener, time::timeout};

use crate::app::{App, User};

/// An open stream of events.
pub struct Events(std::pin::Pin<Box<dyn futures_util::Stream<Item = String> + Send>>);

impl Events {
    async fn open(user: &User<'_>) -> Self {
        let response = user
            .request(Method::GET, "/api/me/events")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(
            response.headers()["cache-control"]
                .to_str()
                .unwrap()
                .contains("no-transform")
        );
        let text = response
            .bytes_stream()
            .map(|part| String::from_utf8(part.unwrap().to_vec()).unwrap());
        Self(Box::pin(text))
    }

    /// Waits for the next change; fails when none comes.
    pub async fn changed(&mut self) {
        let change = async {
            while let Some(part) = self.0.next().await {
                if part.contains("event: tasks.changed\ndata: {}") {
                    return;
                }
            }
            panic!("the stream ended");
        };
        timeout(Duration::from_secs(10), change)
            .await
            .expect("a change is told");
    }

    /// What comes until nothing more does.
    pub async fn rest(&mut self) -> String {
        let mut rest = String::new();
        while let Ok(Some(part)) = timeout(Duration::from_millis(400), self.0.next()).await {
            rest += &part;
        }
        rest
    }
}

/// Opens a stream and waits until the hub behind it listens.
pub async fn listen(app: &App, user: &User<'_>) -> Events {
    user.get("/api/me/tasks").await;
    let mut events = Events::open(user).await;
    timeout(Duration::from_secs(10), app.events.listening())
        .await
        .expect("the hub listens");
    events.rest().await;
    events
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_kind_of_change_is_told_on_both_of_two_backends(pool: PgPool) {
    let (one, two) = (App::start(&pool).await, App::start(&pool).await);
    let (here, there) = (one.user("alice"), two.user("alice"));
    let mut first = listen(&one, &here).await;
    let mut second = listen(&two, &there).await;

    let id = here.add("A").await;
    first.changed().await;
    second.changed().await;
    there
        .patch(&format!("/api/me/tasks/{id}"), &json!({"title": "B"}))
        .await;
    first.changed().await;
    second.changed().await;
    there.delete(&format!("/api/me/tasks/{id}")).await;
    first.changed().await;
    second.changed().await;
    sqlx::raw_sql("insert into tasks (user_id, title) values ('alice', 'by another program')")
        .execute(&pool)
        .await
        .unwrap();
    first.changed().await;
    second.changed().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_is_told_of_another_persons_changes(pool: PgPool) {
    let app = App::start(&pool).await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let mut hers = listen(&app, &alice).await;
    let mut his = Events::open(&bob).await;
    his.rest().await;
    alice.add("A").await;
    hers.changed().await;
    assert!(!his.rest().await.contains("tasks.changed"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_stream_ends_when_the_process_is_asked_to(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let mut events = listen(&app, &alice).await;
    app.shutdown.start();
    let ended = async { while events.0.next().await.is_some() {} };
    timeout(Duration::from_secs(10), ended)
        .await
        .expect("the stream ends");
    timeout(Duration::from_secs(10), app.server)
        .await
        .expect("the server ends")
        .unwrap()
        .unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_wakes_the_database_brings_the_siblings_back_to_listening(pool: PgPool) {
    let sleepy = App::start(&pool).await;
    let alice = sleepy.user("alice");
    let mut events = listen(&sleepy, &alice).await;
    let private = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = private.local_addr().unwrap().to_string();
    let awake = backend::private_router(sleepy.events.clone());
    tokio::spawn(axum::serve(private, awake).into_future());

    // What a suspended compute does to its connections. Nobody listens again by himself.
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
               where application_name = 'todo-backend-events' and datname = current_database()";
    let cut: i64 = sqlx::query_scalar(cut).fetch_one(&pool).await.unwrap();
    assert_eq!(cut, 1);
    let insert = "insert into tasks (user_id, title) values ('alice', 'unheard')";
    sqlx::raw_sql(insert).execute(&pool).await.unwrap();
    assert!(!events.rest().await.contains("tasks.changed"));

    // Another backend wakes it.
    let waker = Db::from_pool(pool.clone());
    store::tasks::summary(&waker, "bob").await.unwrap();
    waker.woken().await;
    let peers = Peers::new(&[format!("http://{address}/")]);
    peers.tell().await;
    events.changed().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_person_has_so_many_streams_and_another_when_one_of_them_ends(pool: PgPool) {
    let app = App::start(&pool).await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    let mut open = Vec::new();
    for _ in 0..50 {
        open.push(Events::open(&alice).await);
    }
    let refused = alice.get("/api/me/events").await;
    refused.problem(503, "unavailable");
    assert_eq!(refused.header("retry-after"), "30");
    let _his = Events::open(&bob).await;
    drop(open.pop());
    let again = async {
        while alice
            .request(Method::GET, "/api/me/events")
            .send()
            .await
            .unwrap()
            .status()
            != 200
        {}
    };
    timeout(Duration::from_secs(10), again).await.unwrap();
}
