//! Who learns of changed tasks, and what that costs a database that sleeps.

use std::time::Duration;

use sqlx::{PgPool, postgres::PgListener};
use store::{
    Db, conversations,
    events::{Changed, Changes, TaskEvents},
    messages::{self, New, Role},
    tasks,
};
use tokio::time::{sleep, timeout};

use crate::{
    database::{add, count, execute, url},
    proxy::Proxy,
};

/// Only so that a test that hangs fails.
const EVER: Duration = Duration::from_secs(20);

const LISTENERS: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and application_name = 'todo-backend-events'";

async fn told(changes: &mut Changes) {
    timeout(EVER, changes.next())
        .await
        .expect("nobody told")
        .unwrap();
}

async fn changed(changes: &mut Changes) -> Changed {
    timeout(EVER, changes.next())
        .await
        .expect("nobody told")
        .unwrap()
}

/// Whether a change was told that nobody has looked at yet.
async fn pending(changes: &mut Changes) -> bool {
    timeout(Duration::ZERO, changes.next()).await.is_ok()
}

async fn listening(events: &TaskEvents) {
    timeout(EVER, events.listening())
        .await
        .expect("it never listens");
}

/// A hub that listens, with one subscription, as a page has that was just opened.
async fn open(pool: &PgPool, owner: &str) -> (Db, TaskEvents, Changes) {
    let db = Db::from_pool(pool.clone());
    let events = TaskEvents::start(&db, &url(&pool.connect_options())).unwrap();
    let mut changes = events.subscribe(owner).unwrap();
    tasks::summary(&db, owner).await.unwrap();
    listening(&events).await;
    // Whatever was missed before.
    told(&mut changes).await;
    (db, events, changes)
}

/// Another process.
async fn elsewhere(pool: &PgPool) -> Db {
    let pool = PgPool::connect_with((*pool.connect_options()).clone()).await;
    Db::from_pool(pool.unwrap())
}

