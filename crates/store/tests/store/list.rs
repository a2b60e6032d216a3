//! Lists and their pages.

use sqlx::PgPool;
use store::{
    Db, Error,
    task::{Sort, Status, Task},
    tasks::{self, Cursor, ListQuery, TaskPage},
};

use crate::database::{add, execute};

fn query(status: Status, sort: Sort, limit: i64) -> ListQuery {
    ListQuery {
        status,
        sort,
        limit,
        ..ListQuery::default()
    }
}

async fn page(db: &Db, owner: &str, query: &ListQuery) -> TaskPage {
    tasks::list(db, owner, query).await.unwrap()
}

/// Every page of a list, one after the other.
async fn all(db: &Db, owner: &str, mut query: ListQuery) -> Vec<Task> {
    let mut found = Vec::new();
    loop {
        let page = page(db, owner, &query).await;
        assert!(i64::try_from(page.tasks.len()).unwrap() <= query.limit);
        found.extend(page.tasks);
        match page.next {
            // As a client does it: to text and back.
            Some(next) => {
                let text = serde_json::to_string(&next).unwrap();
                query.cursor = Some(serde_json::from_str(&text).unwrap());
            }
            None => return found,
        }
    }
}

/// 97 tasks of alice with titles and times that are often equal, between tasks of bob.
async fn many(pool: &PgPool) -> Db {
    execute(
        pool,
        "insert into tasks (user_id, title, completed, created_at)
         select case when i % 10 = 0 then 'bob' else 'alice' end,
             (array['Milk', 'milk', 'MILK', 'apples', 'Bread', 'ärger', '🎉', 'مرحبا'])[1 + i % 8],
             i % 3 = 0,
             timestamptz '2025-01-01Z' + (i / 7) * interval '1 microsecond'
         from generate_series(1, 107) i",
    )
    .await;
    Db::from_pool(pool.clone())
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn all_pages_together_hold_every_task_once_and_in_order(pool: PgPool) {
    let db = many(&pool).await;
    for (status, total) in [
        (Status::All, 97),
        (Status::Pending, 65),
        (Status::Completed, 32),
    ] {
        for sort in [Sort::Created, Sort::Title] {
            let whole = page(&db, "alice", &query(status, sort, 1_000)).await;
            assert_eq!(whole.tasks.len(), total, "{status:?}");
            assert!(whole.next.is_none());
            assert!(whole.tasks.iter().all(|t| t.user_id == "alice"));
            assert!(
                whole
                    .tasks
                    .iter()
                    .all(|t| status.completed().is_none_or(|c| t.completed == c))
            );
            for limit in [1, 2, 7, 31, i64::try_from(total).unwrap()] {
                assert_eq!(
                    all(&db, "alice", query(status, sort, limit)).await,
                    whole.tasks
                );
            }
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_total_is_that_of_the_whole_list_on_every_page(pool: PgPool) {
    let db = many(&pool).await;
    for (status, total) in [
        (Status::All, 97),
        (Status::Pending, 65),
        (Status::Completed, 32),
    ] {
        for sort in [Sort::Created, Sort::Title] {
            let mut query = query(status, sort, 10);
            let first = page(&db, "alice", &query).await;
            assert_eq!(first.total, total);
            query.cursor = first.next;
            assert_eq!(page(&db, "alice", &query).await.total, total);
        }
    }
    let nobody = page(&db, "carol", &query(Status::All, Sort::Created, 10)).await;
    assert_eq!(
        (nobody.total, nobody.tasks.len(), nobody.next),
        (0, 0, None)
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_total_is_right_on_a_page_that_became_empty(pool: PgPool) {
    let db = Db::from_pool(pool);
    let oldest = add(&db, "alice", "a").await;
    add(&db, "alice", "b").await;
    let mut query = query(Status::All, Sort::Created, 1);
    query.cursor = page(&db, "alice", &query).await.next;
    tasks::delete(&db, "alice", oldest.id).await.unwrap();
    let rest = page(&db, "alice", &query).await;
    assert_eq!((rest.tasks.len(), rest.total, rest.next), (0, 1, None));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_newest_come_first_and_titles_are_ordered_as_people_sort(pool: PgPool) {
    let db = Db::from_pool(pool);
    for title in ["banana", "Apple", "cherry", "apple", "Banana"] {
        add(&db, "alice", title).await;
    }
    let titles = async |sort| -> Vec<String> {
        let page = page(&db, "alice", &query(Status::All, sort, 10)).await;
        page.tasks.into_iter().map(|task| task.title).collect()
    };
    assert_eq!(
        titles(Sort::Created).await,
        ["Banana", "apple", "cherry", "Apple", "banana"]
    );
    // Equal but for case: in the order they were made.
    assert_eq!(
        titles(Sort::Title).await,
        ["Apple", "apple", "banana", "Banana", "cherry"]
    );
    for title in [
        "zebra",
        "école",
        "Zoo",
        "łódź",
        "Ärger",
        "ａｎｔ",
        "ё",
        "еж",
    ] {
        add(&db, "bob", title).await;
    }
    let sorted = all(&db, "bob", query(Status::All, Sort::Title, 3)).await;
    let sorted: Vec<_> = sorted.into_iter().map(|task| task.title).collect();
    assert_eq!(
        sorted,
        [
            "ａｎｔ",
            "Ärger",
            "école",
            "łódź",
            "zebra",
            "Zoo",
            "ё",
            "еж"
        ]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn titles_of_a_predecessor_may_be_of_any_length(pool: PgPool) {
    execute(
        &pool,
        "insert into tasks (user_id, title)
         select 'alice', string_agg(md5(i::text || j::text), '') from generate_series(1, 300) i, generate_series(1, 5) j
         group by j
         union all select 'alice', repeat('same ', 5000) || i from generate_series(1, 5) i
         union all select 'alice', ''",
    )
    .await;
    let db = Db::from_pool(pool);
    let found = all(&db, "alice", query(Status::All, Sort::Title, 2)).await;
    assert_eq!(found.len(), 11);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn tasks_that_come_and_go_between_pages_disturb_no_others(pool: PgPool) {
    let db = many(&pool).await;
    for sort in [Sort::Created, Sort::Title] {
        let there = all(&db, "alice", query(Status::All, sort, 100)).await;
        let mut query = query(Status::All, sort, 9);
        let mut seen: Vec<i64> = Vec::new();
        let mut deleted = Vec::new();
        loop {
            let page = page(&db, "alice", &query).await;
            seen.extend(page.tasks.iter().map(|task| task.id));
            let Some(next) = page.next else { break };
            query.cursor = Some(next);
            // The very task the cursor names, one seen before, and a new one.
            for task in [page.tasks.last().unwrap(), &page.tasks[0]] {
                tasks::delete(&db, "alice", task.id).await.unwrap();
                deleted.push(task.id);
            }
            add(&db, "alice", "aaa new").await;
        }
        for task in there {
            let times = seen.iter().filter(|id| **id == task.id).count();
            assert_eq!(times, 1, "{sort:?} {task:?}");
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_limit_out_of_range_is_brought_into_it(pool: PgPool) {
    let db = many(&pool).await;
    for limit in [0, -1, i64::MIN] {
        assert_eq!(
            page(&db, "alice", &query(Status::All, Sort::Created, limit))
                .await
                .tasks
                .len(),
            1
        );
    }
    let most = page(&db, "alice", &query(Status::All, Sort::Created, i64::MAX)).await;
    assert_eq!(most.tasks.len(), 97);
}

fn refused(answer: &Result<TaskPage, Error>) -> bool {
    matches!(answer, Err(Error::Invalid(invalid)) if invalid.field == "cursor" && invalid.code == "invalid")
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_cursor_of_another_list_is_refused(pool: PgPool) {
    let db = many(&pool).await;
    let mut mine = query(Status::All, Sort::Created, 3);
    mine.cursor = page(&db, "alice", &mine).await.next;
    assert!(mine.cursor.is_some());
    assert!(refused(&tasks::list(&db, "bob", &mine).await));
    for (status, sort) in [
        (Status::All, Sort::Title),
        (Status::Pending, Sort::Created),
        (Status::Completed, Sort::Created),
    ] {
        let other = ListQuery {
            status,
            sort,
            ..mine.clone()
        };
        assert!(refused(&tasks::list(&db, "alice", &other).await));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_cursor_that_names_an_impossible_place_is_refused(pool: PgPool) {
    let db = many(&pool).await;
    let mut query = query(Status::All, Sort::Title, 3);
    let good = page(&db, "alice", &query).await.next.unwrap();
    for (field, value) in [
        ("title", "a\0b"),
        ("created_at", "+262142-12-31T23:59:59Z"),
        ("created_at", "-262142-01-01T00:00:00Z"),
    ] {
        let mut forged = serde_json::to_value(&good).unwrap();
        forged[field] = value.into();
        query.cursor = Some(serde_json::from_value::<Cursor>(forged).unwrap());
        assert!(
            refused(&tasks::list(&db, "alice", &query).await),
            "{value:?}"
        );
    }
}
