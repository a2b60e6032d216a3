//! Migrating fresh databases, again, at once, and beside a later release.

use std::time::{Duration, Instant};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgSslMode},
};
use store::{
    Db, MIGRATOR, MigrateError, Migrated,
    messages::{self, New, Role},
    migrate,
    turns::{self, Limits, NewTurn, Opened, Place, Runner, Taken},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    database::{add, count, dump, execute, url},
    proxy::Proxy,
};

fn options(pool: &PgPool) -> PgConnectOptions {
    (*pool.connect_options()).clone()
}

#[sqlx::test(migrations = false)]
async fn a_fresh_database_gets_every_migration(pool: PgPool) {
    let done = migrate(&url(&options(&pool))).await.unwrap();
    assert_eq!(done.applied, MIGRATOR.iter().count());
    assert!(!done.adopted);
    let db = Db::from_pool(pool);
    assert_eq!(add(&db, "alice", "Buy milk").await.id, 1);
}

#[sqlx::test(migrations = false)]
async fn migrating_again_changes_nothing(pool: PgPool) {
    let url = url(&options(&pool));
    migrate(&url).await.unwrap();
    add(&Db::from_pool(pool.clone()), "alice", "Buy milk").await;
    let before = dump(&pool).await;
    let again = migrate(&url).await.unwrap();
    let nothing = Migrated {
        applied: 0,
        adopted: false,
    };
    assert_eq!(again, nothing);
    assert_eq!(dump(&pool).await, before);
}

#[sqlx::test(migrations = false)]
async fn of_many_processes_at_once_one_migrates(pool: PgPool) {
    let url = url(&options(&pool));
    let all = futures_util::future::join_all((0..6).map(|_| {
        tokio::spawn({
            let url = url.clone();
            async move { migrate(&url).await.unwrap().applied }
        })
    }))
    .await;
    let mut applied: Vec<usize> = all.into_iter().map(Result::unwrap).collect();
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, 0, 0, MIGRATOR.iter().count()]);
}

#[sqlx::test(migrations = false)]
async fn a_migration_of_a_later_release_is_left_alone(pool: PgPool) {
    let url = url(&options(&pool));
    migrate(&url).await.unwrap();
    execute(
        &pool,
        "alter table tasks add column priority text;
         insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (9000, 'later', true, '\\x00', 1)",
    )
    .await;
    let before = dump(&pool).await;
    assert_eq!(migrate(&url).await.unwrap().applied, 0);
    assert_eq!(dump(&pool).await, before);
}

#[sqlx::test(migrations = false)]
async fn a_migration_that_was_changed_after_it_ran_is_an_error_and_changes_nothing(pool: PgPool) {
    let url = url(&options(&pool));
    migrate(&url).await.unwrap();
    execute(
        &pool,
        "update _sqlx_migrations set checksum = '\\x00' where version = 1;
         delete from _sqlx_migrations where version = 3;
         drop table idempotency_keys",
    )
    .await;
    let before = dump(&pool).await;
    let error = migrate(&url).await.unwrap_err();
    assert!(matches!(error, MigrateError::Migration(_)), "{error}");
    assert_eq!(dump(&pool).await, before);
}

#[sqlx::test(migrations = false)]
async fn a_failure_in_a_later_migration_takes_the_earlier_ones_back(pool: PgPool) {
    execute(&pool, "create table idempotency_keys (mine int)").await;
    let before = dump(&pool).await;
    migrate(&url(&options(&pool))).await.unwrap_err();
    assert_eq!(dump(&pool).await, before);
}

#[sqlx::test(migrations = false)]
async fn a_database_that_comes_up_late_is_waited_for(pool: PgPool) {
    let options = options(&pool);
    let mut proxy = Proxy::start(&options).await;
    let late = proxy.url(&options);
    proxy.cut().await;
    let migration = tokio::spawn(async move { migrate(&late).await });
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!migration.is_finished());
    proxy.restore().await;
    assert_eq!(
        migration.await.unwrap().unwrap().applied,
        MIGRATOR.iter().count()
    );
}

#[sqlx::test(migrations = false)]
async fn a_database_that_does_not_let_us_in_is_told_at_once_without_the_password(pool: PgPool) {
    let right = options(&pool);
    for (wrong, sentence) in [
        (
            right.clone().database("no_such_database"),
            r#"database "no_such_database" does not exist; create it, or correct the address."#,
        ),
        (
            right
                .clone()
                .username("nobody_by_this_name")
                .password("hunter2"),
            r#""nobody_by_this_name""#,
        ),
        (
            right.clone().ssl_mode(PgSslMode::Require),
            "the database's TLS cannot be used: ",
        ),
    ] {
        let begun = Instant::now();
        let error = migrate(&url(&wrong)).await.unwrap_err();
        assert!(matches!(error, MigrateError::NoEntry(_)), "{error:?}");
        assert!(error.to_string().contains(sentence), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert!(begun.elapsed() < Duration::from_secs(10), "waited in vain");
    }
}

#[tokio::test]
async fn a_server_that_accepts_tls_only_is_told_apart_from_a_wrong_password() {
    for (code, said) in [
        (
            "28000",
            r#"no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption"#,
        ),
        (
            "08P01",
            "connection is insecure (try using `sslmode=require`)",
        ),
    ] {
        let port = refusing(code, said).await;
        let url = format!("postgresql://u:hunter2@127.0.0.1:{port}/d?sslmode=disable");
        let error = migrate(&url).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "the server accepts TLS only: add ?sslmode=require to the database's address ({said})."
            )
        );
    }
}