async fn terminate_listener(pool: &PgPool) {
    execute(
        pool,
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity
         where datname = current_database() and application_name = 'todo-backend-events'",
    )
    .await;
    assert_eq!(count(pool, LISTENERS).await, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_said_in_a_conversation_reaches_its_owner_and_says_where(pool: PgPool) {
    let (_db, events, mut changes) = open(&pool, "ada lovelace").await;
    let mut bob = events.subscribe("bob").unwrap();
    let other = elsewhere(&pool).await;
    let ada = "ada lovelace";
    let id = conversations::create(&other, ada, None).await.unwrap().id;
    let of = |id| Changed {
        conversations: [id].into(),
        ..Changed::default()
    };
    let hi = New::said(Role::User, "hi");
    let row = messages::append(&other, ada, id, hi).await.unwrap();
    assert_eq!(changed(&mut changes).await, of(id));
    let calls = serde_json::json!([]);
    messages::set_tool_calls(&other, ada, row.id, &calls)
        .await
        .unwrap();
    assert_eq!(changed(&mut changes).await, of(id));
    conversations::rename(&other, ada, id, "Hi").await.unwrap();
    assert_eq!(changed(&mut changes).await, of(id));
    // The same title again is no news.
    conversations::rename(&other, ada, id, "Hi").await.unwrap();
    let second = conversations::create(&other, ada, None).await.unwrap().id;
    messages::append(&other, ada, second, hi).await.unwrap();
    assert_eq!(changed(&mut changes).await, of(second));
    conversations::delete(&other, ada, id).await.unwrap();
    assert_eq!(changed(&mut changes).await, of(id));
    assert!(!pending(&mut bob).await);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_kind_of_change_in_another_process_reaches_the_owner(pool: PgPool) {
    let (_db, _events, mut changes) = open(&pool, "alice").await;
    let other = elsewhere(&pool).await;
    let id = add(&other, "alice", "Buy milk").await.id;
    told(&mut changes).await;
    tasks::toggle(&other, "alice", id).await.unwrap();
    told(&mut changes).await;
    tasks::delete(&other, "alice", id).await.unwrap();
    told(&mut changes).await;
    execute(
        &pool,
        "insert into tasks (user_id, title) select 'alice', 'x' from generate_series(1, 500)",
    )
    .await;
    told(&mut changes).await;
    execute(&pool, "update tasks set completed = true").await;
    told(&mut changes).await;
    store::account::delete_data(&other, "alice").await.unwrap();
    told(&mut changes).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_the_owner_is_told(pool: PgPool) {
    let (_db, events, mut alice) = open(&pool, "alice").await;
    let mut bob = events.subscribe("bob").unwrap();
    let mut second = events.subscribe("alice").unwrap();
    let other = elsewhere(&pool).await;
    add(&other, "bob", "His").await;
    told(&mut bob).await;
    // Notifications come in order: hers would have been before a later one of his.
    assert!(!pending(&mut alice).await);
    add(&other, "alice", "Hers").await;
    told(&mut alice).await;
    told(&mut second).await;
    assert!(!pending(&mut bob).await);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_listens_before_somebody_subscribes(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let events = TaskEvents::start(&db, &url(&pool.connect_options())).unwrap();
    for _ in 0..3 {
        add(&db, "alice", "Buy milk").await;
        events.database_is_awake();
        sleep(Duration::from_millis(100)).await;
        assert_eq!(count(&pool, LISTENERS).await, 0);
    }
    // Nor because of somebody who is gone.
    drop(events.subscribe("alice"));
    add(&db, "alice", "Buy milk").await;
    sleep(Duration::from_millis(300)).await;
    assert_eq!(count(&pool, LISTENERS).await, 0);
    // Nor at once, for the database may be asleep.
    let mut changes = events.subscribe("alice").unwrap();
    sleep(Duration::from_millis(300)).await;
    assert_eq!(count(&pool, LISTENERS).await, 0);
    events.database_is_awake();
    listening(&events).await;
    told(&mut changes).await;
    assert_eq!(count(&pool, LISTENERS).await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_lost_connection_stays_lost_until_the_database_is_awake_for_another_reason(pool: PgPool) {
    let (db, events, mut changes) = open(&pool, "alice").await;
    // Queries while it listens must not be left over as a reason to come back.
    for _ in 0..5 {
        tasks::summary(&db, "alice").await.unwrap();
    }
    for _ in 0..2 {
        terminate_listener(&pool).await;
        for _ in 0..5 {
            sleep(Duration::from_millis(300)).await;
            assert_eq!(count(&pool, LISTENERS).await, 0, "it wakes the database");
        }
        // A change that nobody hears.
        execute(
            &pool,
            "insert into tasks (user_id, title) values ('alice', 'Unheard')",
        )
        .await;
        assert!(!pending(&mut changes).await);
        tasks::summary(&db, "bob").await.unwrap();
        told(&mut changes).await;
        listening(&events).await;
        assert!(!pending(&mut changes).await, "told twice");
        add(&elsewhere(&pool).await, "alice", "Heard").await;
        told(&mut changes).await;
    }
    assert_eq!(count(&pool, LISTENERS).await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_sibling_that_woke_the_database_makes_the_hub_listen_again(pool: PgPool) {
    let (_db, events, mut changes) = open(&pool, "alice").await;
    terminate_listener(&pool).await;
    // The hub may not have noticed yet; being told is enough in either case.
    events.database_is_awake();
    told(&mut changes).await;
    assert_eq!(count(&pool, LISTENERS).await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_connection_that_died_without_a_word_is_noticed_when_the_database_was_woken(
    pool: PgPool,
) {
    let proxy = Proxy::start(&pool.connect_options()).await;
    let db = Db::from_pool(pool.clone());
    let events = TaskEvents::start(&db, &proxy.url(&pool.connect_options())).unwrap();
    let mut changes = events.subscribe("alice").unwrap();
    events.database_is_awake();
    told(&mut changes).await;
    proxy.freeze();
    add(&elsewhere(&pool).await, "alice", "Unheard").await;
    sleep(Duration::from_millis(200)).await;
    assert!(!pending(&mut changes).await);
    events.database_is_awake();
    told(&mut changes).await;
    add(&elsewhere(&pool).await, "alice", "Heard").await;
    told(&mut changes).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_check_of_a_connection_that_is_well_loses_nothing(pool: PgPool) {
    let (_db, events, mut changes) = open(&pool, "alice").await;
    let other = elsewhere(&pool).await;
    for _ in 0..20 {
        events.database_is_awake();
        add(&other, "alice", "Buy milk").await;
        told(&mut changes).await;
    }
    assert_eq!(count(&pool, LISTENERS).await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_connection_ends_with_the_hub(pool: PgPool) {
    let (db, events, mut changes) = open(&pool, "alice").await;
    drop((db, events));
    assert!(timeout(EVER, changes.next()).await.unwrap().is_none());
    timeout(EVER, async {
        while count(&pool, LISTENERS).await > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_subscriber_is_told_once_of_what_its_own_process_changed(pool: PgPool) {
    let (db, events, mut alice) = open(&pool, "alice").await;
    let mut bob = events.subscribe("bob").unwrap();
    let mut wire = PgListener::connect_with(&pool).await.unwrap();
    wire.listen("tasks_changed").await.unwrap();
    for _ in 0..5 {
        add(&db, "alice", "Buy milk").await;
        // At once, before the database says it to anybody.
        assert!(pending(&mut alice).await);
        timeout(EVER, wire.recv()).await.unwrap().unwrap();
        execute(
            &pool,
            "insert into tasks (user_id, title) values ('bob', 'Later')",
        )
        .await;
        told(&mut bob).await;
        timeout(EVER, wire.recv()).await.unwrap().unwrap();
        assert!(!pending(&mut alice).await, "told twice");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_others_change_is_told_however_much_its_own_process_changes(pool: PgPool) {
    let (db, _events, mut alice) = open(&pool, "alice").await;
    let other = elsewhere(&pool).await;
    for _ in 0..20 {
        let own = async {
            for _ in 0..5 {
                add(&db, "alice", "Mine").await;
            }
        };
        let theirs = async {
            for _ in 0..5 {
                add(&other, "alice", "Theirs").await;
            }
        };
        tokio::join!(own, theirs);
    }
    other.close().await;
    execute(
        &pool,
        "insert into tasks (user_id, title) values ('alice', 'Last')",
    )
    .await;
    while pending(&mut alice).await {}
    sleep(Duration::from_millis(300)).await;
    while pending(&mut alice).await {}
    // None of the many is still to come, so none can be taken for this one.
    execute(
        &pool,
        "insert into tasks (user_id, title) values ('alice', 'After the last')",
    )
    .await;
    told(&mut alice).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_listener_that_dies_while_everybody_writes_costs_nobody_a_change(pool: PgPool) {
    let (db, events, mut alice) = open(&pool, "alice").await;
    let other = elsewhere(&pool).await;
    for _ in 0..5 {
        let writes = async {
            for _ in 0..30 {
                add(&db, "alice", "Mine").await;
                add(&other, "alice", "Theirs").await;
            }
        };
        tokio::join!(writes, async {
            execute(
                &pool,
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity
                 where datname = current_database() and application_name = 'todo-backend-events'",
            )
            .await;
        });
        tasks::summary(&db, "alice").await.unwrap();
        listening(&events).await;
        sleep(Duration::from_millis(300)).await;
        while pending(&mut alice).await {}
        add(&other, "alice", "Heard").await;
        told(&mut alice).await;
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_subscriber_that_does_not_read_holds_up_nobody_and_is_told_once(pool: PgPool) {
    let (db, events, mut slow) = open(&pool, "alice").await;
    let mut quick = events.subscribe("alice").unwrap();
    for _ in 0..200 {
        add(&db, "alice", "Buy milk").await;
        told(&mut quick).await;
    }
    assert!(changed(&mut slow).await.tasks);
    assert!(!pending(&mut slow).await);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_sibling_that_could_not_tell_something_makes_everybody_look_again(pool: PgPool) {
    let (_db, events, mut alice) = open(&pool, "alice").await;
    let mut bob = events.subscribe("bob").unwrap();
    let other = elsewhere(&pool).await;
    other.others_look_again();
    tasks::summary(&other, "carol").await.unwrap();
    for changes in [&mut alice, &mut bob] {
        let look = changed(changes).await;
        assert!(look.tasks && look.any_conversation);
    }
}
