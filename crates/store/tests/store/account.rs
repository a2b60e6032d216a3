//! Deleting everything of one person.

use sqlx::PgPool;
use store::{
    Db, account,
    conversations::{self, Order},
    messages::{self, New, Role},
    tasks,
};

use crate::database::{add, count, execute, new_task, texts};

async fn fill(db: &Db, owner: &str) {
    add(db, owner, "Buy milk").await;
    tasks::create_once(db, owner, "k", &new_task("Once"))
        .await
        .unwrap();
    let conversation = conversations::create(db, owner, Some("Talk"))
        .await
        .unwrap()
        .id;
    messages::append(db, owner, conversation, New::said(Role::User, "hi"))
        .await
        .unwrap();
}

/// How many rows of one person every table has.
async fn left(pool: &PgPool, owner: &str) -> i64 {
    let mut left = 0;
    for table in [
        "tasks",
        "conversations",
        "messages",
        "task_changes",
        "task_counts",
        "idempotency_keys",
        "turns",
        "chat_budgets",
    ] {
        left += count(
            pool,
            &format!("select count(*) from {table} where user_id = '{owner}'"),
        )
        .await;
    }
    left
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn everything_of_one_person_goes_and_nothing_of_others(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    fill(&db, "alice").await;
    fill(&db, "bob").await;
    let bobs = left(&pool, "bob").await;
    for _ in 0..2 {
        account::delete_data(&db, "alice").await.unwrap();
        assert_eq!(left(&pool, "alice").await, 0);
        assert_eq!(left(&pool, "bob").await, bobs);
    }
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 0);
    assert_eq!(
        conversations::list(&db, "bob", Order::Asc, None, 9)
            .await
            .unwrap()
            .data
            .len(),
        1
    );
    fill(&db, "alice").await;
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 2);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_table_that_names_a_person_is_emptied(pool: PgPool) {
    // A table that is new and not in the list above must be thought of.
    let named = texts(
        &pool,
        "select c.relname from pg_attribute join pg_class c on c.oid = attrelid
         where relnamespace = 'public'::regnamespace and relkind = 'r' and attname = 'user_id' order by 1",
    )
    .await;
    assert_eq!(
        named,
        [
            "chat_budgets",
            "conversations",
            "idempotency_keys",
            "messages",
            "task_changes",
            "task_counts",
            "tasks",
            "turns"
        ]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_made_meanwhile_is_counted_and_nobody_waits_for_ever(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    for _ in 0..15 {
        fill(&db, "alice").await;
        execute(
            &pool,
            "update idempotency_keys set created_at = now() - interval '2 days'",
        )
        .await;
        let conversation = conversations::list(&db, "alice", Order::Desc, None, 1)
            .await
            .unwrap()
            .data[0]
            .id;
        let again = new_task("Again");
        let hi = New::said(Role::User, "hi");
        let (deleted, appended, created, gone) = tokio::join!(
            account::delete_data(&db, "alice"),
            messages::append(&db, "alice", conversation, hi),
            tasks::create_once(&db, "alice", "k", &again),
            conversations::delete(&db, "alice", conversation),
        );
        deleted.unwrap();
        created.unwrap();
        for answer in [appended.map(drop), gone] {
            assert!(
                matches!(answer, Ok(()) | Err(store::Error::NotFound)),
                "{answer:?}"
            );
        }
        let there = count(&pool, "select count(*) from tasks where user_id = 'alice'").await;
        assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, there);
        account::delete_data(&db, "alice").await.unwrap();
    }
}
