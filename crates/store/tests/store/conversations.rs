//! Conversations: whose they are, their pages, their titles.

use sqlx::PgPool;
use store::{
    Db, Error,
    conversations::{self, Order},
    messages::{self, New, Role},
};

use crate::database::count;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_conversation_of_somebody_else_is_not_there(pool: PgPool) {
    let db = Db::from_pool(pool);
    let hers = conversations::create(&db, "alice", Some("Hers"))
        .await
        .unwrap();
    let id = hers.id;
    assert_eq!(conversations::get(&db, "bob", id).await.unwrap(), None);
    let rename = conversations::rename(&db, "bob", id, "Mine")
        .await
        .map(drop);
    let delete = conversations::delete(&db, "bob", id).await;
    let append = messages::append(&db, "bob", id, New::said(Role::User, "hi"))
        .await
        .map(drop);
    for answer in [rename, delete, append] {
        assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
    }
    assert!(
        conversations::list(&db, "bob", Order::Asc, None, 9)
            .await
            .unwrap()
            .data
            .is_empty()
    );
    assert_eq!(
        conversations::get(&db, "alice", id).await.unwrap(),
        Some(hers)
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn pages_go_through_all_conversations_in_both_orders(pool: PgPool) {
    let db = Db::from_pool(pool);
    let mut ids = Vec::new();
    for i in 0..7 {
        ids.push(conversations::create(&db, "alice", None).await.unwrap().id);
        conversations::create(&db, "bob", Some(&format!("{i}")))
            .await
            .unwrap();
    }
    for order in [Order::Asc, Order::Desc] {
        if order == Order::Desc {
            ids.reverse();
        }
        // A limit that divides the number, one that does not, all at once, and more.
        for limit in [1, 3, 7, 8] {
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let page = conversations::list(&db, "alice", order, after, limit)
                    .await
                    .unwrap();
                seen.extend(page.data.iter().map(|c| c.id));
                assert_eq!(page.has_more, seen.len() < ids.len(), "{order:?} {limit}");
                after = seen.last().copied();
                if !page.has_more {
                    break;
                }
            }
            assert_eq!(seen, ids);
        }
    }
    for limit in [0, -5, i64::MIN] {
        let page = conversations::list(&db, "alice", Order::Asc, None, limit)
            .await
            .unwrap();
        assert_eq!(page.data.len(), 1);
    }
    let past = conversations::list(&db, "alice", Order::Asc, Some(i64::MAX), i64::MAX)
        .await
        .unwrap();
    assert!(past.data.is_empty() && !past.has_more);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_title_is_given_later_and_may_hold_anything(pool: PgPool) {
    let db = Db::from_pool(pool);
    let id = conversations::create(&db, "alice", None).await.unwrap().id;
    for (given, kept) in [
        ("Shopping 🎉", "Shopping 🎉"),
        ("a\0b", "a\u{fffd}b"),
        ("", ""),
    ] {
        let renamed = conversations::rename(&db, "alice", id, given)
            .await
            .unwrap();
        assert_eq!(renamed.title.as_deref(), Some(kept));
        assert_eq!(
            conversations::get(&db, "alice", id).await.unwrap(),
            Some(renamed)
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deleting_a_conversation_deletes_its_messages_only(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let one = conversations::create(&db, "alice", None).await.unwrap().id;
    let two = conversations::create(&db, "alice", None).await.unwrap().id;
    for id in [one, one, two] {
        messages::append(&db, "alice", id, New::said(Role::User, "hi"))
            .await
            .unwrap();
    }
    conversations::delete(&db, "alice", one).await.unwrap();
    assert_eq!(count(&pool, "select count(*) from messages").await, 1);
    let again = conversations::delete(&db, "alice", one).await;
    assert!(matches!(again, Err(Error::NotFound)));
    let late = messages::append(&db, "alice", one, New::said(Role::User, "hi")).await;
    assert!(matches!(late, Err(Error::NotFound)));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deleting_a_conversation_forgets_what_waits_in_line_and_keeps_what_it_cost(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let one = conversations::create(&db, "alice", None).await.unwrap().id;
    let two = conversations::create(&db, "alice", None).await.unwrap().id;
    for id in [one, two] {
        let waiting: Vec<i64> = sqlx::query_scalar(
            "insert into turns (user_id, conversation_id, request_hash, question, state, input_tokens)
             values ('alice', $1, '', '{\"text\": \"a secret\"}', 'queued', 7) returning id",
        )
        .bind(id)
        .fetch_all(&pool)
        .await
        .unwrap();
        assert_eq!(waiting.len(), 1);
    }
    conversations::delete(&db, "alice", one).await.unwrap();
    assert_eq!(
        count(&pool, "select count(*) from turns where input_tokens = 7").await,
        2
    );
    assert_eq!(count(&pool, "select count(question) from turns").await, 1);
}
