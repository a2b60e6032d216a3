//! A database of the release before this one, and that release beside this one.

use sqlx::{PgPool, migrate::Migrator};
use store::{
    Db, MIGRATOR, migrate,
    tasks::{self, ListQuery},
    turns,
};

use crate::database::{add, count, execute, texts, url};

/// The last migration of the release before.
const BEFORE: i64 = 4;
const STATEMENTS: &str = include_str!("../fixtures/previous_release.sql");
const TABLES: [&str; 7] = [
    "tasks",
    "task_counts",
    "idempotency_keys",
    "conversations",
    "messages",
    "turns",
    "chat_budgets",
];

async fn everything(pool: &PgPool) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        let rows = texts(
            pool,
            // But for the column that is made of the others.
            &format!("select to_jsonb(t) - 'search_text' from {table} t order by 1::text"),
        )
        .await;
        assert!(!rows.is_empty(), "nothing in {table}");
        all.extend(rows);
    }
    all
}

#[sqlx::test(migrations = false)]
async fn a_database_of_the_release_before_is_taken_over_with_every_row(pool: PgPool) {
    let before = MIGRATOR.iter().filter(|one| one.version <= BEFORE);
    Migrator::with_migrations(before.cloned().collect())
        .run(&pool)
        .await
        .unwrap();
    execute(&pool, STATEMENTS).await;
    let rows = everything(&pool).await;
    let done = migrate(&url(&pool.connect_options())).await.unwrap();
    assert_eq!(
        done.applied,
        MIGRATOR.iter().filter(|one| one.version > BEFORE).count()
    );
    assert!(!done.adopted);
    assert_eq!(everything(&pool).await, rows);

    // The other release goes on, and each counts what the other did.
    execute(&pool, STATEMENTS).await;
    let db = Db::from_pool(pool.clone());
    add(&db, "alice", "Buy bread").await;
    let query = ListQuery {
        limit: 20,
        ..ListQuery::default()
    };
    let page = tasks::list(&db, "alice", &query).await.unwrap();
    let titles: Vec<_> = page.tasks.iter().map(|task| task.title.as_str()).collect();
    assert_eq!(
        (titles, page.total),
        (vec!["Buy bread", "Buy milk", "Buy milk"], 3)
    );
    let usage = turns::usage(&db, "alice").await.unwrap();
    assert_eq!(
        (usage.turns, usage.input_tokens, usage.output_tokens),
        (2, 6, 8)
    );
    assert_eq!((usage.day.requests, usage.day.tokens), (2, 14));
    let ended = "select count(*) from turns t join conversations c on c.id = t.conversation_id
                 join messages m on m.id = t.message_id
                 where t.state = 'finished' and t.question is null and c.turn is null and m.content = 'hi'";
    assert_eq!(count(&pool, ended).await, 2);
    // What the other release changes is logged too, and it never says by what means.
    let logged =
        "select string_agg(task_id || coalesce(means, '-') || coalesce(before->>'title', '-')
                     || coalesce(after->>'title', '-'), ' ' order by number) from task_changes";
    assert_eq!(texts(&pool, logged).await, ["2--Buy milk 3--Buy bread"]);
}
