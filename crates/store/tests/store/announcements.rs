//! What a process announces after its commits, and what it leaves to the triggers.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use serde_json::json;
use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgListener};
use store::{
    Db, DbOptions, Error, account,
    changes::{Author, Means},
    conversations,
    messages::{self, New, Role},
    tasks::{self, Write, create_once},
    turns::{self, Ending, Limits, NewTurn, Opened, Place, Runner, State, Taken},
    undo::{self, Which},
};
use tokio::time::{sleep, timeout};

use crate::{
    database::{add, count, execute, new_task, url},
    proxy::Proxy,
};

/// Only so that a test that hangs fails.
const EVER: Duration = Duration::from_secs(30);

/// What any program hears that listens to the database.
struct Wire(PgListener);

impl Wire {
    async fn open(pool: &PgPool) -> Self {
        let own = PgPool::connect_with((*pool.connect_options()).clone()).await;
        let mut listener = PgListener::connect_with(&own.unwrap()).await.unwrap();
        let channels = [
            "tasks_changed",
            "conversations_changed",
            "accounts_deleted",
            "everything_changed",
            "the_end",
        ];
        listener.listen_all(channels).await.unwrap();
        Self(listener)
    }

    /// The channel and the payload.
    async fn next(&mut self) -> String {
        let next = timeout(EVER, self.0.recv()).await.expect("nobody told");
        let next = next.unwrap();
        format!("{} {}", next.channel(), next.payload())
    }

    /// What was told until now.
    async fn rest(&mut self, pool: &PgPool) -> Vec<String> {
        execute(pool, "notify the_end").await;
        let mut rest = Vec::new();
        loop {
            match self.next().await {
                end if end == "the_end " => return rest,
                told => rest.push(told),
            }
        }
    }
}

/// What is to be told of the tasks that are there.
async fn news_of_all_tasks(pool: &PgPool) -> HashSet<String> {
    let sql = "select distinct 'tasks_changed ' || user_id from tasks";
    let news = crate::database::texts(pool, sql).await;
    assert!(!news.is_empty());
    news.into_iter().collect()
}

fn through(proxy: &Proxy, pool: &PgPool) -> Db {
    let options = DbOptions {
        max_connections: 5,
        application_name: "todo-test",
    };
    Db::connect_lazy(&proxy.url(&pool.connect_options()), &options).unwrap()
}

