//! Behind a pooler every statement is the one that was asked for, or nothing is.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use sqlx::PgPool;
use store::{Db, DbOptions, Error, tasks};
use tokio::time::timeout;

use crate::{
    database::add,
    pgbouncer::{Mode, PgBouncer},
};

/// Only so that a test that hangs fails.
const EVER: Duration = Duration::from_mins(1);
const CLIENTS: usize = 10;
const ROUNDS: usize = 40;
/// A busy machine may be too slow to connect for some.
const MOST: usize = CLIENTS * ROUNDS / 10 * 8;
const REMEDIES: [&str; 2] = ["max_prepared_statements", "DATABASE_URL_DIRECT"];

fn process(pooler: &PgBouncer, max_connections: u32) -> Db {
    let options = DbOptions {
        max_connections,
        application_name: "todo-test",
    };
    Db::connect_lazy(&pooler.url(), &options).unwrap()
}

async fn until(db: &Db, ready: bool) {
    timeout(EVER, async { while db.ready().await != ready {} })
        .await
        .unwrap();
}

/// The sentence by which a request is refused.
fn refusal(error: Error) -> String {
    match error {
        Error::Unavailable(Some(cause)) => cause.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Two processes, whose clients read and delete single tasks at once. No answer may be about another task than the one asked
/// for, and exactly what was deleted is gone. Tells how many requests were answered.
async fn read_and_delete(pool: &PgPool, processes: &[Db], rounds: usize) -> usize {
    let direct = Db::from_pool(pool.clone());
    let mut ids = Vec::new();
    for n in 0..CLIENTS * 4 {
        ids.push(add(&direct, "alice", &format!("Task {n}")).await.id);
    }
    let clients = ids.chunks(4).enumerate().map(async |(n, ids)| {
        let db = &processes[n % processes.len()];
        let (mut deleted, mut answered) = (Vec::new(), 0);
        for round in 0..rounds {
            let id = ids[round % 4];
            let found = tasks::get(db, "alice", id).await;
            if let Ok(found) = &found {
                let expected = (!deleted.contains(&id)).then_some(id);
                assert_eq!(found.as_ref().map(|task| task.id), expected);
                answered += 1;
            }
            // The last of each four stays.
            if round % 4 == n % 3 && round > rounds / 2 && !deleted.contains(&id) {
                match tasks::delete(db, "alice", id).await {
                    Ok(_) => deleted.push(id),
                    Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error:?}"),
                }
            }
        }
        (deleted, answered)
    });
    let done = join_all(clients).await;
    let deleted: HashSet<i64> = done
        .iter()
        .flat_map(|(deleted, _)| deleted.clone())
        .collect();
    for id in ids {
        let there = tasks::get(&direct, "alice", id).await.unwrap().is_some();
        assert_eq!(there, !deleted.contains(&id), "task {id}");
    }
    done.iter().map(|(_, answered)| answered).sum()
}

/// Every way of handing sessions round.
fn ways(mode: Mode) -> Vec<Mode> {
    let sessions = [1, 2, 20].into_iter();
    sessions
        .flat_map(|sessions| {
            [false, true].map(|round_robin| Mode {
                sessions,
                round_robin,
                ..mode
            })
        })
        .collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_pooler_that_mixes_statements_up_is_refused_and_both_remedies_are_named(pool: PgPool) {
    for mode in ways(Mode::TRANSACTION) {
        let Some(pooler) = PgBouncer::start(&pool.connect_options(), mode).await else {
            return;
        };
        let processes = [process(&pooler, 5), process(&pooler, 5)];
        let error = tasks::get(&processes[0], "alice", 1).await.unwrap_err();
        let refused = refusal(error);
        assert!(
            REMEDIES.iter().all(|remedy| refused.contains(remedy)),
            "{mode:?}: {refused}"
        );
        assert!(!processes[0].ready().await, "{mode:?}");
        assert_eq!(read_and_delete(&pool, &processes, 1).await, 0, "{mode:?}");
        let refused = store::migrate(&pooler.url()).await.unwrap_err().to_string();
        assert!(
            REMEDIES.iter().all(|remedy| refused.contains(remedy)),
            "{mode:?}: {refused}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn behind_a_pooler_that_tracks_statements_every_answer_is_right(pool: PgPool) {
    for mode in ways(Mode::TRACKING) {
        let Some(pooler) = PgBouncer::start(&pool.connect_options(), mode).await else {
            return;
        };
        let processes = [process(&pooler, 5), process(&pooler, 5)];
        let answered = read_and_delete(&pool, &processes, ROUNDS).await;
        assert!(answered > MOST, "{mode:?}: {answered}");
        assert_eq!(
            store::migrate(&pooler.url()).await.unwrap().applied,
            0,
            "{mode:?}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_pooler_that_leaves_a_session_to_its_client_is_used_as_it_is(pool: PgPool) {
    let Some(pooler) = PgBouncer::start(&pool.connect_options(), Mode::SESSION).await else {
        return;
    };
    let processes = [process(&pooler, 5), process(&pooler, 5)];
    assert!(read_and_delete(&pool, &processes, ROUNDS).await > MOST);
    assert_eq!(store::migrate(&pooler.url()).await.unwrap().applied, 0);
}

/// The pooler changes from good to bad and back while the process runs.
async fn changes(pool: &PgPool, good: Mode, bad: Mode) {
    let Some(mut pooler) = PgBouncer::start(&pool.connect_options(), good).await else {
        return;
    };
    let processes = [process(&pooler, 3), process(&pooler, 3)];
    for _ in 0..2 {
        for db in &processes {
            until(db, true).await;
        }
        assert!(read_and_delete(pool, &processes, ROUNDS).await > MOST);
        pooler.restart(bad).await;
        assert_eq!(read_and_delete(pool, &processes, 4).await, 0);
        for db in &processes {
            assert!(!db.ready().await);
        }
        pooler.restart(good).await;
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_pooler_that_begins_to_share_sessions_is_noticed_and_so_is_its_end(pool: PgPool) {
    changes(&pool, Mode::SESSION, Mode::TRANSACTION).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_pooler_that_stops_tracking_is_noticed_and_so_is_its_beginning(pool: PgPool) {
    changes(&pool, Mode::TRACKING, Mode::TRANSACTION).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_pooler_that_stops_tracking_without_a_restart_gives_no_wrong_answer(pool: PgPool) {
    let Some(pooler) = PgBouncer::start(&pool.connect_options(), Mode::TRACKING).await else {
        return;
    };
    let processes = [process(&pooler, 3), process(&pooler, 3)];
    read_and_delete(&pool, &processes, ROUNDS).await;
    pooler.reload(Mode::TRANSACTION);
    timeout(EVER, async {
        while read_and_delete(&pool, &processes, 4).await > 0 {}
    })
    .await
    .unwrap();
    pooler.reload(Mode::TRACKING);
    for db in &processes {
        until(db, true).await;
    }
    assert!(read_and_delete(&pool, &processes, ROUNDS).await > MOST);
}
