//! The log of changes, and taking changes back.

use serde_json::Value;
use sqlx::PgPool;
use store::{
    Db, Error, account,
    changes::{Author, Means, Reason, Undone},
    task::{TaskChange, Title},
    tasks::{self, Write},
    tools::ChangeTool,
    undo::{Which, undo, undoable},
};

use crate::database::{add, count, described, execute, new_task, rows, texts};

fn renamed(title: &str) -> TaskChange {
    TaskChange {
        title: Some(Title::parse(title).unwrap()),
        ..TaskChange::default()
    }
}

/// Alice's, from a page.
fn page<'a>() -> Author<'a> {
    Author::new("alice", Means::Page)
}

async fn undo_of(db: &Db, author: &Author<'_>) -> Result<Undone, Error> {
    undo(db, &page(), None, Which::Batch(author.batch())).await
}

/// What every task is but for the time of its last change, which an undo is too.
async fn state(pool: &PgPool) -> Vec<Value> {
    let mut tasks = rows(pool, "tasks").await;
    for task in &mut tasks {
        task.as_object_mut().unwrap().remove("updated_at");
    }
    tasks
}

fn restored(undone: &Undone) -> Vec<i64> {
    undone.restored.iter().map(|task| task.id).collect()
}

fn reasons(error: Result<Undone, Error>) -> Vec<Reason> {
    match error {
        Err(Error::NothingRestored(refused)) => refused.iter().map(|task| task.reason).collect(),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_kind_of_change_is_taken_back_and_made_again(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let kept = tasks::create(&db, "alice", &described("Buy milk", "two"))
        .await
        .unwrap();
    let before = state(&pool).await;
    let new = new_task("Buy bread");
    let change = renamed("Buy oat milk");
    let done = TaskChange {
        completed: Some(true),
        ..TaskChange::default()
    };
    for write in [
        Write::Create(&new),
        Write::Change(kept.id, &change),
        Write::Change(kept.id, &done),
        Write::Delete(kept.id),
    ] {
        let author = page();
        let written = tasks::write(&db, author.clone(), write).await.unwrap();
        let task = written.task;
        let after = state(&pool).await;
        assert_ne!(after, before);
        let undone = undo_of(&db, &author).await.unwrap();
        assert_eq!((restored(&undone), undone.refused), (vec![task.id], vec![]));
        assert_eq!(state(&pool).await, before, "{write:?}");
        let again = undo(&db, &page(), None, Which::Batch(&undone.undo_id))
            .await
            .unwrap();
        assert_eq!(restored(&again), [task.id]);
        assert_eq!(state(&pool).await, after, "{write:?} again");
        undo_of(&db, &author).await.unwrap();
        assert_eq!(state(&pool).await, before);
    }
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 1);
    let log = texts(
        &pool,
        "select distinct coalesce(means, 'none') from task_changes order by 1",
    )
    .await;
    assert_eq!(log, ["none", "page"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_turn_is_one_batch_and_a_task_changed_twice_in_it_is_as_before_it(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let milk = add(&db, "alice", "Buy milk").await.id;
    let before = state(&pool).await;
    let turn = Author::turn("alice", 7);
    let made = tasks::create(&db, turn.clone(), &new_task("Bread"))
        .await
        .unwrap();
    let passing = tasks::create(&db, turn.clone(), &new_task("Passing"))
        .await
        .unwrap();
    tasks::change(&db, turn.clone(), milk, &renamed("One"))
        .await
        .unwrap();
    tasks::toggle(&db, turn.clone(), milk).await.unwrap();
    tasks::delete(&db, turn.clone(), passing.id).await.unwrap();
    let undone = undo_of(&db, &turn).await.unwrap();
    assert_eq!(restored(&undone), [milk, made.id, passing.id]);
    assert_eq!(state(&pool).await, before);
    let source = "select distinct means || ' ' || source from task_changes where batch = 'turn-7'";
    assert_eq!(texts(&pool, source).await, ["chat 7"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_task_that_changed_since_is_left_alone_and_named(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let batch = Author::turn("alice", 1);
    let mut ids = Vec::new();
    for title in ["changed", "deleted", "restored", "as it was"] {
        let task = tasks::create(&db, batch.clone(), &new_task(title))
            .await
            .unwrap();
        ids.push(task.id);
    }
    tasks::toggle(&db, "alice", ids[0]).await.unwrap();
    tasks::delete(&db, "alice", ids[1]).await.unwrap();
    let deletion = page();
    tasks::delete(&db, deletion.clone(), ids[2]).await.unwrap();
    undo_of(&db, &deletion).await.unwrap();
    let undone = undo_of(&db, &batch).await.unwrap();
    // A deletion that was taken back changed nothing.
    assert_eq!(restored(&undone), [ids[2], ids[3]]);
    let refused: Vec<_> = undone
        .refused
        .iter()
        .map(|task| (task.title.as_str(), task.reason))
        .collect();
    assert_eq!(
        refused,
        [("changed", Reason::Changed), ("deleted", Reason::Gone)]
    );

    // When nothing is left that could be taken back, nothing is done, and the answer says so.
    let alone = page();
    tasks::change(&db, alone.clone(), ids[0], &renamed("again"))
        .await
        .unwrap();
    tasks::change(&db, "alice", ids[0], &renamed("and again"))
        .await
        .unwrap();
    let before = state(&pool).await;
    let answer = undo_of(&db, &alone).await;
    assert!(
        answer
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("“changed” was changed since"),
        "{answer:?}"
    );
    assert_eq!(reasons(answer), [Reason::Changed]);
    assert_eq!(state(&pool).await, before);
    // A deleted task whose id is there again.
    let gone = page();
    let task = tasks::delete(&db, gone.clone(), ids[0]).await.unwrap();
    let other = format!(
        "insert into tasks (id, user_id, title) values ({}, 'alice', 'Other')",
        task.id
    );
    execute(&pool, &other).await;
    assert_eq!(reasons(undo_of(&db, &gone).await), [Reason::Changed]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_undo_sent_twice_or_from_two_tabs_is_one_undo(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let task = add(&db, "alice", "Buy milk").await;
    for round in 0..10 {
        let batch = page();
        tasks::delete(&db, batch.clone(), task.id).await.unwrap();
        let (one, two) = tokio::join!(undo_of(&db, &batch), undo_of(&db, &batch));
        assert_eq!(one.unwrap(), two.unwrap());
        let key = format!("k{round}");
        let last = page();
        tasks::toggle(&db, last.clone(), task.id).await.unwrap();
        let changes = count(&pool, "select count(*) from task_changes").await;
        let (first, second) = (page(), page());
        let (one, two) = tokio::join!(
            undo(&db, &first, Some(&key), Which::Last),
            undo(&db, &second, Some(&key), Which::Last)
        );
        assert_eq!(one.unwrap(), two.unwrap());
        assert_eq!(
            count(&pool, "select count(*) from task_changes").await,
            changes + 1
        );
        let other = undo(&db, &page(), Some(&key), Which::Batch("x")).await;
        assert!(matches!(other, Err(Error::KeyReused)), "{other:?}");
    }
    assert_eq!(
        tasks::get(&db, "alice", task.id)
            .await
            .unwrap()
            .unwrap()
            .title,
        task.title
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_became_of_an_undo_whose_answer_was_lost_is_known_by_its_key(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    add(&db, "alice", "Milk").await;
    let undone = undo(&db, &page(), Some("k"), Which::Last).await.unwrap();
    let known = async |key| {
        tasks::outcome(&db, "alice", key, ChangeTool::Undo)
            .await
            .unwrap()
    };
    assert_eq!(known("k").await, serde_json::to_value(&undone).ok());
    // One that was not made when somebody asked is never made.
    add(&db, "alice", "Bread").await;
    assert_eq!(known("late").await, None);
    let late = undo(&db, &page(), Some("late"), Which::Last).await;
    assert!(matches!(late, Err(Error::KeyReused)), "{late:?}");
    // One that found nothing to restore leaves its key free.
    let nothing = undo(&db, &page(), Some("free"), Which::Batch("never")).await;
    assert!(matches!(nothing, Err(Error::NotFound)), "{nothing:?}");
    undo(&db, &page(), Some("free"), Which::Last).await.unwrap();
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nobody_undoes_what_is_somebody_elses_or_never_was_or_is_31_days_old(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let batch = page();
    tasks::create(&db, batch.clone(), &new_task("Buy milk"))
        .await
        .unwrap();
    let bob = Author::new("bob", Means::Page);
    for which in [
        Which::Batch(batch.batch()),
        Which::Last,
        Which::Batch("never"),
        Which::Batch(""),
        Which::Batch("\0"),
    ] {
        let answer = undo(&db, &bob, None, which).await;
        assert!(
            matches!(answer, Err(Error::NotFound)),
            "{which:?} {answer:?}"
        );
    }
    assert_eq!(undoable(&db, "alice").await.unwrap().len(), 1);
    execute(
        &pool,
        "update task_changes set at = now() - interval '31 days'",
    )
    .await;
    for which in [Which::Batch(batch.batch()), Which::Last] {
        let answer = undo(&db, &page(), None, which).await;
        assert!(
            matches!(answer, Err(Error::NotFound)),
            "{which:?} {answer:?}"
        );
    }
    assert_eq!(undoable(&db, "alice").await.unwrap(), []);
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().total, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_last_change_is_the_newest_that_stands_of_all_means_or_of_ones_own(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    for (title, author) in [
        ("One", page()),
        ("Two", Author::turn("alice", 1)),
        ("Three", Author::new("alice", Means::Mcp)),
    ] {
        tasks::create(&db, author, &new_task(title)).await.unwrap();
    }
    add(&db, "bob", "Bob's").await;
    // A turn takes back what came before it, not what it has done itself.
    let turn = Author::turn("alice", 2);
    tasks::create(&db, turn.clone(), &new_task("Four"))
        .await
        .unwrap();
    let undone = undo(&db, &turn, None, Which::LastOfMeans).await.unwrap();
    assert_eq!(
        (undone.batch.as_str(), undone.undo_id.as_str()),
        ("turn-1", "turn-2")
    );
    // What was undone and what undid it are passed over.
    let titles = async || {
        let undone = undo(&db, &page(), None, Which::Last).await.unwrap();
        undone
            .restored
            .iter()
            .map(|task| task.title.clone())
            .collect::<Vec<_>>()
    };
    // Of turn 2, with the undo that it was.
    assert_eq!(titles().await, ["Two", "Four"]);
    assert_eq!(titles().await, ["Three"]);
    assert_eq!(titles().await, ["Two"]);
    assert_eq!(titles().await, ["One"]);
    let nothing = undo(&db, &page(), None, Which::Last).await;
    assert!(matches!(nothing, Err(Error::NotFound)), "{nothing:?}");
    assert_eq!(tasks::summary(&db, "bob").await.unwrap().total, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_can_be_undone_is_told_newest_first(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let turn = Author::turn("alice", 1);
    let milk = tasks::create(&db, turn.clone(), &new_task("Milk"))
        .await
        .unwrap()
        .id;
    let bread = tasks::create(&db, turn.clone(), &new_task("Bread"))
        .await
        .unwrap()
        .id;
    tasks::toggle(&db, page(), bread).await.unwrap();
    tasks::toggle(&db, page(), bread).await.unwrap();
    let renaming = page();
    tasks::change(&db, renaming.clone(), bread, &renamed("Rye"))
        .await
        .unwrap();
    tasks::delete(&db, page(), milk).await.unwrap();
    // The same again is no change.
    tasks::change(&db, page(), bread, &renamed("Rye"))
        .await
        .unwrap();
    let told = async || {
        let all = undoable(&db, "alice").await.unwrap();
        all.into_iter()
            .map(|one| (one.kind, one.title, one.tasks))
            .collect::<Vec<_>>()
    };
    let is = |kind: &str, title: &str| (kind.to_owned(), title.to_owned(), 1);
    assert_eq!(
        told().await,
        [is("deleted", "Milk"), is("changed", "Bread")]
    );
    undo_of(&db, &renaming).await.unwrap();
    assert_eq!(
        told().await,
        [
            is("deleted", "Milk"),
            is("reopened", "Bread"),
            is("created", "Bread")
        ]
    );
    execute(
        &pool,
        "insert into tasks (user_id, title) values ('alice', 'By hand')",
    )
    .await;
    let all = undoable(&db, "alice").await.unwrap();
    assert_eq!(
        (all[0].means.as_deref(), all[1].means.as_deref()),
        (None, Some("page"))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_another_program_changes_is_logged_without_means_and_undone_as_one(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let milk = page();
    let id = tasks::create(&db, milk.clone(), &new_task("Milk"))
        .await
        .unwrap()
        .id;
    execute(
        &pool,
        "insert into tasks (user_id, title) values ('alice', 'A'), ('bob', 'B'), ('alice', 'C')",
    )
    .await;
    execute(
        &pool,
        "update tasks set completed = true where user_id = 'alice'",
    )
    .await;
    assert_eq!(reasons(undo_of(&db, &milk).await), [Reason::Changed]);
    let undone = undo(&db, &page(), None, Which::Last).await.unwrap();
    assert_eq!(undone.restored.len(), 3);
    undo(&db, &page(), None, Which::Last).await.unwrap();
    let left = texts(&pool, "select title || completed from tasks order by id").await;
    assert_eq!(left, ["Milkfalse", "Bfalse"]);
    assert_eq!(restored(&undo_of(&db, &milk).await.unwrap()), [id]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_tenth_write_keeps_the_log_at_ten_thousand_changes_and_thirty_days(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    execute(
        &pool,
        "insert into tasks (user_id, title) select 'alice', n::text from generate_series(1, 10000) n;
         insert into tasks (user_id, title) select 'bob', n::text from generate_series(1, 3) n;",
    )
    .await;
    let log = "select count(*) || ' ' || min(number) || ' ' || max(number) from task_changes where user_id = 'alice'";
    assert_eq!(texts(&pool, log).await, ["9990 11 10000"]);
    let ten_more = async || {
        for _ in 0..10 {
            add(&db, "alice", "One more").await;
        }
    };
    ten_more().await;
    assert_eq!(texts(&pool, log).await, ["9990 21 10010"]);
    execute(
        &pool,
        "update task_changes set at = now() - interval '31 days' where number < 39",
    )
    .await;
    ten_more().await;
    assert_eq!(texts(&pool, log).await, ["9982 39 10020"]);
    // Nobody else's, and all at once.
    assert_eq!(
        count(
            &pool,
            "select count(*) from task_changes where user_id = 'bob'"
        )
        .await,
        3
    );
    execute(&pool, "delete from tasks where user_id = 'alice'").await;
    assert_eq!(texts(&pool, log).await, ["9990 10051 20040"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_session_that_changed_one_task_changes_thousands_at_once(pool: PgPool) {
    // A plan that is quadratic needs minutes for it.
    let changed = "
        set statement_timeout = '60s';
        insert into tasks (user_id, title) values ('alice', 'One');
        update tasks set completed = true;
        insert into tasks (user_id, title) select 'alice', n::text from generate_series(1, 40000) n;
        update tasks set title = title || '!';
        delete from tasks where title <> 'One!';";
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql(changed)
        .execute(&mut *connection)
        .await
        .unwrap();
    let log = "select count(*) || ' ' || max(number) from task_changes";
    assert_eq!(texts(&pool, log).await, ["9993 120003"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_deleted_account_leaves_nothing_to_undo(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let batch = page();
    tasks::create(&db, batch.clone(), &new_task("Milk"))
        .await
        .unwrap();
    account::delete_data(&db, "alice").await.unwrap();
    for which in [Which::Batch(batch.batch()), Which::Last] {
        let answer = undo(&db, &page(), None, which).await;
        assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
    }
    assert_eq!(count(&pool, "select count(*) from task_changes").await, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_cannot_be_read_is_left_alone_and_the_rest_is_undone(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let batch = page();
    let one = add(&db, "alice", "One").await.id;
    let two = add(&db, "alice", "Two").await.id;
    for id in [one, two] {
        tasks::delete(&db, batch.clone(), id).await.unwrap();
    }
    for before in [
        r#"{"name": "One"}"#,
        r#"{"title": "One", "completed": "perhaps"}"#,
        "[1]",
    ] {
        execute(&pool, &format!("update task_changes set before = '{before}' where task_id = {one} and after is null")).await;
        let undone = undo_of(&db, &batch).await.unwrap();
        assert_eq!(restored(&undone), [two], "{before}");
        assert_eq!(undone.refused[0].reason, Reason::Unreadable, "{before}");
        assert_eq!(undoable(&db, "alice").await.unwrap().len(), 2);
        undo(&db, &page(), None, Which::Batch(&undone.undo_id))
            .await
            .unwrap();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn writers_and_undos_of_the_same_task_never_wait_for_ever(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let milk = add(&db, "alice", "Milk").await.id;
    for round in 0..20 {
        let (batch, title) = (page(), format!("Milk {round}"));
        tasks::change(&db, batch.clone(), milk, &renamed(&title))
            .await
            .unwrap();
        let (undone, toggled) =
            tokio::join!(undo_of(&db, &batch), tasks::toggle(&db, "alice", milk));
        toggled.unwrap();
        // Whoever was first: the task was undone and then toggled, or toggled and left alone.
        let title = tasks::get(&db, "alice", milk).await.unwrap().unwrap().title;
        match undone {
            Ok(_) => assert_ne!(title, format!("Milk {round}")),
            Err(error) => assert_eq!(title, format!("Milk {round}"), "{error}"),
        }
    }
}