/// A connection of a program of this name.
async fn program(pool: &PgPool, name: &str) -> PgConnection {
    let options = (*pool.connect_options()).clone().application_name(name);
    PgConnection::connect_with(&options).await.unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_write_is_told_once_to_whoever_listens(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let mut wire = Wire::open(&pool).await;
    let hers = "tasks_changed ada lovelace";
    let ada = "ada lovelace";

    let id = add(&db, ada, "Buy milk").await.id;
    assert_eq!(wire.next().await, hers);
    tasks::toggle(&db, ada, id).await.unwrap();
    assert_eq!(wire.next().await, hers);
    tasks::set_completed(&db, ada, id, false).await.unwrap();
    assert_eq!(wire.next().await, hers);
    create_once(&db, ada, "k", &new_task("Once")).await.unwrap();
    assert_eq!(wire.next().await, hers);
    let author = Author::new(ada, Means::Page);
    tasks::once(&db, author.clone(), "d", Write::Delete(id))
        .await
        .unwrap();
    assert_eq!(wire.next().await, hers);
    let other = Author::new(ada, Means::Page);
    undo::undo(&db, &other, None, Which::Batch(author.batch()))
        .await
        .unwrap();
    assert_eq!(wire.next().await, hers);
    let other = Author::new(ada, Means::Page);
    undo::undo(&db, &other, Some("u"), Which::Last)
        .await
        .unwrap();
    assert_eq!(wire.next().await, hers);

    let id = conversations::create(&db, ada, None).await.unwrap().id;
    let there = format!("conversations_changed {id} ada lovelace");
    let hi = New::said(Role::User, "hi");
    let first = messages::append(&db, ada, id, hi).await.unwrap().id;
    assert_eq!(wire.next().await, there);
    messages::set_tool_calls(&db, ada, first, &json!([]))
        .await
        .unwrap();
    assert_eq!(wire.next().await, there);
    messages::set_payload(&db, ada, first, "ho", &json!({}))
        .await
        .unwrap();
    assert_eq!(wire.next().await, there);
    messages::set_feedback(&db, ada, id, &[first], "positive")
        .await
        .unwrap();
    assert_eq!(wire.next().await, there);
    conversations::rename(&db, ada, id, "Hi").await.unwrap();
    assert_eq!(wire.next().await, there);
    let new = NewTurn {
        key: None,
        request: &json!("?"),
        place: Place::In(id),
        question: None,
        runner: "one",
    };
    let opened = turns::open(&db, ada, &new, &Limits::default()).await;
    let Opened::New(turn, _) = opened.unwrap() else {
        panic!("not open");
    };
    assert_eq!(wire.next().await, there);
    let runner = Runner {
        turn,
        name: "one".to_owned(),
    };
    let taken = turns::take(&db, ada, id, &runner).await.unwrap();
    assert_eq!(taken, Taken::Yes);
    assert_eq!(wire.next().await, there);
    messages::ask(&db, ada, id, &runner, "?", None)
        .await
        .unwrap();
    assert_eq!(wire.next().await, there);
    let ending = Ending {
        state: State::Failed,
        outcome: "broken",
        model: "m",
        input_tokens: 0,
        output_tokens: 0,
    };
    turns::end(&db, ada, &runner, ending).await.unwrap();
    assert_eq!(wire.next().await, there);
    assert!(turns::claim(&db, ada, &runner).await.unwrap());
    assert_eq!(wire.next().await, there);
    messages::delete_after(&db, ada, id, first, &[])
        .await
        .unwrap();
    assert_eq!(wire.next().await, there);
    conversations::delete(&db, ada, id).await.unwrap();
    assert_eq!(wire.next().await, there);
    account::delete(&db, ada).await.unwrap();
    let mut left = [wire.next().await, wire.next().await, wire.next().await];
    left.sort();
    let deleted = "accounts_deleted ada lovelace";
    assert_eq!(
        left,
        [deleted, "conversations_changed 0 ada lovelace", hers]
    );
    db.close().await;
    assert!(wire.rest(&pool).await.is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_was_not_committed_is_not_told(pool: PgPool) {
    let before = Db::from_pool(pool.clone());
    let once = create_once(&before, "alice", "k", &new_task("Once")).await;
    let id = once.unwrap().task.id;
    let there = conversations::create(&before, "alice", Some("Hi"))
        .await
        .unwrap();
    conversations::rename(&before, "alice", there.id, "Hi")
        .await
        .unwrap();
    account::delete(&before, "carol").await.unwrap();
    // What is to be told of this is told before it ends.
    before.close().await;
    let mut wire = Wire::open(&pool).await;
    let db = Db::from_pool(pool.clone());

    assert!(
        create_once(&db, "alice", "k", &new_task("Once"))
            .await
            .unwrap()
            .replayed
    );
    let reused = create_once(&db, "alice", "k", &new_task("Other")).await;
    assert!(matches!(reused, Err(Error::KeyReused)));
    let deleted = tasks::create(&db, "carol", &new_task("Late")).await;
    assert!(matches!(deleted, Err(Error::AccountDeleted)), "{deleted:?}");
    let author = Author::new("bob", Means::Page);
    let nothing = undo::undo(&db, &author, None, Which::Last).await;
    assert!(matches!(nothing, Err(Error::NotFound)));
    for gone in [
        tasks::toggle(&db, "bob", id).await.map(drop),
        tasks::delete(&db, "bob", id).await.map(drop),
        conversations::rename(&db, "bob", there.id, "Mine")
            .await
            .map(drop),
        conversations::delete(&db, "bob", there.id).await,
    ] {
        assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    }
    // The same title again is no news.
    conversations::rename(&db, "alice", there.id, "Hi")
        .await
        .unwrap();
    messages::set_feedback(&db, "alice", there.id, &[1], "positive")
        .await
        .unwrap();
    turns::mark_dead(&db, "alice", there.id, "", &json!({}))
        .await
        .unwrap();
    db.close().await;
    assert_eq!(wire.rest(&pool).await, [""; 0]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_transaction_of_ours_that_writes_does_not_notify_and_any_other_does(pool: PgPool) {
    let mut wire = Wire::open(&pool).await;
    for (name, announces) in [
        ("todo-backend (announces)", true),
        ("todo-mcp (announces) - 10.0.0.1:4000", true),
        ("todo-backend", false),
        ("todo-mcp", false),
        ("psql", false),
        ("", false),
    ] {
        let mut program = program(&pool, name).await;
        sqlx::raw_sql(
            "begin;
             insert into tasks (user_id, title) values ('alice', 'x');
             update tasks set completed = true;
             delete from tasks;
             insert into conversations (user_id) values ('alice');
             insert into messages (conversation_id, user_id, role, content) select id, user_id, 'user', 'x' from conversations;
             insert into turns (conversation_id, user_id, request_hash) select id, user_id, '' from conversations;
             update conversations set title = 'x';
             delete from conversations;
             delete from turns;
             select delete_account('bob');
             commit",
        )
        .execute(&mut program)
        .await
        .unwrap();
        let told = wire.rest(&pool).await;
        assert_eq!(told.is_empty(), announces, "{name}: {told:?}");
        assert_eq!(
            told.len(),
            if announces { 0 } else { 3 },
            "{name}: {told:?}"
        );
    }
}

/// Nobody waits for another's commit: whoever writes has no lock that another writer wants.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn while_one_persons_writes_are_not_committed_another_persons_are_made(pool: PgPool) {
    let mut open = program(&pool, "todo-backend (announces)").await;
    sqlx::raw_sql(
        "begin;
         insert into tasks (user_id, title) values ('alice', 'x');
         insert into conversations (user_id) values ('alice');
         insert into messages (conversation_id, user_id, role, content) select id, user_id, 'user', 'x' from conversations;
         insert into idempotency_keys (user_id, key, request_hash) values ('alice', 'k', '');
         select add_to_budget('alice', 1, 0)",
    )
    .execute(&mut open)
    .await
    .unwrap();
    let db = Db::from_pool(pool.clone());
    let bobs = async {
        add(&db, "bob", "His").await;
        create_once(&db, "bob", "k", &new_task("His"))
            .await
            .unwrap();
        let new = NewTurn {
            key: None,
            request: &json!("?"),
            place: Place::New("Talk"),
            question: None,
            runner: "one",
        };
        turns::open(&db, "bob", &new, &Limits::default())
            .await
            .unwrap();
    };
    timeout(EVER, bobs).await.expect("bob waits for alice");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn of_two_people_who_write_at_once_neither_waits_for_the_other(pool: PgPool) {
    let (one, two) = (Db::from_pool(pool.clone()), Db::from_pool(pool.clone()));
    let writes = async |db: &Db, owner: &str| {
        for _ in 0..1_000 {
            add(db, owner, "Buy milk").await;
        }
    };
    // The locks that last until a commit; not those for the moment in which a table grows.
    let waiting = "select count(*) from pg_locks l join pg_stat_activity a using (pid)
        where not l.granted and l.locktype in ('transactionid', 'tuple', 'advisory', 'object')
            and a.datname = current_database() and a.query not like '%pg_notify%'";
    let written = async {
        tokio::join!(writes(&one, "alice"), writes(&two, "bob"));
    };
    tokio::pin!(written);
    loop {
        tokio::select! {
            () = &mut written => break,
            waiting = count(&pool, waiting) => assert_eq!(waiting, 0),
        }
    }
    for (db, owner) in [(&one, "alice"), (&two, "bob")] {
        assert_eq!(tasks::summary(db, owner).await.unwrap().total, 1_000);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn ten_thousand_changes_in_one_batch_are_told_once(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let mut wire = Wire::open(&pool).await;
    execute(
        &pool,
        "insert into tasks (user_id, title) select 'alice', 'x' from generate_series(1, 10000)",
    )
    .await;
    assert_eq!(wire.rest(&pool).await, ["tasks_changed alice"]);
    // A batch that a busy machine, too, can take back within the time that a statement has.
    execute(
        &pool,
        "update tasks set title = 'y' where id in (select id from tasks limit 500)",
    )
    .await;
    assert_eq!(wire.rest(&pool).await, ["tasks_changed alice"]);
    let author = Author::new("alice", Means::Page);
    let undone = undo::undo(&db, &author, None, Which::Last).await.unwrap();
    assert_eq!(undone.restored.len(), 500);
    db.close().await;
    assert_eq!(wire.rest(&pool).await, ["tasks_changed alice"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn many_changes_of_one_person_at_once_are_told_a_few_times(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let mut wire = Wire::open(&pool).await;
    join_all((0..500).map(|_| add(&db, "alice", "Buy milk"))).await;
    db.close().await;
    let told = wire.rest(&pool).await.len();
    assert!((1..250).contains(&told), "{told}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_request_committed_that_was_given_up_is_told(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    let mut wire = Wire::open(&pool).await;
    add(&db, "carol", "The connection is there").await;
    for micros in (0..20_000).step_by(100) {
        let owner = format!("owner{micros}");
        let key = new_task("Buy milk");
        let made = create_once(&db, owner.as_str(), "k", &key);
        let _ = timeout(Duration::from_micros(micros), made).await;
        let made = tasks::create(&db, owner.as_str(), &key);
        let _ = timeout(Duration::from_micros(micros), made).await;
    }
    sleep(Duration::from_millis(500)).await;
    let mut untold = news_of_all_tasks(&pool).await;
    while !untold.is_empty() {
        untold.remove(&wire.next().await);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_the_server_commits_after_its_request_was_given_up_is_told_then(pool: PgPool) {
    let before = Db::from_pool(pool.clone());
    let id = add(&before, "alice", "Buy milk").await.id;
    before.close().await;
    let mut wire = Wire::open(&pool).await;
    let db = Db::from_pool(pool.clone());
    let mut holder = pool.begin().await.unwrap();
    sqlx::raw_sql("select from tasks for update")
        .execute(&mut *holder)
        .await
        .unwrap();
    let request = db.clone();
    let toggled = tokio::spawn(async move { tasks::toggle(&request, "alice", id).await });
    let waiting = "select count(*) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'";
    timeout(EVER, async {
        while count(&pool, waiting).await != 1 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    toggled.abort();
    // Longer than the pool waits for the answer before it gives the place to another connection.
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(wire.rest(&pool).await, [""; 0]);
    holder.rollback().await.unwrap();
    assert_eq!(wire.next().await, "tasks_changed alice");
    assert!(
        tasks::get(&db, "alice", id)
            .await
            .unwrap()
            .unwrap()
            .completed
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_announcement_that_does_not_arrive_is_made_again(pool: PgPool) {
    let proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool);
    let mut wire = Wire::open(&pool).await;
    proxy.refuse_announcements(3);
    add(&db, "alice", "Buy milk").await;
    assert_eq!(wire.next().await, "tasks_changed alice");
    assert_eq!(proxy.still_refused(), 0);
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn after_too_many_failures_everybody_is_told_to_look_again(pool: PgPool) {
    let proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool);
    let mut wire = Wire::open(&pool).await;
    proxy.refuse_announcements(1_000);
    add(&db, "alice", "Buy milk").await;
    timeout(EVER, async {
        while proxy.still_refused() > 1_000 - 6 {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .unwrap();
    proxy.refuse_announcements(0);
    // Nothing is sent for its own sake any more: the database may want to sleep.
    sleep(Duration::from_millis(200)).await;
    let sent = proxy.sent();
    sleep(Duration::from_millis(800)).await;
    assert_eq!(proxy.sent(), sent);
    while tasks::summary(&db, "bob").await.is_err() {}
    assert_eq!(wire.next().await, "everything_changed ");
    db.close().await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn at_the_databases_connection_limit_what_was_committed_is_told(pool: PgPool) {
    let role = format!("limited_{}", pool.connect_options().get_database().unwrap());
    execute(
        &pool,
        &format!(
            r#"create role "{role}" login password 'limited' connection limit 2;
               grant all on all tables in schema public to "{role}";
               grant all on all sequences in schema public to "{role}""#
        ),
    )
    .await;
    let limited = (*pool.connect_options()).clone();
    let limited = limited.username(&role).password("limited");
    let options = DbOptions {
        max_connections: 10,
        application_name: "todo-test",
    };
    let db = Db::connect_lazy(&url(&limited), &options).unwrap();
    let mut wire = Wire::open(&pool).await;
    for round in 0..10 {
        join_all((0..8).map(async |n| {
            let owner = format!("owner{round}-{n}");
            let _ = tasks::create(&db, owner.as_str(), &new_task("Buy milk")).await;
        }))
        .await;
    }
    let mut untold = news_of_all_tasks(&pool).await;
    while !untold.is_empty() {
        match wire.next().await {
            told if told == "everything_changed " => break,
            told => untold.remove(&told),
        };
    }
    db.close().await;
    while count(&pool, "select count(*) from pg_stat_activity where usename like 'limited%' and datname = current_database()").await > 0 {}
    execute(
        &pool,
        &format!(r#"drop owned by "{role}"; drop role "{role}""#),
    )
    .await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_may_have_gone_untold_before_is_told_with_the_first_answer_and_not_sooner(
    pool: PgPool,
) {
    let proxy = Proxy::start(&pool.connect_options()).await;
    let db = through(&proxy, &pool);
    let mut wire = Wire::open(&pool).await;
    db.others_look_again();
    sleep(Duration::from_millis(200)).await;
    assert_eq!(proxy.sent(), 0);
    assert!(db.ready().await);
    assert_eq!(wire.next().await, "everything_changed ");
    db.close().await;
    assert!(wire.rest(&pool).await.is_empty());
}
