//! The database busy, away, back, and asleep.

use std::time::Duration;

use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use store::{Db, DbOptions, Error, tasks};
use tokio::time::{sleep, timeout};

use crate::{
    database::{add, count, url},
    proxy::Proxy,
};

/// Far below the 5 s that a request waits for a connection of a database that is there.
const SOON: Duration = Duration::from_secs(2);
/// Only so that a test that hangs fails.
const EVER: Duration = Duration::from_secs(30);

fn through(proxy: &Proxy, pool: &PgPool, max_connections: u32) -> Db {
    let options = DbOptions {
        max_connections,
        application_name: "todo-test",
    };
    Db::connect_lazy(&proxy.url(&pool.connect_options()), &options).unwrap()
}

async fn until_ready(db: &Db) {
    timeout(EVER, async { while !db.ready().await {} })
        .await
        .unwrap();
}

#[tokio::test]
async fn urls_work_as_people_paste_them() {
    let options = DbOptions {
        max_connections: 1,
        application_name: "todo-test",
    };
    for good in [
        "postgres://u:p@h/d",
        "postgresql://u:p@h:5432/d?sslmode=verify-full",
        "postgresql+asyncpg://u:p@h/d?ssl=require",
        "postgresql+psycopg2://u:p%40@h/d",
        " postgresql://u:p@ep-x-pooler.eu-central-1.aws.neon.tech/d?sslmode=require&channel_binding=require\n",
    ] {
        Db::connect_lazy(good, &options).unwrap_or_else(|e| panic!("{good}: {e}"));
    }
    for bad in [
        "",
        "mysql://u:hunter2@h/d",
        "hunter2",
        "postgres://u:hunter2@h:x/d",
        "sqlite:///hunter2",
    ] {
        let error = Db::connect_lazy(bad, &options).unwrap_err();
        assert!(matches!(error, Error::Url(_)), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_url_of_a_python_predecessor_reaches_the_database(pool: PgPool) {
    let pasted = url(&pool.connect_options()).replacen("postgres", "postgresql+asyncpg", 1);
    let options = DbOptions {
        max_connections: 1,
        application_name: "todo-test",
    };
    let db = Db::connect_lazy(&pasted, &options).unwrap();
    add(&db, "alice", "Buy milk").await;
    let named = "select count(*) from pg_stat_activity where application_name = 'todo-test (announces)' and datname = current_database()";
    assert_eq!(count(&pool, named).await, 1);
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn when_all_connections_are_in_use_the_database_is_busy_and_not_away(pool: PgPool) {
    let proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool, 1);
    let task = add(&db, "alice", "Buy milk").await;
    // Somebody holds the row, so the only connection waits.
    let mut holder = pool.begin().await.unwrap();
    sqlx::raw_sql("select from tasks for update")
        .execute(&mut *holder)
        .await
        .unwrap();
    let (waiting, refused) = tokio::join!(tasks::toggle(&db, "alice", task.id), async {
        let refused = tasks::get(&db, "alice", task.id).await;
        assert!(db.ready().await);
        holder.rollback().await.unwrap();
        refused
    });
    assert!(matches!(refused, Err(Error::Busy)), "{refused:?}");
    assert!(waiting.unwrap().completed);
    assert!(tasks::get(&db, "alice", task.id).await.unwrap().is_some());
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_database_that_goes_away_is_noticed_refused_quickly_and_found_again(pool: PgPool) {
    let mut proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool, 5);
    let task = add(&db, "alice", "Before").await;
    for _ in 0..3 {
        // Several connections, all of which will be dead.
        let reads = (0..5).map(|_| tasks::get(&db, "alice", task.id));
        futures_util::future::try_join_all(reads).await.unwrap();
        assert!(db.ready().await && db.is_awake());

        proxy.cut().await;
        let failed = tasks::create(&db, "alice", &crate::database::new_task("Lost")).await;
        assert!(matches!(failed, Err(Error::Unavailable(_))), "{failed:?}");
        assert!(!db.is_awake());
        for _ in 0..3 {
            let (ready, read) = timeout(SOON, async {
                tokio::join!(db.ready(), tasks::get(&db, "alice", task.id))
            })
            .await
            .expect("a request waits for a database that is known to be away");
            assert!(!ready);
            assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
        }

        proxy.restore().await;
        until_ready(&db).await;
        // Connections that died meanwhile are not given to anybody.
        for _ in 0..3 {
            let reads = (0..8).map(|_| tasks::get(&db, "alice", task.id));
            futures_util::future::try_join_all(reads).await.unwrap();
        }
    }
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 1);
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn requests_alone_find_the_database_again(pool: PgPool) {
    let mut proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool, 2);
    add(&db, "alice", "Before").await;
    proxy.cut().await;
    tasks::summary(&db, "alice").await.unwrap_err();
    proxy.restore().await;
    timeout(EVER, async {
        while tasks::summary(&db, "alice").await.is_err() {}
    })
    .await
    .unwrap();
    assert!(db.ready().await);
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_process_that_starts_before_its_database_becomes_ready_by_itself(pool: PgPool) {
    let mut proxy = Proxy::start(&pool.connect_options()).await;
    proxy.cut().await;
    let db = through(&proxy, &pool, 2);
    assert!(!timeout(SOON, db.ready()).await.unwrap());
    proxy.restore().await;
    until_ready(&db).await;
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_is_sent_while_idle_and_well(pool: PgPool) {
    let proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool, 2);
    assert_eq!(proxy.sent(), 0);
    until_ready(&db).await;
    let mut wire = PgListener::connect_with(&pool).await.unwrap();
    wire.listen("tasks_changed").await.unwrap();
    add(&db, "alice", "Buy milk").await;
    // It is announced, and the connection goes back to the pool.
    timeout(EVER, wire.recv()).await.unwrap().unwrap();
    timeout(EVER, async {
        while db.connections().0 > db.connections().1 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    let sent = proxy.sent();
    for _ in 0..100 {
        assert!(db.ready().await);
        assert!(db.is_awake());
    }
    // A round trip beside it: whatever had been sent would have arrived.
    count(&pool, "select count(*) from tasks").await;
    assert_eq!(proxy.sent(), sent);
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_given_up_on_a_dead_network_does_not_keep_its_place_in_the_pool(pool: PgPool) {
    let proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool, 1);
    let task = add(&db, "alice", "Buy milk").await;
    for _ in 0..2 {
        tasks::get(&db, "alice", task.id).await.unwrap();
        proxy.freeze();
        let given_up = timeout(Duration::from_millis(50), tasks::get(&db, "alice", task.id)).await;
        assert!(given_up.is_err());
        // The only connection is dead and nobody says so; another one is made for the next request.
        assert!(tasks::get(&db, "alice", task.id).await.unwrap().is_some());
    }
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn requests_given_up_at_any_moment_leave_a_pool_that_works(pool: PgPool) {
    let small = PgPoolOptions::new()
        .max_connections(2)
        .connect_with((*pool.connect_options()).clone())
        .await
        .unwrap();
    let db = Db::from_pool(small);
    let task = add(&db, "alice", "Buy milk").await;
    for micros in (0..3_000).step_by(20) {
        let patience = Duration::from_micros(micros);
        let _ = timeout(patience, tasks::toggle(&db, "alice", task.id)).await;
        let _ = timeout(patience, store::account::delete_data(&db, "bob")).await;
        // An answer to a question that nobody waits for must not be taken for the answer to this one.
        let found = tasks::get(&db, "alice", task.id).await.unwrap().unwrap();
        assert_eq!((found.id, found.title.as_str()), (task.id, "Buy milk"));
        assert_eq!(tasks::summary(&db, "bob").await.unwrap().total, 0);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_wakes_the_database_knows_it(pool: PgPool) {
    let mut proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool, 2);
    // The first query of a process, and the first after connections were lost.
    add(&db, "alice", "Buy milk").await;
    timeout(EVER, db.woken()).await.unwrap();
    add(&db, "alice", "Buy bread").await;
    let again = timeout(Duration::ZERO, db.woken()).await;
    assert!(
        again.is_err(),
        "a query of a database that was awake woke it"
    );
    proxy.cut().await;
    tasks::summary(&db, "alice").await.unwrap_err();
    proxy.restore().await;
    until_ready(&db).await;
    timeout(EVER, db.woken()).await.unwrap();
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn idle_connections_that_the_server_ended_cost_nobody_an_answer(pool: PgPool) {
    let options = DbOptions {
        max_connections: 5,
        application_name: "todo-idle",
    };
    let db = Db::connect_lazy(&url(&pool.connect_options()), &options).unwrap();
    let task = add(&db, "alice", "Buy milk").await;
    for _ in 0..3 {
        let reads = (0..2).map(|_| tasks::get(&db, "alice", task.id));
        futures_util::future::try_join_all(reads).await.unwrap();
        let ours = "from pg_stat_activity where application_name = 'todo-idle (announces)' and datname = current_database()";
        count(
            &pool,
            &format!("select count(pg_terminate_backend(pid)) {ours}"),
        )
        .await;
        while count(&pool, &format!("select count(*) {ours}")).await > 0 {}
        // One that was used just now is not tried first.
        sleep(Duration::from_millis(50)).await;
        tasks::toggle(&db, "alice", task.id).await.unwrap();
        assert!(db.ready().await);
    }
    db.close().await;
}
