//! Taking over what the Python predecessors made.

use serde_json::Value;
use sqlx::PgPool;
use store::{
    Db,
    conversations::{self, Order},
    messages::{self, New, Role},
    migrate,
    task::TaskChange,
    tasks,
    turns::{self, Ending, Limits, NewTurn, Opened, Place, Runner, State, Taken},
};

use crate::database::{
    add, count, described, dump, execute, far_from_utc, new_task, rows, texts, url,
};

const PLURAL: &str = include_str!("../fixtures/plural.sql");
const ALEMBIC: &str = include_str!("../fixtures/alembic.sql");
const STRICT: &str = include_str!("../fixtures/strict.sql");
const SINGULAR: &str = include_str!("../fixtures/singular.sql");
const SPARSE: &str = include_str!("../fixtures/sparse.sql");

/// Adopts a database in which `tables` stand for tasks, conversations and messages, and checks that every row and
/// every value is still there.
async fn adopt(pool: &PgPool, fixture: &str, tables: [&str; 3]) -> Db {
    execute(pool, fixture).await;
    let mut before = Vec::new();
    for table in tables {
        before.push(rows(pool, table).await);
    }
    // A server that is set to another time zone must not matter.
    let name = texts(pool, "select current_database()").await.remove(0);
    execute(
        pool,
        &format!("alter database \"{name}\" set timezone to 'America/Caracas'"),
    )
    .await;
    let url = url(&pool.connect_options());
    let done = migrate(&url).await.unwrap();
    assert!(done.adopted && done.applied > 0, "{done:?}");
    for (old, table) in before.iter().zip(["tasks", "conversations", "messages"]) {
        let new = rows(pool, table).await;
        for old in old {
            let now = new.iter().find(|new| new["id"] == old["id"]);
            kept(old, now.unwrap_or_else(|| panic!("{table} lost {old}")));
        }
    }
    let after = dump(pool).await;
    let again = migrate(&url).await.unwrap();
    assert_eq!((again.applied, again.adopted), (0, false));
    assert_eq!(dump(pool).await, after);
    Db::from_pool(far_from_utc(&pool.connect_options()).await)
}

fn kept(old: &Value, new: &Value) {
    for (column, was) in old.as_object().unwrap() {
        let is = &new[column];
        let same = match (column.as_str(), was) {
            (_, was) if was == is => true,
            (_, Value::Null) => matches!(
                column.as_str(),
                "completed" | "created_at" | "updated_at" | "user_id" | "content"
            ),
            ("user_id", Value::Number(n)) => *is == n.to_string(),
            ("role", Value::String(role)) => *is == role.to_lowercase(),
            ("created_at" | "updated_at", Value::String(naive)) => *is == format!("{naive}+00:00"),
            ("tool_calls", Value::String(text)) if text.is_empty() => is.is_null(),
            ("tool_calls", Value::String(text)) => {
                serde_json::from_str::<Value>(text).is_ok_and(|v| v == *is)
            }
            // Text that `jsonb` cannot hold is kept as the text it was.
            ("tool_calls", was) => serde_json::from_str::<Value>(is.as_str().unwrap_or_default())
                .is_ok_and(|v| v == *was),
            _ => false,
        };
        assert!(same, "{column} was {was} and is {is}");
    }
}

/// A turn that has the conversation.
async fn turn(db: &Db, owner: &str, id: i64) -> Runner {
    let new = NewTurn {
        key: Some(&id.to_string()),
        request: &Value::Null,
        place: Place::In(id),
        question: None,
        runner: "runner",
    };
    let opened = turns::open(db, owner, &new, &Limits::default()).await;
    let Opened::New(turn, _) = opened.unwrap() else {
        panic!("not open");
    };
    let runner = Runner {
        turn,
        name: "runner".to_owned(),
    };
    let taken = turns::take(db, owner, id, &runner).await.unwrap();
    assert_eq!(taken, Taken::Yes);
    runner
}

