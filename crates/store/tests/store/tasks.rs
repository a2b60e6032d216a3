//! Single tasks: whose they are, and what changing them does.

use sqlx::PgPool;
use store::{
    Db, Error,
    task::{Description, TaskChange, Title},
    tasks,
};

use crate::database::{add, described, execute};

fn titled(title: &str) -> TaskChange {
    TaskChange {
        title: Some(Title::parse(title).unwrap()),
        ..TaskChange::default()
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_task_is_what_was_given(pool: PgPool) {
    let db = Db::from_pool(pool);
    for title in ["Buy milk", "🎉👩‍👩‍👧", "اشتر حليب", "'; drop table tasks; --"]
    {
        let made = tasks::create(&db, "alice", &described(title, "a\n\tb"))
            .await
            .unwrap();
        assert_eq!(
            (made.title.as_str(), made.user_id.as_str()),
            (title, "alice")
        );
        assert_eq!(made.description.as_deref(), Some("a\n\tb"));
        assert!(!made.completed);
        assert_eq!(made.created_at, made.updated_at);
        assert_eq!(tasks::get(&db, "alice", made.id).await.unwrap(), Some(made));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_task_of_somebody_else_is_not_there(pool: PgPool) {
    let db = Db::from_pool(pool);
    let task = add(&db, "alice", "Hers").await;
    for stranger in ["bob", "", "Alice", "alice ", "%"] {
        let id = task.id;
        assert_eq!(tasks::get(&db, stranger, id).await.unwrap(), None);
        let answers = [
            tasks::change(&db, stranger, id, &titled("Mine")).await,
            tasks::set_completed(&db, stranger, id, true).await,
            tasks::toggle(&db, stranger, id).await,
            tasks::delete(&db, stranger, id).await,
        ];
        for answer in answers {
            assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
        }
        assert_eq!(tasks::summary(&db, stranger).await.unwrap().total, 0);
    }
    assert_eq!(tasks::get(&db, "alice", task.id).await.unwrap(), Some(task));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_id_that_never_was_is_not_found(pool: PgPool) {
    let db = Db::from_pool(pool);
    for id in [0, -1, i64::MIN, i64::MAX] {
        assert_eq!(tasks::get(&db, "alice", id).await.unwrap(), None);
        let gone = tasks::delete(&db, "alice", id).await;
        assert!(matches!(gone, Err(Error::NotFound)));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn completing_twice_is_the_same_as_once_and_toggling_twice_is_nothing(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = add(&db, "alice", "Buy milk").await.id;
    for _ in 0..2 {
        assert!(
            tasks::set_completed(&db, "alice", id, true)
                .await
                .unwrap()
                .completed
        );
    }
    assert!(!tasks::toggle(&db, "alice", id).await.unwrap().completed);
    assert!(tasks::toggle(&db, "alice", id).await.unwrap().completed);
    assert!(
        !tasks::set_completed(&db, "alice", id, false)
            .await
            .unwrap()
            .completed
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_the_fields_given_change(pool: PgPool) {
    let db = Db::from_pool(pool);
    let made = tasks::create(&db, "alice", &described("Buy milk", "two"))
        .await
        .unwrap();
    let now = tasks::change(&db, "alice", made.id, &TaskChange::default())
        .await
        .unwrap();
    assert_eq!(
        (&now.title, &now.description, now.completed),
        (&made.title, &made.description, false)
    );
    assert_eq!(now.created_at, made.created_at);
    assert!(now.updated_at > made.updated_at);

    let removed = TaskChange {
        description: Some(None),
        ..TaskChange::default()
    };
    let now = tasks::change(&db, "alice", made.id, &removed)
        .await
        .unwrap();
    assert_eq!((now.title.as_str(), now.description), ("Buy milk", None));
    let given = TaskChange {
        description: Some(Description::parse("three").unwrap()),
        completed: Some(true),
        ..TaskChange::default()
    };
    let now = tasks::change(&db, "alice", made.id, &given).await.unwrap();
    assert_eq!(
        (now.description.as_deref(), now.completed),
        (Some("three"), true)
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn two_who_edit_different_fields_at_once_both_keep_their_work(pool: PgPool) {
    let db = Db::from_pool(pool);
    for round in 0..20 {
        let id = add(&db, "alice", "Buy milk").await.id;
        let title = titled(&format!("Title {round}"));
        let rest = TaskChange {
            description: Some(Description::parse("text").unwrap()),
            completed: Some(true),
            ..TaskChange::default()
        };
        let (one, two) = tokio::join!(
            tasks::change(&db, "alice", id, &title),
            tasks::change(&db, "alice", id, &rest),
        );
        one.unwrap();
        two.unwrap();
        let task = tasks::get(&db, "alice", id).await.unwrap().unwrap();
        assert_eq!(task.title, format!("Title {round}"));
        assert_eq!(
            (task.description.as_deref(), task.completed),
            (Some("text"), true)
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_deleted_task_is_told_as_it_was_and_then_gone(pool: PgPool) {
    let db = Db::from_pool(pool);
    let task = add(&db, "alice", "Buy milk").await;
    assert_eq!(tasks::delete(&db, "alice", task.id).await.unwrap(), task);
    let again = tasks::delete(&db, "alice", task.id).await;
    assert!(matches!(again, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_counts_follow_every_change_in_bulk_too(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let counts = async |owner: &str| {
        let s = tasks::summary(&db, owner).await.unwrap();
        (s.total, s.pending, s.completed)
    };
    assert_eq!(counts("alice").await, (0, 0, 0));
    execute(
        &pool,
        "insert into tasks (user_id, title, completed)
         select (array['alice', 'bob'])[1 + i % 2], 'Task ' || i, i % 3 = 0 from generate_series(1, 600) i",
    )
    .await;
    assert_eq!(counts("alice").await, (300, 200, 100));
    execute(
        &pool,
        "update tasks set completed = not completed where user_id = 'alice'",
    )
    .await;
    assert_eq!(counts("alice").await, (300, 100, 200));
    execute(
        &pool,
        "update tasks set user_id = 'bob' where user_id = 'alice' and completed",
    )
    .await;
    assert_eq!(counts("alice").await, (100, 100, 0));
    assert_eq!(counts("bob").await, (500, 200, 300));
    execute(&pool, "delete from tasks where completed").await;
    assert_eq!(counts("bob").await, (200, 200, 0));
    execute(&pool, "delete from tasks").await;
    assert_eq!(counts("alice").await, (0, 0, 0));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_counts_are_exact_after_many_changes_at_once(pool: PgPool) {
    let db = Db::from_pool(pool);
    let work = (0..8).map(|worker| {
        let db = db.clone();
        tokio::spawn(async move {
            for i in 0..20 {
                let task = add(&db, "alice", &format!("{worker} {i}")).await;
                tasks::toggle(&db, "alice", task.id).await.unwrap();
                if i % 4 == 0 {
                    tasks::delete(&db, "alice", task.id).await.unwrap();
                }
            }
        })
    });
    futures_util::future::try_join_all(work).await.unwrap();
    let summary = tasks::summary(&db, "alice").await.unwrap();
    assert_eq!(
        (summary.total, summary.pending, summary.completed),
        (120, 0, 120)
    );
}
