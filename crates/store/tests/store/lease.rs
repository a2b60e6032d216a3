//! One turn at a time in a conversation.

use sqlx::PgPool;
use store::{
    Db, Error,
    conversations::{self, begin_turn, end_turn},
};

use crate::database::execute;

async fn conversation(db: &Db) -> i64 {
    conversations::create(db, "alice", None).await.unwrap().id
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_second_turn_is_refused_until_the_first_has_ended(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db).await;
    let other = conversation(&db).await;
    assert!(begin_turn(&db, "alice", id, "one").await.unwrap());
    assert!(!begin_turn(&db, "alice", id, "two").await.unwrap());
    assert!(begin_turn(&db, "alice", other, "two").await.unwrap());
    // Only the turn that has it can give it back.
    end_turn(&db, "alice", id, "two").await.unwrap();
    end_turn(&db, "bob", id, "one").await.unwrap();
    assert!(!begin_turn(&db, "alice", id, "two").await.unwrap());
    end_turn(&db, "alice", id, "one").await.unwrap();
    assert!(begin_turn(&db, "alice", id, "two").await.unwrap());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_whose_process_died_blocks_nobody_for_ever(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let id = conversation(&db).await;
    assert!(begin_turn(&db, "alice", id, "dead").await.unwrap());
    execute(
        &pool,
        "update conversations set turn_expires_at = turn_expires_at - interval '149 seconds'",
    )
    .await;
    assert!(!begin_turn(&db, "alice", id, "next").await.unwrap());
    execute(
        &pool,
        "update conversations set turn_expires_at = now() - interval '1 second'",
    )
    .await;
    assert!(begin_turn(&db, "alice", id, "next").await.unwrap());
    // The dead one wakes up and ends: the other keeps its turn.
    end_turn(&db, "alice", id, "dead").await.unwrap();
    assert!(!begin_turn(&db, "alice", id, "third").await.unwrap());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_in_a_conversation_that_is_not_there_is_not_found(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db).await;
    for (owner, id) in [("bob", id), ("alice", id + 1), ("alice", -1)] {
        let begun = begin_turn(&db, owner, id, "t").await;
        assert!(matches!(begun, Err(Error::NotFound)), "{begun:?}");
        end_turn(&db, owner, id, "t").await.unwrap();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn of_many_that_begin_at_once_exactly_one_has_the_turn(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db).await;
    for round in 0..15 {
        let all = (0..8).map(|i| {
            let db = db.clone();
            tokio::spawn(async move {
                let turn = format!("{round}-{i}");
                begin_turn(&db, "alice", id, &turn)
                    .await
                    .unwrap()
                    .then_some(turn)
            })
        });
        let all = futures_util::future::try_join_all(all).await.unwrap();
        let taken: Vec<String> = all.into_iter().flatten().collect();
        assert_eq!(taken.len(), 1, "{taken:?}");
        end_turn(&db, "alice", id, &taken[0]).await.unwrap();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_handed_over_while_others_wait_is_never_held_twice(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db).await;
    let held = std::sync::Arc::new(std::sync::atomic::AtomicI32::new(0));
    let all = (0..4).map(|i| {
        let (db, held) = (db.clone(), held.clone());
        tokio::spawn(async move {
            let turn = i.to_string();
            let mut turns = 0;
            while turns < 10 {
                if begin_turn(&db, "alice", id, &turn).await.unwrap() {
                    assert_eq!(held.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                    turns += 1;
                    conversations::get(&db, "alice", id).await.unwrap();
                    held.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    end_turn(&db, "alice", id, &turn).await.unwrap();
                }
            }
        })
    });
    futures_util::future::try_join_all(all).await.unwrap();
}