/// Everything the store can do, for an owner who had rows before.
async fn everything_works(db: &Db, owner: &str) {
    let listed = tasks::list(
        db,
        owner,
        &tasks::ListQuery {
            limit: 100,
            ..Default::default()
        },
    )
    .await
    .unwrap();
    let summary = tasks::summary(db, owner).await.unwrap();
    assert_eq!(i64::try_from(listed.tasks.len()).unwrap(), summary.total);
    let highest = listed.tasks.iter().map(|task| task.id).max().unwrap();
    for old in &listed.tasks {
        assert_eq!(
            tasks::toggle(db, owner, old.id).await.unwrap().completed,
            !old.completed
        );
        let change = TaskChange {
            description: Some(None),
            ..Default::default()
        };
        assert_eq!(
            tasks::change(db, owner, old.id, &change)
                .await
                .unwrap()
                .title,
            old.title
        );
        assert_eq!(
            tasks::delete(db, owner, old.id).await.unwrap().created_at,
            old.created_at
        );
    }
    let task = tasks::create(db, owner, &described(&"x".repeat(200), &"y".repeat(2_000)))
        .await
        .unwrap();
    assert!(task.id > highest);
    let twin = tasks::create(db, owner, &described(&"x".repeat(200), "twin"))
        .await
        .unwrap();
    assert!(twin.id > task.id);
    tasks::create_once(db, owner, "key", &new_task("Once"))
        .await
        .unwrap();
    assert_eq!(tasks::summary(db, owner).await.unwrap().total, 3);

    let old = conversations::list(db, owner, Order::Desc, None, 10)
        .await
        .unwrap()
        .data;
    let new = conversations::create(db, owner, None).await.unwrap();
    assert!(old.iter().all(|c| c.id < new.id));
    for conversation in old.iter().chain([&new]) {
        let id = conversation.id;
        let before = messages::around(db, owner, id, i64::MAX, 100)
            .await
            .unwrap();
        let runner = turn(db, owner, id).await;
        for role in [Role::User, Role::Tool, Role::System, Role::Assistant] {
            let calls = serde_json::json!([{"tool": "add_task"}]);
            let row = messages::append(
                db,
                owner,
                id,
                New::said(role, "text").with_payload(Some(&calls)),
            )
            .await
            .unwrap();
            assert!(before.iter().all(|m| m.id < row.id));
        }
        messages::append(db, owner, id, New::said(Role::User, "text"))
            .await
            .unwrap();
        let ending = Ending {
            state: State::Finished,
            outcome: "answered",
            model: "m",
            input_tokens: 1,
            output_tokens: 1,
        };
        turns::end(db, owner, &runner, ending).await.unwrap();
        conversations::rename(db, owner, id, &"t".repeat(300))
            .await
            .unwrap();
        assert_eq!(
            messages::around(db, owner, id, i64::MAX, 100)
                .await
                .unwrap()
                .len(),
            before.len() + 5
        );
        conversations::delete(db, owner, id).await.unwrap();
    }
}

#[sqlx::test(migrations = false)]
async fn plural_tables_with_serial_ids_and_naive_times(pool: PgPool) {
    let db = adopt(&pool, PLURAL, ["tasks", "conversations", "messages"]).await;
    let task = tasks::get(&db, "alice", 1).await.unwrap().unwrap();
    assert_eq!(
        task.created_at.to_rfc3339(),
        "2025-01-31T23:59:59.999999+00:00"
    );
    assert_eq!(tasks::summary(&db, "alice").await.unwrap().completed, 1);
    // The sequence was ahead of the rows: the ids of deleted tasks are not given again.
    assert_eq!(add(&db, "carol", "Next").await.id, 13);
    everything_works(&db, "alice").await;
    everything_works(&db, "bob").await;
}

#[sqlx::test(migrations = false)]
async fn limits_enumerations_extra_columns_and_foreign_keys_do_not_stand_in_the_way(pool: PgPool) {
    let db = adopt(&pool, STRICT, ["tasks", "conversations", "messages"]).await;
    let found = messages::around(&db, "1", 1, i64::MAX, 10).await.unwrap();
    let roles: Vec<Role> = found.iter().map(|m| m.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::System]);
    assert_eq!(found[0].tool_calls, None);
    assert_eq!(found[1].tool_calls.as_ref().unwrap()[0]["tool"], "add_task");
    everything_works(&db, "1").await;
    everything_works(&db, "2").await;
    assert_eq!(count(&pool, "select count(*) from task_tags").await, 2);
    assert_eq!(count(&pool, "select count(*) from users").await, 2);
    // What the predecessor had in addition works on.
    let enabled = "select tgenabled from pg_trigger where tgname like 'touch%'";
    assert_eq!(texts(&pool, enabled).await, ["O", "O"]);
}

