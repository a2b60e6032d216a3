//! Creating a task once per key.

use serde_json::json;
use sqlx::PgPool;
use store::{
    Db, Error,
    task::TaskChange,
    tasks::{self, Write, create_once, once, outcome},
    tools::ChangeTool,
};

use crate::database::{count, described, execute, new_task};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_same_request_again_gets_the_first_answer(pool: PgPool) {
    let db = Db::from_pool(pool);
    let first = create_once(&db, "alice", "k", &described("Buy milk", "two"))
        .await
        .unwrap();
    assert!(!first.replayed);
    // Even after the task was changed, and deleted.
    let done = TaskChange {
        completed: Some(true),
        ..TaskChange::default()
    };
    tasks::change(&db, "alice", first.task.id, &done)
        .await
        .unwrap();
    let again = create_once(&db, "alice", "k", &described("Buy milk", "two"))
        .await
        .unwrap();
    assert!(again.replayed);
    assert_eq!(again.task, first.task);
    tasks::delete(&db, "alice", first.task.id).await.unwrap();
    let again = create_once(&db, "alice", "k", &described(" Buy milk ", "two"))
        .await
        .unwrap();
    assert_eq!(again.task, first.task);
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_same_key_with_another_request_is_refused_and_makes_nothing(pool: PgPool) {
    let db = Db::from_pool(pool);
    create_once(&db, "alice", "k", &described("Buy milk", "two"))
        .await
        .unwrap();
    for other in [
        new_task("Buy milk"),
        described("Buy milk", "three"),
        described("Buy Milk", "two"),
    ] {
        let answer = create_once(&db, "alice", "k", &other).await;
        assert!(matches!(answer, Err(Error::KeyReused)), "{answer:?}");
    }
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn two_people_may_use_the_same_key(pool: PgPool) {
    let db = Db::from_pool(pool);
    let hers = create_once(&db, "alice", "k", &new_task("Hers"))
        .await
        .unwrap();
    let his = create_once(&db, "bob", "k", &new_task("His"))
        .await
        .unwrap();
    assert!(!his.replayed);
    assert_ne!(hers.task.id, his.task.id);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn many_at_once_make_one_task(pool: PgPool) {
    let db = Db::from_pool(pool);
    for round in 0..10 {
        let key = format!("k{round}");
        let all = (0..8).map(|_| {
            let (db, key) = (db.clone(), key.clone());
            tokio::spawn(
                async move { create_once(&db, "alice", &key, &new_task("Buy milk")).await },
            )
        });
        let all = futures_util::future::try_join_all(all).await.unwrap();
        let all: Vec<_> = all.into_iter().map(Result::unwrap).collect();
        assert_eq!(all.iter().filter(|created| !created.replayed).count(), 1);
        assert!(all.iter().all(|created| created.task == all[0].task));
    }
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 10);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_is_forgotten_after_a_day(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let first = create_once(&db, "alice", "k", &new_task("Buy milk"))
        .await
        .unwrap();
    create_once(&db, "bob", "k", &new_task("Buy milk"))
        .await
        .unwrap();
    let age = |time| format!("update idempotency_keys set created_at = now() - interval '{time}'");
    execute(&pool, &age("23 hours 59 minutes")).await;
    assert!(
        create_once(&db, "alice", "k", &new_task("Buy milk"))
            .await
            .unwrap()
            .replayed
    );
    execute(&pool, &age("24 hours 1 minute")).await;
    let later = create_once(&db, "alice", "k", &new_task("Buy bread"))
        .await
        .unwrap();
    assert!(!later.replayed && later.task.id > first.task.id);
    // Old keys go when their owner makes something, and nobody else's do.
    let left = "select count(*) from idempotency_keys where user_id = 'bob'";
    assert_eq!(count(&pool, left).await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_waits_for_none_with_another_key_to_forget_old_ones(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    for key in ["old", "older"] {
        create_once(&db, "alice", key, &new_task("Buy milk"))
            .await
            .unwrap();
    }
    execute(
        &pool,
        "update idempotency_keys set created_at = now() - interval '2 days'",
    )
    .await;
    let mut other = pool.begin().await.unwrap();
    sqlx::raw_sql("delete from idempotency_keys where key = 'old'")
        .execute(&mut *other)
        .await
        .unwrap();
    let new = create_once(&db, "alice", "new", &new_task("Buy bread")).await;
    assert!(!new.unwrap().replayed);
    other.commit().await.unwrap();
    let left = "select count(*) from idempotency_keys";
    assert_eq!(count(&pool, left).await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_given_up_half_way_leaves_no_trace_and_no_dirty_connection(pool: PgPool) {
    let one = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect_with((*pool.connect_options()).clone())
        .await
        .unwrap();
    let db = Db::from_pool(one);
    for polls in 1..40 {
        let task = new_task(&format!("Task {polls}"));
        let mut request = Box::pin(create_once(&db, "alice", "k", &task));
        // Goes on for so many steps, and is then dropped as a request is whose client went away.
        let outcome = async {
            for _ in 0..polls {
                if let std::task::Poll::Ready(outcome) = futures_util::poll!(&mut request) {
                    return Some(outcome);
                }
                // The time the answer takes is the server's; a query beside it is long enough.
                count(&pool, "select count(*) from tasks").await;
            }
            None
        }
        .await;
        drop(request);
        let total = tasks::summary(&db, "alice").await.unwrap().total;
        let keys = count(&pool, "select count(*) from idempotency_keys").await;
        assert_eq!(total, keys, "after {polls} steps: {outcome:?}");
        execute(&pool, "delete from idempotency_keys; delete from tasks").await;
    }
    // However fast the server was above: given up once within every statement, and once within the commit, which is made.
    execute(
        &pool,
        "create function hold() returns trigger language plpgsql as
         $$ begin perform pg_advisory_xact_lock(1); return null; end $$",
    )
    .await;
    for (statement, written) in [
        ("trigger held after delete on idempotency_keys", 0),
        ("trigger held after insert on idempotency_keys", 0),
        ("trigger held after insert on tasks", 0),
        ("trigger held after update on idempotency_keys", 0),
        (
            "constraint trigger held after insert on tasks deferrable initially deferred for each row",
            1,
        ),
    ] {
        execute(
            &pool,
            &format!("create {statement} execute function hold()"),
        )
        .await;
        let mut lock = pool.begin().await.unwrap();
        sqlx::raw_sql("select pg_advisory_xact_lock(1)")
            .execute(&mut *lock)
            .await
            .unwrap();
        let task = new_task("Held");
        let mut request = Box::pin(create_once(&db, "alice", "k", &task));
        let held = "select count(*) from pg_locks where not granted and locktype = 'advisory'
                    and database = (select oid from pg_database where datname = current_database())";
        while count(&pool, held).await == 0 {
            let polled = futures_util::poll!(&mut request);
            assert!(polled.is_pending(), "not held by {statement}: {polled:?}");
        }
        drop(request);
        lock.rollback().await.unwrap();
        let total = tasks::summary(&db, "alice").await.unwrap().total;
        let keys = count(&pool, "select count(*) from idempotency_keys").await;
        assert_eq!((total, keys), (written, written), "held by {statement}");
        execute(
            &pool,
            "drop trigger if exists held on tasks; drop trigger if exists held on idempotency_keys;
             delete from idempotency_keys; delete from tasks",
        )
        .await;
    }
    let open = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'";
    assert_eq!(count(&pool, open).await, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_change_or_a_deletion_is_made_once_and_told_as_it_was(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = tasks::create(&db, "alice", &new_task("Milk"))
        .await
        .unwrap()
        .id;
    let done = TaskChange {
        completed: Some(true),
        ..TaskChange::default()
    };
    let complete = Write::Change(id, &done);
    let first = once(&db, "alice", "c", complete).await.unwrap();
    assert!(first.task.completed && !first.replayed);
    tasks::toggle(&db, "alice", id).await.unwrap();
    let again = once(&db, "alice", "c", complete).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.task, first.task);
    assert!(
        !tasks::get(&db, "alice", id)
            .await
            .unwrap()
            .unwrap()
            .completed
    );

    let gone = once(&db, "alice", "d", Write::Delete(id)).await.unwrap();
    let again = once(&db, "alice", "d", Write::Delete(id)).await.unwrap();
    assert_eq!((again.task, again.replayed), (gone.task, true));
    for write in [complete, Write::Delete(id)] {
        let fresh = once(&db, "alice", "new", write).await;
        assert!(matches!(fresh, Err(Error::NotFound)), "{fresh:?}");
    }
    let of_bob = once(&db, "bob", "d", Write::Delete(id)).await;
    assert!(matches!(of_bob, Err(Error::NotFound)), "{of_bob:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_became_of_a_change_is_known_by_its_key_and_final(pool: PgPool) {
    let db = Db::from_pool(pool);
    let milk = new_task("Milk");
    let made = once(&db, "alice", "k", Write::Create(&milk)).await.unwrap();
    let answer = json!({
        "task_id": made.task.id, "status": "created", "title": "Milk", "undo_id": made.batch,
    });
    let add = ChangeTool::Add;
    assert_eq!(outcome(&db, "alice", "k", add).await.unwrap(), Some(answer));
    assert_eq!(outcome(&db, "bob", "k", add).await.unwrap(), None);
    // What was not made when somebody asked is never made under this key.
    for _ in 0..2 {
        assert_eq!(outcome(&db, "alice", "late", add).await.unwrap(), None);
        let late = once(&db, "alice", "late", Write::Create(&milk)).await;
        assert!(matches!(late, Err(Error::KeyReused)), "{late:?}");
    }
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_change_that_is_being_made_is_waited_for(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    for round in 0..10 {
        let key = format!("k{round}");
        let milk = new_task("Milk");
        let (made, known) = tokio::join!(
            once(&db, "alice", &key, Write::Create(&milk)),
            outcome(&db, "alice", &key, ChangeTool::Add)
        );
        // Whoever was first, both say the same.
        match (made, known.unwrap()) {
            (Ok(made), Some(known)) => assert_eq!(known["task_id"], made.task.id),
            (Err(Error::KeyReused), None) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_that_changes_nothing_leaves_no_transaction_open(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let milk = new_task("Buy milk");
    create_once(&db, "alice", "k", &milk).await.unwrap();
    let open = "select count(*) from pg_stat_activity
                where datname = current_database() and state like 'idle in transaction%'";
    assert!(
        create_once(&db, "alice", "k", &milk)
            .await
            .unwrap()
            .replayed
    );
    assert_eq!(count(&pool, open).await, 0);
    let other = create_once(&db, "alice", "k", &new_task("Buy bread")).await;
    assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
    assert_eq!(count(&pool, open).await, 0);
    let gone = once(&db, "alice", "gone", Write::Delete(0)).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    assert_eq!(count(&pool, open).await, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_given_up_at_any_step_leaves_no_transaction_open(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let milk = new_task("Buy milk");
    let open = "select count(*) from pg_stat_activity
                where datname = current_database() and state like 'idle in transaction%'";
    for steps in 1..30 {
        let key = steps.to_string();
        let mut request = Box::pin(create_once(&db, "alice", &key, &milk));
        for _ in 0..steps {
            if futures_util::poll!(&mut request).is_ready() {
                break;
            }
            count(&pool, "select count(*) from tasks").await;
        }
        drop(request);
        while let (size, idle) = db.connections()
            && idle < size
        {
            tokio::task::yield_now().await;
        }
        assert_eq!(count(&pool, open).await, 0, "after {steps} steps");
    }
}
