//! The database is away, busy or slow; the process is asked to end.

use std::time::Duration;

use sqlx::PgPool;
use store::Db;
use tokio::time::timeout;

use crate::app::App;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn with_every_connection_in_use_requests_are_503_and_health_still_answers(pool: PgPool) {
    let all = usize::try_from(pool.options().get_max_connections()).unwrap();
    let app = App::over(Db::from_pool(pool.clone()), "postgres://127.0.0.1:9/none").await;
    assert_eq!(app.nobody().get("/ready").await.status, 200);
    // Whoever has a connection waits with it for this lock.
    let mut lock = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table tasks in access exclusive mode")
        .execute(&mut *lock)
        .await
        .unwrap();

    let mut clients = tokio::task::JoinSet::new();
    for n in 0..64 {
        let request = app
            .user(&format!("user-{n}"))
            .request(reqwest::Method::GET, "/api/me/tasks");
        clients.spawn(async move { request.send().await.unwrap() });
    }
    assert_eq!(app.nobody().get("/health").await.status, 200);
    while clients.len() > all {
        let answer = clients.join_next().await.unwrap().unwrap();
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
    }
    lock.rollback().await.unwrap();
    while let Some(answer) = clients.join_next().await {
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert_eq!(app.user("alice").get("/api/me/tasks").await.status, 200);
}

#[tokio::test]
async fn without_a_database_requests_are_503_health_is_ok_and_ready_says_why() {
    let options = store::DbOptions {
        max_connections: 2,
        application_name: "test",
    };
    let db = Db::connect_lazy("postgres://nobody:secret@127.0.0.1:9/none", &options).unwrap();
    let app = App::over(db, "postgres://127.0.0.1:9/none").await;
    let ready = app.nobody().get("/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["checks"]["database"], "unreachable");
    let answer = app.user("alice").get("/api/me/tasks").await;
    let problem = answer.problem(503, "unavailable");
    assert!(!answer.header("retry-after").is_empty());
    assert!(!problem.to_string().contains("secret"));
    assert_eq!(app.nobody().get("/health").await.status, 200);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_process_that_is_asked_to_end_is_not_ready_finishes_what_is_open_and_ends(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    alice.add("A").await;
    // A statement that waits for this lock is open when the signal comes.
    let mut tx = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table tasks in access exclusive mode")
        .execute(&mut *tx)
        .await
        .unwrap();
    let open = alice.request(reqwest::Method::GET, "/api/me/tasks");
    let open = tokio::spawn(async move { open.send().await.unwrap() });
    let waiting =
        "select count(*) from pg_locks where not granted and relation = 'tasks'::regclass";
    while sqlx::query_scalar::<_, i64>(waiting)
        .fetch_one(&pool)
        .await
        .unwrap()
        == 0
    {
        tokio::task::yield_now().await;
    }

    app.shutdown.start();
    assert!(app.shutdown.is_draining());
    tx.commit().await.unwrap();
    assert_eq!(open.await.unwrap().status(), 200);
    timeout(Duration::from_secs(10), app.server)
        .await
        .expect("it ends")
        .unwrap()
        .unwrap();
}
