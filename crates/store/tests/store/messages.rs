//! Messages: their order, their pages, what people see of them.

use serde_json::json;
use sqlx::PgPool;
use store::{
    Db, Error,
    conversations::{self, Order},
    messages::{self, Message, New, Role},
};

use crate::database::execute;

async fn conversation(db: &Db, owner: &str) -> i64 {
    conversations::create(db, owner, None).await.unwrap().id
}

async fn say(db: &Db, id: i64, role: Role, content: &str) -> Message {
    messages::append(db, "alice", id, New::said(role, content))
        .await
        .unwrap()
}

fn contents(rows: &[Message]) -> Vec<&str> {
    rows.iter().map(|row| row.content.as_str()).collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_row_is_what_was_given_and_touches_its_conversation(pool: PgPool) {
    let db = Db::from_pool(pool);
    let begun = conversations::create(&db, "alice", None).await.unwrap();
    let calls = json!([{"tool": "add_task", "args": {"title": "🎉"}, "result": null}]);
    let row = messages::append(&db, "alice", begun.id, New::round(&calls))
        .await
        .unwrap();
    assert_eq!(
        (row.role, row.tool_calls.as_ref()),
        (Role::Tool, Some(&calls))
    );
    assert_eq!(
        messages::get(&db, "alice", begun.id, row.id)
            .await
            .unwrap()
            .as_ref(),
        Some(&row)
    );
    let calls = json!([{"tool": "add_task", "result": {"id": 1}}]);
    let row = messages::set_tool_calls(&db, "alice", row.id, &calls)
        .await
        .unwrap();
    assert_eq!(row.tool_calls, Some(calls));
    let now = conversations::get(&db, "alice", begun.id)
        .await
        .unwrap()
        .unwrap();
    assert!(now.updated_at > begun.updated_at);
    assert_eq!(now.created_at, begun.created_at);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nul_which_postgresql_cannot_store_is_replaced(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db, "alice").await;
    let calls = json!([{"args": {"a\0": ["b\0", 1, null, true]}}]);
    let row = messages::append(&db, "alice", id, New::round(&calls))
        .await
        .unwrap();
    let kept = json!([{"args": {"a\u{fffd}": ["b\u{fffd}", 1, null, true]}}]);
    assert_eq!(
        (row.content.as_str(), row.tool_calls),
        ("", Some(kept.clone()))
    );
    let row = messages::set_tool_calls(&db, "alice", row.id, &calls)
        .await
        .unwrap();
    assert_eq!(row.tool_calls, Some(kept));
    let reserved = messages::reserve(&db).await.unwrap();
    let said = New::said(Role::Assistant, "x\0y").reserved(reserved);
    let row = messages::append(&db, "alice", id, said).await.unwrap();
    assert_eq!((row.id, row.content.as_str()), (reserved, "x\u{fffd}y"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_rows_of_somebody_else_are_not_there(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db, "alice").await;
    let row = say(&db, id, Role::User, "hers").await;
    let theirs = conversation(&db, "bob").await;
    for conversation in [id, theirs] {
        assert_eq!(
            messages::get(&db, "bob", conversation, row.id)
                .await
                .unwrap(),
            None
        );
        messages::delete_after(&db, "bob", conversation, 0, &[])
            .await
            .unwrap();
        messages::set_feedback(&db, "bob", conversation, &[row.id], "negative")
            .await
            .unwrap();
        assert!(
            messages::around(&db, "bob", conversation, i64::MAX, 9)
                .await
                .unwrap()
                .is_empty()
        );
        let page = messages::list(&db, "bob", conversation, Order::Asc, None, 9)
            .await
            .unwrap();
        assert!(page.data.is_empty() && !page.has_more);
    }
    let append = messages::append(&db, "bob", id, New::said(Role::User, "his")).await;
    let reserved = messages::reserve(&db).await.unwrap();
    let late = New::said(Role::User, "his").reserved(reserved);
    let late = messages::append(&db, "bob", id, late).await;
    let change = messages::set_tool_calls(&db, "bob", row.id, &json!([])).await;
    for answer in [append, late, change] {
        assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
    }
    // Nor are one's own rows in another conversation than theirs.
    let other = conversation(&db, "alice").await;
    assert_eq!(
        messages::get(&db, "alice", other, row.id).await.unwrap(),
        None
    );
    assert_eq!(
        messages::around(&db, "alice", id, i64::MAX, 9)
            .await
            .unwrap(),
        [row]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn pages_leave_out_hidden_rows_before_they_are_counted(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let id = conversation(&db, "alice").await;
    let mut shown = Vec::new();
    for i in 0..6 {
        for (role, visible) in [
            (Role::System, false),
            (Role::User, true),
            (Role::Tool, true),
            (Role::System, false),
            (Role::Assistant, true),
        ] {
            let row = say(&db, id, role, &i.to_string()).await;
            if visible {
                shown.push(row.id);
            }
        }
    }
    // A role that we do not know may be a prompt.
    execute(&pool, &format!("insert into messages (conversation_id, user_id, role, content) values ({id}, 'alice', 'developer', 'x')")).await;
    for order in [Order::Asc, Order::Desc] {
        if order == Order::Desc {
            shown.reverse();
        }
        for limit in [1, 4, 6, 18, 19] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = messages::list(&db, "alice", id, order, after, limit)
                    .await
                    .unwrap();
                seen.extend(page.data.iter().map(|row| row.id));
                assert_eq!(page.has_more, seen.len() < shown.len(), "{order:?} {limit}");
                after = seen.last().copied();
                if !page.has_more {
                    break;
                }
            }
            assert_eq!(seen, shown);
        }
    }
    let recent = messages::around(&db, "alice", id, i64::MAX, 3)
        .await
        .unwrap();
    let roles: Vec<Role> = recent.iter().map(|row| row.role).collect();
    assert_eq!(roles, [Role::System, Role::Assistant, Role::System]);
    let around = messages::around(&db, "alice", id, recent[1].id, 2);
    let around = around.await.unwrap();
    assert_eq!(around.len(), 4);
    assert_eq!(around[2..], recent[1..]);
    assert!(
        messages::around(&db, "alice", id, i64::MAX, -1)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        messages::around(&db, "alice", id, i64::MAX, i64::MAX)
            .await
            .unwrap()
            .len(),
        31
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_came_after_a_row_goes_but_for_what_is_kept(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db, "alice").await;
    let other = conversation(&db, "alice").await;
    let mut ids = Vec::new();
    for content in ["a", "b", "c", "d", "e"] {
        ids.push(say(&db, id, Role::User, content).await.id);
        say(&db, other, Role::User, content).await;
    }
    messages::delete_after(&db, "alice", id, ids[1], &[ids[3], ids[0], 0])
        .await
        .unwrap();
    let left = messages::around(&db, "alice", id, i64::MAX, 9)
        .await
        .unwrap();
    assert_eq!(contents(&left), ["a", "b", "d"]);
    messages::delete_after(&db, "alice", id, ids[1], &[])
        .await
        .unwrap();
    let left = messages::around(&db, "alice", id, i64::MAX, 9)
        .await
        .unwrap();
    assert_eq!(contents(&left), ["a", "b"]);
    assert_eq!(
        messages::around(&db, "alice", other, i64::MAX, 9)
            .await
            .unwrap()
            .len(),
        5
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn feedback_is_kept_of_the_rows_that_are_there(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db, "alice").await;
    let one = say(&db, id, Role::Assistant, "a").await.id;
    let two = say(&db, id, Role::Assistant, "b").await.id;
    messages::set_feedback(&db, "alice", id, &[one, -1, i64::MAX], "positive")
        .await
        .unwrap();
    let rows = messages::around(&db, "alice", id, i64::MAX, 9)
        .await
        .unwrap();
    assert_eq!(rows[0].feedback.as_deref(), Some("positive"));
    assert_eq!((rows[1].id, rows[1].feedback.as_deref()), (two, None));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn rows_added_at_once_are_in_the_order_of_their_ids(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversation(&db, "alice").await;
    let all = (0..30).map(|i| {
        let db = db.clone();
        tokio::spawn(async move { say(&db, id, Role::User, &i.to_string()).await })
    });
    let all = futures_util::future::try_join_all(all).await.unwrap();
    let rows = messages::around(&db, "alice", id, i64::MAX, 100)
        .await
        .unwrap();
    assert_eq!(rows.len(), all.len());
    assert!(rows.is_sorted_by(|a, b| a.id < b.id));
}