#[sqlx::test(migrations = false)]
async fn singular_tables_are_renamed(pool: PgPool) {
    let db = adopt(&pool, SINGULAR, ["task", "conversation", "message"]).await;
    assert_eq!(
        texts(&pool, "select to_regclass('task') is null").await,
        ["true"]
    );
    let found = messages::around(&db, "alice", 1, i64::MAX, 10)
        .await
        .unwrap();
    assert_eq!(
        found[1].tool_calls.as_ref().unwrap()[0]["tool"],
        "list_tasks"
    );
    assert_eq!(found[2].tool_calls.as_ref().unwrap(), "not json");
    everything_works(&db, "alice").await;
    everything_works(&db, "bob").await;
}

#[sqlx::test(migrations = false)]
async fn missing_columns_are_added_and_orphans_kept(pool: PgPool) {
    let db = adopt(&pool, SPARSE, ["tasks", "conversations", "messages"]).await;
    assert!(
        !tasks::get(&db, "alice", 1)
            .await
            .unwrap()
            .unwrap()
            .completed
    );
    assert_eq!(count(&pool, "select count(*) from tasks").await, 3);
    assert_eq!(count(&pool, "select count(*) from messages").await, 5);
    assert_eq!(
        count(&pool, "select count(*) from conversations where id = 99").await,
        1
    );
    assert_eq!(
        count(
            &pool,
            "select total from task_counts where user_id = 'alice'"
        )
        .await,
        2
    );
    assert_eq!(
        messages::around(&db, "bob", 2, i64::MAX, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(conversations::create(&db, "bob", None).await.unwrap().id > 99);
    everything_works(&db, "alice").await;
}

#[sqlx::test(migrations = false)]
async fn alembics_table_is_left_alone(pool: PgPool) {
    execute(&pool, ALEMBIC).await;
    let db = adopt(&pool, PLURAL, ["tasks", "conversations", "messages"]).await;
    assert_eq!(
        texts(&pool, "select version_num from alembic_version").await,
        ["a1b2c3d4e5f6"]
    );
    everything_works(&db, "alice").await;
}

#[sqlx::test(migrations = false)]
async fn messages_without_a_table_of_conversations_get_their_conversations(pool: PgPool) {
    execute(&pool, "create table message (id serial primary key, conversation_id int not null, user_id text, content text);
        insert into message (conversation_id, user_id, content) values (5, 'alice', 'hi'), (5, 'alice', 'ho')").await;
    migrate(&url(&pool.connect_options())).await.unwrap();
    let db = Db::from_pool(pool);
    let rows = messages::list(&db, "alice", 5, Order::Asc, None, 10)
        .await
        .unwrap()
        .data;
    assert_eq!(rows.len(), 2);
    assert!(conversations::create(&db, "alice", None).await.unwrap().id > 5);
}

#[sqlx::test(migrations = false)]
async fn empty_tables_of_a_predecessor_begin_with_id_1(pool: PgPool) {
    execute(
        &pool,
        "create table task (id serial primary key, user_id text, title text);
        create table tasks (id serial primary key, user_id text, title text)",
    )
    .await;
    assert!(
        migrate(&url(&pool.connect_options()))
            .await
            .unwrap()
            .adopted
    );
    assert_eq!(add(&Db::from_pool(pool), "alice", "First").await.id, 1);
}

#[sqlx::test(migrations = false)]
async fn a_failure_half_way_takes_everything_back(pool: PgPool) {
    execute(&pool, PLURAL).await;
    // A view that needs the column as it is: PostgreSQL does not let its type be changed.
    execute(
        &pool,
        "create view dates as select created_at from messages",
    )
    .await;
    let before = dump(&pool).await;
    migrate(&url(&pool.connect_options())).await.unwrap_err();
    assert_eq!(dump(&pool).await, before);
}
