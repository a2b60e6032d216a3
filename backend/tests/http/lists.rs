//! Listing: order, filter, pages.

use serde_json::json;
use sqlx::PgPool;

use crate::app::{App, User};

async fn three(user: &User<'_>) -> [i64; 3] {
    [
        user.add("banana").await,
        user.add("Apple").await,
        user.add("cherry").await,
    ]
}

/// The path in `Link: <…>; rel="next"`.
fn next(link: &str) -> Option<&str> {
    link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"")
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_newest_task_comes_first_unless_titles_are_asked_for(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    three(&alice).await;
    assert_eq!(
        alice.titles("/api/me/tasks").await,
        ["cherry", "Apple", "banana"]
    );
    assert_eq!(
        alice.titles("/api/me/tasks?sort=created").await,
        ["cherry", "Apple", "banana"]
    );
    assert_eq!(
        alice.titles("/api/me/tasks?sort=due_date").await,
        ["cherry", "Apple", "banana"]
    );
    assert_eq!(
        alice.titles("/api/me/tasks?sort=title").await,
        ["Apple", "banana", "cherry"]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_status_filters_and_the_total_is_of_what_was_asked_for(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let [first, ..] = three(&alice).await;
    alice
        .patch(
            &format!("/api/me/tasks/{first}/complete"),
            &json!({"completed": true}),
        )
        .await;
    for (status, titles, total) in [
        ("all", vec!["cherry", "Apple", "banana"], "3"),
        ("pending", vec!["cherry", "Apple"], "2"),
        ("completed", vec!["banana"], "1"),
    ] {
        let path = format!("/api/me/tasks?status={status}");
        assert_eq!(alice.titles(&path).await, titles);
        assert_eq!(alice.get(&path).await.header("x-total-count"), total);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn pages_cover_every_task_once_while_tasks_come_and_go(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(alice.add(&format!("task {n}")).await);
    }
    for sort in ["created", "title"] {
        let mut path = format!("/api/me/tasks?limit=3&sort={sort}");
        let mut seen = Vec::new();
        loop {
            let page = alice.get(&path).await;
            let tasks = page.json();
            seen.extend(
                tasks
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|t| t["id"].as_i64().unwrap()),
            );
            // The task that the cursor stands on goes, and a new one comes.
            let passing = alice.add("000 passing").await;
            alice.delete(&format!("/api/me/tasks/{passing}")).await;
            match next(page.header("link")) {
                Some(link) => path = link.to_owned(),
                None => break,
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, ids, "{sort}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_list_without_a_limit_ends_at_a_thousand_and_says_how_to_go_on(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    sqlx::raw_sql("insert into tasks (user_id, title) select 'alice', 't' || g from generate_series(1, 1001) g")
        .execute(&pool)
        .await
        .unwrap();
    let list = alice.get("/api/me/tasks").await;
    assert_eq!(list.json().as_array().unwrap().len(), 1000);
    assert_eq!(list.header("x-total-count"), "1001");
    let rest = alice.titles(next(list.header("link")).unwrap()).await;
    assert_eq!(rest.len(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_cursor_of_another_person_or_another_order_is_refused(pool: PgPool) {
    let app = App::start(&pool).await;
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    three(&alice).await;
    three(&bob).await;
    let page = alice.get("/api/me/tasks?limit=1").await;
    let link = next(page.header("link")).unwrap();
    let problem = bob.get(link).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["field"], "cursor");
    alice
        .get(&link.replace("sort=created", "sort=title"))
        .await
        .problem(422, "invalid");
    alice
        .get(&link.replace("status=all", "status=pending"))
        .await
        .problem(422, "invalid");
    assert_eq!(alice.get(link).await.status, 200);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn words_are_found_however_they_are_written_and_pages_go_on_with_them(pool: PgPool) {
    let app = App::start(&pool).await;
    let alice = app.user("alice");
    for title in [
        "café one",
        "Café two",
        "CAFE\u{301} three",
        "tea",
        "Straße",
        "كتاب",
    ] {
        alice.add(title).await;
    }
    app.user("bob").add("café").await;
    assert_eq!(
        alice.titles("/api/me/tasks?query=STRASSE").await,
        ["Straße"]
    );
    assert_eq!(
        alice
            .titles("/api/me/tasks?query=%DA%A9%D8%AA%D8%A7%D8%A8")
            .await,
        ["كتاب"]
    );
    assert_eq!(
        alice.titles("/api/me/tasks?query=caf%25").await,
        Vec::<String>::new()
    );
    assert_eq!(
        alice.titles("/api/me/tasks?query=two+cafe").await,
        ["Café two"]
    );
    let first = alice.get("/api/me/tasks?query=caf%C3%A9&limit=2").await;
    assert_eq!(first.header("x-total-count"), "3");
    let rest = alice.get(next(first.header("link")).unwrap()).await;
    assert_eq!(rest.header("x-total-count"), "3");
    assert_eq!(rest.json()[0]["title"], "café one");
    assert_eq!(rest.json().as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_person_is_answered_is_not_stored_on_the_way(pool: PgPool) {
    let app = App::start(&pool).await;
    for path in [
        "/api/me/tasks",
        "/api/me/usage",
        "/api/me/undo",
        "/api/me/tasks/1",
    ] {
        let answer = app.user("alice").get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let refused = app.nobody().get("/api/me/tasks").await;
    assert_eq!(refused.header("cache-control"), "no-store");
}
