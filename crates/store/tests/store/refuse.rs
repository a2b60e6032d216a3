//! Databases that cannot be taken over, and are left as they were.

use sqlx::PgPool;
use store::{MigrateError, migrate};

use crate::database::{dump, execute, url};

const PLURAL: &str = include_str!("../fixtures/plural.sql");
const SINGULAR: &str = include_str!("../fixtures/singular.sql");

/// The sentence that refuses a database, which is left as it was.
async fn refusal(pool: &PgPool, sql: &str) -> String {
    execute(pool, sql).await;
    let before = dump(pool).await;
    let error = migrate(&url(&pool.connect_options())).await.unwrap_err();
    assert!(matches!(error, MigrateError::Refused(_)), "{error:?}");
    assert_eq!(dump(pool).await, before);
    let sentence = error.to_string();
    assert!(
        sentence.ends_with('.') && !sentence.contains('\n'),
        "{sentence}"
    );
    sentence
}

#[track_caller]
fn mentions(sentence: &str, words: &[&str]) {
    for word in words {
        assert!(sentence.contains(word), "{sentence:?} lacks {word:?}");
    }
}

#[sqlx::test(migrations = false)]
async fn uuid_keys_are_refused(pool: PgPool) {
    let sentence = refusal(&pool, "create table tasks (id uuid primary key default gen_random_uuid(), user_id text, title text);
        insert into tasks (user_id, title) values ('alice', 'Buy milk')").await;
    mentions(
        &sentence,
        &["\"tasks\"", "\"id\"", "uuid", "another database", "rename"],
    );
}

#[sqlx::test(migrations = false)]
async fn uuid_keys_are_refused_wherever_they_are(pool: PgPool) {
    execute(&pool, PLURAL).await;
    let sentence = refusal(
        &pool,
        "drop table messages; create table message (id serial, conversation_id uuid)",
    )
    .await;
    mentions(&sentence, &["\"message\"", "\"conversation_id\"", "uuid"]);
}

#[sqlx::test(migrations = false)]
async fn rows_in_both_the_singular_and_the_plural_table_are_refused(pool: PgPool) {
    execute(&pool, PLURAL).await;
    let sentence = refusal(
        &pool,
        "create table task (id serial primary key, user_id text, title text);
        insert into task (user_id, title) values ('alice', 'Buy milk')",
    )
    .await;
    mentions(&sentence, &["\"task\"", "\"tasks\"", "move the rows"]);
}

#[sqlx::test(migrations = false)]
async fn an_empty_plural_table_beside_a_full_singular_one_is_refused(pool: PgPool) {
    execute(&pool, SINGULAR).await;
    let sentence = refusal(
        &pool,
        "create table tasks (id serial primary key, user_id text, title text)",
    )
    .await;
    mentions(&sentence, &["\"task\"", "drop \"tasks\""]);
}

#[sqlx::test(migrations = false)]
async fn tables_of_something_else_are_refused(pool: PgPool) {
    let sentence = refusal(&pool, "create table tasks (name text)").await;
    mentions(&sentence, &["\"tasks\"", "no column \"id\""]);
    execute(&pool, "drop table tasks").await;
    let sentence = refusal(
        &pool,
        "create table tasks (id serial, title text); insert into tasks (title) values ('x')",
    )
    .await;
    mentions(&sentence, &["\"tasks\"", "\"user_id\"", "add the column"]);
    execute(&pool, "drop table tasks").await;
    let sentence = refusal(&pool, "create view tasks as select 1 as id").await;
    mentions(&sentence, &["\"tasks\"", "view"]);
}
