//! What happened, from the log of changes.

use chrono::{TimeDelta, Utc};
use sqlx::PgPool;
use store::{
    Db,
    activity::{self, ActivityQuery},
    changes::{Author, Means},
    tasks,
    undo::{Which, undo},
};

use crate::database::{execute, new_task};

const ALL: ActivityQuery<'_> = ActivityQuery {
    kind: None,
    since: None,
    until: None,
    limit: 50,
};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_happened_is_told_newest_first_with_kind_title_means_and_client(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let code = || Author::new("alice", Means::Mcp).client(Some("Claude Code"));
    let page = Author::new("alice", Means::Page);
    let milk = tasks::create(&db, page, &new_task("Milk"))
        .await
        .unwrap()
        .id;
    tasks::set_completed(&db, code(), milk, true).await.unwrap();
    tasks::set_completed(&db, Author::turn("alice", 7), milk, false)
        .await
        .unwrap();
    tasks::delete(&db, code(), milk).await.unwrap();
    execute(
        &pool,
        "insert into tasks (user_id, title) values ('alice', 'By hand'), ('bob', 'Bob''s')",
    )
    .await;
    undo(&db, &code(), None, Which::LastOfMeans).await.unwrap();
    let told = async |query| {
        let changes = activity::list(&db, "alice", &query).await.unwrap();
        let line = |change: activity::Activity| {
            let (means, client) = (change.means, change.client);
            let [means, client] = [means, client].map(Option::unwrap_or_default);
            let undone = if change.undone { " undone" } else { "" };
            format!("{} {} {means} {client}{undone}", change.kind, change.title)
        };
        changes.into_iter().map(line).collect::<Vec<_>>()
    };
    let all = [
        "created Milk mcp Claude Code",
        "created By hand  ",
        "deleted Milk mcp Claude Code undone",
        "reopened Milk chat ",
        "completed Milk mcp Claude Code",
        "created Milk page ",
    ];
    assert_eq!(told(ALL).await, all);
    assert_eq!(told(ActivityQuery { limit: 2, ..ALL }).await, all[..2]);
    let kind = Some("completed");
    assert_eq!(told(ActivityQuery { kind, ..ALL }).await, all[4..5]);
    execute(
        &pool,
        "update task_changes set at = at - interval '1 day' where number <= 3 and user_id = 'alice'",
    )
    .await;
    let hour_ago = Some(Utc::now() - TimeDelta::hours(1));
    let since = ActivityQuery {
        since: hour_ago,
        ..ALL
    };
    let until = ActivityQuery {
        until: hour_ago,
        ..ALL
    };
    assert_eq!(told(since).await, all[..3]);
    assert_eq!(told(until).await, all[3..]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_last_change_of_a_client_is_not_that_of_another(pool: PgPool) {
    let db = Db::from_pool(pool);
    let [one, two] = ["Claude Code", "Cursor"]
        .map(|name| move || Author::new("alice", Means::Mcp).client(Some(name)));
    tasks::create(&db, one(), &new_task("One")).await.unwrap();
    tasks::create(&db, two(), &new_task("Two")).await.unwrap();
    let undone = undo(&db, &one(), None, Which::LastOfMeans).await.unwrap();
    assert_eq!(undone.restored[0].title, "One");
    let nothing = undo(&db, &one(), None, Which::LastOfMeans).await;
    assert!(
        matches!(nothing, Err(store::Error::NotFound)),
        "{nothing:?}"
    );
}
