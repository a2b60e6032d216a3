//! The lease on a conversation.

use serde_json::json;
use sqlx::PgPool;
use store::{
    Db, Error, conversations,
    turns::{self, Ending, Limits, NewTurn, Opened, Place, Runner, State, Taken},
};

use crate::database::{count, execute};

async fn conversation(db: &Db) -> i64 {
    conversations::create(db, "alice", None).await.unwrap().id
}

/// Opens a turn without a key.
async fn open(db: &Db, conversation: i64, name: &str) -> Runner {
    let new = NewTurn {
        key: None,
        request: &json!(name),
        place: Place::In(conversation),
        question: None,
        runner: name,
    };
    match turns::open(db, "alice", &new, &Limits::default())
        .await
        .unwrap()
    {
        Opened::New(turn, _) => Runner {
            turn,
            name: name.to_owned(),
        },
        other => panic!("{other:?}"),
    }
}

async fn take(db: &Db, conversation: i64, runner: &Runner) -> Taken {
    turns::take(db, "alice", conversation, runner)
        .await
        .unwrap()
}

async fn end(db: &Db, owner: &str, runner: &Runner) {
    let ending = Ending {
        state: State::Finished,
        outcome: "answered",
        model: "m",
        input_tokens: 0,
        output_tokens: 0,
    };
    turns::end(db, owner, runner, ending).await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_second_turn_waits_until_the_first_has_ended(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db).await;
    let other = conversation(&db).await;
    let one = open(&db, id, "one").await;
    let two = open(&db, id, "two").await;
    let elsewhere = open(&db, other, "elsewhere").await;
    assert_eq!(take(&db, id, &one).await, Taken::Yes);
    assert_eq!(take(&db, id, &two).await, Taken::NotYet);
    assert_eq!(take(&db, other, &elsewhere).await, Taken::Yes);
    // Only the turn that has it can give it back.
    end(&db, "alice", &two).await;
    end(&db, "bob", &one).await;
    let three = open(&db, id, "three").await;
    assert_eq!(take(&db, id, &three).await, Taken::NotYet);
    end(&db, "alice", &one).await;
    assert_eq!(take(&db, id, &three).await, Taken::Yes);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn turns_come_in_the_order_in_which_they_were_opened(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let id = conversation(&db).await;
    let one = open(&db, id, "one").await;
    let two = open(&db, id, "two").await;
    assert_eq!(take(&db, id, &two).await, Taken::NotYet);
    assert_eq!(take(&db, id, &one).await, Taken::Yes);
    end(&db, "alice", &one).await;
    assert_eq!(take(&db, id, &two).await, Taken::Yes);
    end(&db, "alice", &two).await;
    // One that nobody waits for any more is passed over.
    let three = open(&db, id, "three").await;
    let four = open(&db, id, "four").await;
    let dead = format!(
        "update turns set alive_until = now() where id = {}",
        three.turn
    );
    execute(&pool, &dead).await;
    assert_eq!(take(&db, id, &four).await, Taken::Yes);
    let abandoned = turns::abandoned(&db, "alice", id, &four).await.unwrap();
    assert_eq!(abandoned.len(), 1);
    assert_eq!(abandoned[0].id, three.turn);
    let known = turns::get(&db, "alice", three.turn).await.unwrap().unwrap();
    assert_eq!(
        (known.state, known.outcome.as_deref()),
        (State::Failed, Some("interrupted"))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_whose_process_died_blocks_nobody_for_long(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let id = conversation(&db).await;
    let dead = open(&db, id, "dead").await;
    assert_eq!(take(&db, id, &dead).await, Taken::Yes);
    let next = open(&db, id, "next").await;
    let older = |seconds| {
        format!(
            "update conversations set turn_expires_at = turn_expires_at - interval '{seconds} seconds';
             update turns set alive_until = alive_until - interval '{seconds} seconds' where id = {}",
            dead.turn
        )
    };
    execute(&pool, &older(14)).await;
    assert_eq!(take(&db, id, &next).await, Taken::NotYet);
    // Renewed in time, and it has its whole time again.
    assert!(turns::renew(&db, "alice", &dead).await.unwrap());
    execute(&pool, &older(14)).await;
    assert_eq!(take(&db, id, &next).await, Taken::NotYet);
    execute(&pool, &older(2)).await;
    assert_eq!(take(&db, id, &next).await, Taken::Yes);
    // The dead one wakes up, hears that it lost its turn, and ends: the other keeps it.
    assert!(!turns::renew(&db, "alice", &dead).await.unwrap());
    end(&db, "alice", &dead).await;
    let third = open(&db, id, "third").await;
    assert_eq!(take(&db, id, &third).await, Taken::NotYet);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_is_taken_up_by_one_of_many_and_only_when_nobody_works_on_it(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let id = conversation(&db).await;
    let first = open(&db, id, "first").await;
    let again = |name: &str| Runner {
        turn: first.turn,
        name: name.to_owned(),
    };
    assert!(!turns::claim(&db, "alice", &again("early")).await.unwrap());
    execute(&pool, "update turns set alive_until = now()").await;
    assert!(!turns::claim(&db, "bob", &again("bob")).await.unwrap());
    let all = (0..6).map(|i| {
        let (db, runner) = (db.clone(), again(&i.to_string()));
        tokio::spawn(async move { turns::claim(&db, "alice", &runner).await.unwrap() })
    });
    let all = futures_util::future::try_join_all(all).await.unwrap();
    assert_eq!(all.iter().filter(|claimed| **claimed).count(), 1, "{all:?}");
    // The one that had it before has lost it.
    assert_eq!(take(&db, id, &first).await, Taken::Lost);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_conversation_that_is_not_there_has_no_turns(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db).await;
    let runner = open(&db, id, "one").await;
    for (owner, id) in [("bob", id), ("alice", id + 1), ("alice", -1)] {
        let taken = turns::take(&db, owner, id, &runner).await;
        assert!(matches!(taken, Err(Error::NotFound)), "{taken:?}");
    }
    conversations::delete(&db, "alice", id).await.unwrap();
    let taken = turns::take(&db, "alice", id, &runner).await;
    assert!(matches!(taken, Err(Error::NotFound)), "{taken:?}");
    assert!(!turns::renew(&db, "alice", &runner).await.unwrap());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_handed_over_while_others_wait_is_never_held_twice(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db).await;
    let held = std::sync::Arc::new(std::sync::atomic::AtomicI32::new(0));
    let all = (0..4).map(|i| {
        let (db, held) = (db.clone(), held.clone());
        tokio::spawn(async move {
            for turn in 0..10 {
                let runner = open(&db, id, &format!("{i}-{turn}")).await;
                while take(&db, id, &runner).await != Taken::Yes {}
                assert_eq!(held.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                conversations::get(&db, "alice", id).await.unwrap();
                held.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                end(&db, "alice", &runner).await;
            }
        })
    });
    futures_util::future::try_join_all(all).await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_lease_lasts_as_long_in_the_statements_as_runners_believe(pool: PgPool) {
    let seconds = "select extract(epoch from lease_until() - now())::bigint";
    assert_eq!(count(&pool, seconds).await, turns::LEASE.cast_signed());
}
