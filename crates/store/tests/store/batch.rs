//! Several tasks at once.

use sqlx::{PgPool, postgres::PgListener};
use store::{
    Db, Error,
    changes::{Author, Means},
    tasks::{self, Batch, BatchChange, BatchDone, Named, batch},
    undo::{Which, undo},
};

use crate::database::{described, execute, new_task};

fn agent() -> Author<'static> {
    Author::new("alice", Means::Mcp)
}

fn ids(tasks: &[Named]) -> Vec<i64> {
    tasks.iter().map(|task| task.id).collect()
}

async fn titles(db: &Db) -> Vec<(String, bool)> {
    let query = tasks::ListQuery {
        limit: 100,
        ..Default::default()
    };
    let page = tasks::list(db, "alice", &query).await.unwrap();
    let rows = page.tasks.into_iter().rev();
    rows.map(|task| (task.title, task.completed)).collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn several_tasks_are_made_in_order_told_of_once_and_undone_together(pool: PgPool) {
    let mut wire = PgListener::connect_with(&pool).await.unwrap();
    wire.listen_all(["tasks_changed", "the_end"]).await.unwrap();
    let db = Db::from_pool(pool.clone());
    let new = [new_task("One"), described("Two", "II"), new_task("Three")];
    let author = agent();
    let done = batch(&db, &author, None, Batch::Create(&new))
        .await
        .unwrap();
    assert_eq!(done.batch.as_deref(), Some(author.batch()));
    let made: Vec<_> = done.changed.iter().map(|task| &task.title).collect();
    assert_eq!(made, ["One", "Two", "Three"]);
    let of = |title: &str| (title.to_owned(), false);
    assert_eq!(titles(&db).await, [of("One"), of("Two"), of("Three")]);

    let undone = undo(&db, &agent(), None, Which::LastOfMeans).await.unwrap();
    assert_eq!(undone.batch, author.batch());
    assert_eq!(undone.restored.len(), 3);
    assert_eq!(titles(&db).await, []);
    db.close().await;
    execute(&pool, "notify the_end").await;
    let mut told = Vec::new();
    while told.last().is_none_or(|channel| channel != "the_end") {
        told.push(wire.recv().await.unwrap().channel().to_owned());
    }
    // The batch and its undo.
    assert_eq!(told, ["tasks_changed", "tasks_changed", "the_end"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn each_of_several_ids_has_its_outcome_and_nobody_elses_task_is_touched(pool: PgPool) {
    let db = Db::from_pool(pool);
    let mut own = Vec::new();
    for title in ["One", "Two", "Three"] {
        let task = tasks::create(&db, "alice", &new_task(title)).await;
        own.push(task.unwrap().id);
    }
    let foreign = tasks::create(&db, "bob", &new_task("Bob's")).await.unwrap();
    tasks::set_completed(&db, "alice", own[1], true)
        .await
        .unwrap();
    let change = async |change, ids: &[i64]| {
        let author = agent();
        batch(&db, &author, None, Batch::Change(change, ids))
            .await
            .unwrap()
    };
    let asked = [own[2], foreign.id, own[1], i64::MAX, own[0], own[0]];
    let done = change(BatchChange::Complete, &asked).await;
    assert_eq!(ids(&done.changed), [own[2], own[0]]);
    assert_eq!(ids(&done.unchanged), [own[1]]);
    let again = change(BatchChange::Complete, &own).await;
    assert_eq!((again.changed, again.batch), (vec![], None));
    let done = change(BatchChange::Reopen, &asked).await;
    assert_eq!(ids(&done.changed), [own[2], own[1], own[0]]);
    let done = change(BatchChange::Delete, &asked).await;
    assert_eq!(ids(&done.changed).len(), 3);
    assert_eq!(titles(&db).await, []);
    let undone = undo(&db, &agent(), None, Which::LastOfMeans).await.unwrap();
    assert_eq!(undone.restored.len(), 3);
    let bobs = tasks::get(&db, "bob", foreign.id).await.unwrap().unwrap();
    assert_eq!(bobs, foreign);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_batch_with_a_key_is_done_once_and_answered_as_at_first(pool: PgPool) {
    let db = Db::from_pool(pool);
    let keyed = async |key, what: Batch<'_>| batch(&db, &agent(), Some(key), what).await;
    let new = [new_task("One"), described("Two", "II")];
    let first = keyed("a", Batch::Create(&new)).await.unwrap();
    let again: BatchDone = keyed("a", Batch::Create(&new)).await.unwrap();
    assert_eq!(first, again);
    let other = keyed("a", Batch::Create(&new[..1])).await;
    assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
    let made = ids(&first.changed);
    let delete = Batch::Change(BatchChange::Delete, &made);
    let deleted = keyed("d", delete).await.unwrap();
    assert_eq!(keyed("d", delete).await.unwrap(), deleted);
    assert_eq!(ids(&deleted.changed), made);
    // What found nothing to change leaves its key free.
    let complete = Batch::Change(BatchChange::Complete, &made);
    assert_eq!(keyed("c", complete).await.unwrap().batch, None);
    undo(&db, &agent(), None, Which::LastOfMeans).await.unwrap();
    assert_eq!(ids(&keyed("c", complete).await.unwrap().changed), made);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn batches_of_the_same_tasks_at_once_wait_for_each_other(pool: PgPool) {
    let db = Db::from_pool(pool);
    let new: Vec<_> = (0..30)
        .map(|n| new_task(if n % 2 == 0 { "Even" } else { "Odd" }))
        .collect();
    let made = batch(&db, &agent(), None, Batch::Create(&new))
        .await
        .unwrap();
    let forwards = ids(&made.changed);
    let backwards: Vec<i64> = forwards.iter().rev().copied().collect();
    for _ in 0..10 {
        let (one, two) = (agent(), agent());
        let complete = Batch::Change(BatchChange::Complete, &forwards);
        let reopen = Batch::Change(BatchChange::Reopen, &backwards);
        let both = [
            Box::pin(batch(&db, &one, None, complete)),
            Box::pin(batch(&db, &two, None, reopen)),
        ];
        futures_util::future::try_join_all(both).await.unwrap();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_change_says_whether_it_changed_anything(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = tasks::create(&db, "alice", &described("Milk", "two"))
        .await
        .unwrap()
        .id;
    let done = store::task::TaskChange {
        completed: Some(true),
        ..Default::default()
    };
    let write = tasks::Write::Change(id, &done);
    for changed in [true, false] {
        let author = agent();
        let written = tasks::write(&db, author.clone(), write).await.unwrap();
        assert_eq!(written.changed, changed);
        assert_eq!(
            written.batch,
            changed.then(|| author.batch().to_owned()),
            "what can be undone"
        );
    }
    for replayed in [false, true] {
        let written = tasks::once(&db, agent(), "k", write).await.unwrap();
        assert_eq!((written.changed, written.replayed), (false, replayed));
    }
}
