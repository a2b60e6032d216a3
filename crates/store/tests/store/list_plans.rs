//! The newest 20 of 100,000 must be found without reading the 100,000.

use sqlx::{AssertSqlSafe, PgPool, Row as _, postgres::PgPoolOptions};
use store::{
    Db,
    task::{Sort, Status},
    tasks::{self, ListQuery},
};

use crate::database::execute;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_list_and_every_page_is_read_from_its_index(pool: PgPool) {
    execute(
        &pool,
        "insert into tasks (user_id, title, completed, created_at)
         select case when i % 6 = 0 then 'user ' || i % 500 else 'busy' end, 'Task ' || md5(i::text), i % 2 = 0,
             timestamptz '2025-01-01Z' + i * interval '1 second'
         from generate_series(1, 120000) i;
         analyze tasks; analyze task_counts",
    )
    .await;
    // One connection, so that the statements the store prepared can be explained where they are.
    let one = PgPoolOptions::new()
        .max_connections(1)
        .connect_with((*pool.connect_options()).clone())
        .await
        .unwrap();
    let db = Db::from_pool(one.clone());
    for status in [Status::All, Status::Pending, Status::Completed] {
        for sort in [Sort::Created, Sort::Title] {
            let query = ListQuery {
                status,
                sort,
                limit: 20,
                cursor: None,
            };
            let page = tasks::list(&db, "busy", &query).await.unwrap();
            assert_eq!(
                page.total,
                if status == Status::All {
                    100_000
                } else {
                    page.total
                }
            );
            assert_eq!(page.tasks.len(), 20);
        }
    }

    let statements = sqlx::raw_sql(
        "select name, statement, cardinality(parameter_types) as parameters from pg_prepared_statements
         where statement like '%order by%' and statement like '%from tasks%'",
    )
    .fetch_all(&one)
    .await
    .unwrap();
    assert_eq!(statements.len(), 4);
    for mode in ["force_generic_plan", "force_custom_plan"] {
        execute(&one, &format!("set plan_cache_mode = {mode}")).await;
        for row in &statements {
            let (name, statement): (String, String) = (row.get("name"), row.get("statement"));
            let by_title = statement.contains("lower");
            let completed = row.get::<i32, _>("parameters") == 5;
            // The first page, and one from the middle.
            let places = if by_title {
                ["''", "'task 8'"]
            } else {
                ["'9999-12-31'", "'2025-01-01 15:00Z'"]
            };
            for place in places {
                let last = if completed { ", true" } else { "" };
                let explain = format!(
                    "explain (analyze, timing off, summary off, costs off) \
                     execute \"{name}\" ('busy', {place}, 60000, 21{last})"
                );
                let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
                    .persistent(false)
                    .fetch_all(&one)
                    .await
                    .unwrap();
                check(&plan.join("\n"), by_title, completed);
            }
        }
    }
}

#[track_caller]
fn check(plan: &str, by_title: bool, completed: bool) {
    let index = match (by_title, completed) {
        (true, _) => "tasks_by_title",
        (false, true) => "tasks_by_completed",
        (false, false) => "tasks_by_created",
    };
    let uses = format!("Index Scan using {index} on tasks");
    assert!(plan.contains(&uses), "{uses} is not in\n{plan}");
    for slow in ["Sort", "Seq Scan on tasks", "Bitmap"] {
        assert!(!plan.contains(slow), "{slow} is in\n{plan}");
    }
    // The place in the list is where reading begins, and not a filter on all that comes before it.
    let begins = plan
        .lines()
        .find(|line| line.contains("Index Cond"))
        .unwrap();
    assert!(begins.contains("ROW("), "{plan}");
}