/// Something in the database's place that refuses whoever comes, in these words.
async fn refusing(code: &str, said: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let fields = format!("SFATAL\0VFATAL\0C{code}\0M{said}\0\0");
    let mut refusal = vec![b'E'];
    refusal.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
    refusal.extend(fields.into_bytes());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut greeting = [0; 1024];
            assert_ne!(stream.read(&mut greeting).await.unwrap(), 0);
            stream.write_all(&refusal).await.unwrap();
        }
    });
    port
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_not_there_is_an_error_without_the_password() {
    let error = migrate("postgresql://u:hunter2@127.0.0.1:1/d")
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        MigrateError::Store(store::Error::Unavailable(_))
    ));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_migrator_of_tests_makes_the_same_schema(pool: PgPool) {
    assert_eq!(count(&pool, "select count(*) from tasks").await, 0);
    let again = migrate(&url(&options(&pool))).await.unwrap();
    assert_eq!(again.applied, 0);
}

/// What the release before turns had a table says to the database.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_release_before_turns_had_a_table_goes_on_working(pool: PgPool) {
    let begun = "with c as (
        insert into conversations (user_id, title) values ('alice', 'Old')
        returning id, user_id, title, created_at, updated_at
    ) select id from c";
    let id = count(&pool, begun).await;
    let take = |turn: &str| {
        format!(
            "with it as (
               select id, turn is null or turn_expires_at < now() as free
               from conversations where user_id = 'alice' and id = {id} for update
             ), taken as (
               update conversations c set turn = '{turn}', turn_expires_at = now() + interval '150 seconds'
               from it where c.id = it.id and it.free
             )
             select free::int::bigint from it"
        )
    };
    assert_eq!(count(&pool, &take("old")).await, 1);
    let say = format!(
        "with conversation as (
           update conversations set updated_at = now() where user_id = 'alice' and id = {id} returning id
         ), m as (
           insert into messages (conversation_id, user_id, role, content, tool_calls)
           select id, 'alice', 'user', 'hi', null from conversation
           returning id, conversation_id, role, content, tool_calls, feedback, created_at
         ) select id from m"
    );
    let row = count(&pool, &say).await;
    // This release waits for a turn of that one, and the other way about.
    let db = Db::from_pool(pool.clone());
    let new = NewTurn {
        key: None,
        request: &serde_json::Value::Null,
        place: Place::In(id),
        question: None,
        runner: "new",
    };
    let opened = turns::open(&db, "alice", &new, &Limits::default()).await;
    let Opened::New(turn, _) = opened.unwrap() else {
        panic!("not open");
    };
    let runner = Runner {
        turn,
        name: "new".to_owned(),
    };
    let taken = turns::take(&db, "alice", id, &runner).await.unwrap();
    assert_eq!(taken, Taken::NotYet);
    let free = format!(
        "update conversations set turn = null, turn_expires_at = null
         where user_id = 'alice' and id = {id} and turn = 'old'"
    );
    execute(&pool, &free).await;
    let taken = turns::take(&db, "alice", id, &runner).await.unwrap();
    assert_eq!(taken, Taken::Yes);
    assert_eq!(count(&pool, &take("old")).await, 0);
    let past = messages::around(&db, "alice", id, i64::MAX, 9)
        .await
        .unwrap();
    assert_eq!((past[0].id, past[0].turn_id), (row, None));
}

/// Columns of a predecessor that have the names of ours stay, under other names.
#[sqlx::test(migrations = false)]
async fn a_predecessors_own_columns_are_kept_beside_the_new_ones(pool: PgPool) {
    execute(
        &pool,
        "create table conversations (id serial primary key, user_id text, status varchar(9) not null, created_at timestamp);
         create table messages (id serial primary key, conversation_id int, user_id text, role text, content text,
             payload text not null, turn_id uuid, created_at timestamp);
         insert into conversations (user_id, status) values ('alice', 'archived');
         insert into messages (conversation_id, user_id, role, content, payload) values (1, 'alice', 'user', 'hi', 'x')",
    )
    .await;
    assert!(migrate(&url(&options(&pool))).await.unwrap().adopted);
    let db = Db::from_pool(pool.clone());
    let kept = "select count(*) from conversations c join messages m on m.conversation_id = c.id
                where c.former_status = 'archived' and m.former_payload = 'x' and c.status = 'active'";
    assert_eq!(count(&pool, kept).await, 1);
    let hello = New::said(Role::User, "hello");
    messages::append(&db, "alice", 1, hello).await.unwrap();
}
