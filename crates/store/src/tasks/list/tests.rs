//! The newest 20 of 100,000 must be found without reading the 100,000, whatever is asked for.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};

use super::*;
use crate::Db;

const STATUSES: [Status; 3] = [Status::All, Status::Pending, Status::Completed];
const SORTS: [Sort; 2] = [Sort::Created, Sort::Title];

/// Every combination of filters, first without a cursor and then with one from the middle.
fn combinations() -> Vec<ListQuery> {
    let middle = Cursor {
        list: 0,
        created_at: "2025-01-01T15:00:00Z".parse().unwrap(),
        title: "task 8".to_owned(),
        id: 60_000,
    };
    let mut all = Vec::new();
    for status in STATUSES {
        for sort in SORTS {
            for cursor in [None, Some(middle.clone())] {
                for search in [None, Search::parse("Tásk 7").unwrap()] {
                    all.push(ListQuery {
                        status,
                        search,
                        sort,
                        limit: 20,
                        cursor: cursor.clone(),
                    });
                }
            }
        }
    }
    all
}

/// The values of a statement's parameters, as `execute` wants them.
fn values(query: &ListQuery) -> String {
    let owner = "'busy'".to_owned();
    let completed = query.status.completed().map(|done| done.to_string());
    let search = query
        .search
        .as_ref()
        .map(|search| format!("'{}'", search.as_str()));
    let counted = [search.clone().and(completed.clone()), search.clone()];
    let cursor = query.cursor.as_ref().map(|cursor| match query.sort {
        Sort::Created => format!("'{}', {}", cursor.created_at.to_rfc3339(), cursor.id),
        Sort::Title => format!("'{}', {}", cursor.title, cursor.id),
    });
    let listed = [completed, search, cursor, Some("21".to_owned())];
    let of_owner = |values: Vec<Option<String>>| std::iter::once(Some(owner.clone())).chain(values);
    let all = of_owner(counted.to_vec()).chain(of_owner(listed.to_vec()));
    all.flatten().collect::<Vec<_>>().join(", ")
}

async fn execute(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "crate::MIGRATOR")]
async fn every_list_and_every_page_is_read_from_its_index(pool: PgPool) {
    let mut connection = PgConnection::connect_with(&pool.connect_options())
        .await
        .unwrap();
    execute(
        &mut connection,
        "insert into tasks (user_id, title, completed, created_at)
         select case when i % 6 = 0 then 'user ' || i % 500 else 'busy' end, 'Task ' || md5(i::text), i % 2 = 0,
             timestamptz '2025-01-01Z' + i * interval '1 second'
         from generate_series(1, 120000) i;
         analyze tasks; analyze task_counts",
    )
    .await;
    let db = Db::from_pool(pool);
    for query in combinations() {
        if query.cursor.is_none() {
            let page = list(&db, "busy", &query).await.unwrap();
            assert_eq!(page.tasks.len(), 20);
            assert_eq!(
                query.status == Status::All && query.search.is_none(),
                page.total == 100_000
            );
        }
        let statement = statement("busy", &query, 21).into_string();
        execute(&mut connection, &format!("prepare list as {statement}")).await;
        // Words may be in any task of a person, who is most of the table here: read as a whole for once.
        let modes = match query.search {
            Some(_) => ["force_generic_plan"].as_slice(),
            None => &["force_generic_plan", "force_custom_plan"],
        };
        for mode in modes {
            execute(&mut connection, &format!("set plan_cache_mode = {mode}")).await;
            let explain = format!(
                "explain (analyze, timing off, summary off, costs off) execute list ({})",
                values(&query)
            );
            let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
                .persistent(false)
                .fetch_all(&mut connection)
                .await
                .unwrap();
            check(&plan.join("\n"), &query);
        }
        execute(&mut connection, "deallocate list").await;
    }
}

#[track_caller]
fn check(plan: &str, query: &ListQuery) {
    if query.search.is_some() {
        assert!(!plan.contains("Seq Scan on tasks"), "{plan}");
        return;
    }
    let index = match (query.sort, query.status) {
        (Sort::Title, _) => "tasks_by_title",
        (Sort::Created, Status::All) => "tasks_by_created",
        (Sort::Created, _) => "tasks_by_completed",
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
    assert_eq!(begins.contains("ROW("), query.cursor.is_some(), "{plan}");
}

#[test]
fn equal_combinations_are_equal_text_so_that_they_are_prepared_once() {
    for query in combinations() {
        let mut other = query.clone();
        if let Some(cursor) = &mut other.cursor {
            cursor.id += 1;
            cursor.title.push('x');
        }
        if other.search.is_some() {
            other.search = Search::parse("other words").unwrap();
        }
        let (one, two) = (statement("alice", &query, 21), statement("bob", &other, 51));
        assert_eq!(one.into_string(), two.into_string());
    }
}
