//! Nobody reaches what is somebody else's, by no operation and no argument.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    puppet::{Puppet, Says, steps},
    world::{Plan, World, input},
};

const SECRET: &str = "quagga";

/// All that is Bob's, to be compared.
async fn bobs(pool: &PgPool) -> Vec<String> {
    let mut rows = Vec::new();
    for table in ["tasks", "conversations", "messages"] {
        let statement =
            format!("select to_jsonb(t)::text from {table} t where user_id = 'bob' order by id");
        let found: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .fetch_all(pool)
            .await
            .unwrap();
        rows.extend(found);
    }
    rows
}

async fn bob(world: &World) -> (i64, String, String) {
    let bob = world.user("bob");
    let (frames, thread) = bob.begin(&format!("add {SECRET}")).await;
    let item = crate::world::item_id(&frames, "user_message");
    let (_, tasks) = bob.get("/api/me/tasks").await;
    (tasks[0]["id"].as_i64().unwrap(), thread, item)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_operation_reaches_another_persons_thread_item_or_task(pool: PgPool) {
    let world = World::start(&pool).await;
    let (task, thread, item) = bob(&world).await;
    let alice = world.alice();
    let (_, own) = alice.begin("hello").await;
    let before = bobs(&pool).await;
    let action = |kind: &str| json!({ "type": kind, "payload": { "task_id": task } });
    let answer = json!({ "status": "answered", "answers": { "q1": { "values": ["Yes, do it"], "skipped": false } } });
    // With both ids of Bob's, and with his item in a thread of the caller's.
    for thread in [&thread, &own] {
        let operations = [
            (
                "threads.add_user_message",
                json!({ "thread_id": thread, "input": input("hello") }),
            ),
            (
                "threads.retry_after_item",
                json!({ "thread_id": thread, "item_id": item }),
            ),
            (
                "threads.custom_action",
                json!({ "thread_id": thread, "item_id": item, "action": action("task.delete") }),
            ),
            (
                "threads.sync_custom_action",
                json!({ "thread_id": thread, "item_id": item, "action": action("task.complete") }),
            ),
            (
                "threads.custom_action",
                json!({ "thread_id": thread, "action": action("task.delete") }),
            ),
            (
                "threads.sync_custom_action",
                json!({ "thread_id": thread, "action": action("task.reopen") }),
            ),
            (
                "threads.add_structured_input",
                json!({ "thread_id": thread, "item_id": item, "input": answer }),
            ),
            (
                "threads.add_client_tool_output",
                json!({ "thread_id": thread, "result": {} }),
            ),
            ("threads.get_by_id", json!({ "thread_id": thread })),
            ("threads.list", json!({ "after": thread })),
            ("items.list", json!({ "thread_id": thread, "after": item })),
            (
                "threads.update",
                json!({ "thread_id": thread, "title": "stolen" }),
            ),
            (
                "items.feedback",
                json!({ "thread_id": thread, "item_ids": [item], "kind": "negative" }),
            ),
            ("attachments.delete", json!({ "attachment_id": item })),
        ];
        for (operation, params) in operations {
            let response = alice.kit(operation, &params).send().await.unwrap();
            let status = response.status();
            let text = response.text().await.unwrap();
            assert!(!text.contains(SECRET), "{operation}: {text}");
            assert!(status.as_u16() < 500, "{operation}: {status} {text}");
            assert_eq!(bobs(&pool).await, before, "{operation}");
        }
    }
    let (status, _) = alice
        .ask("threads.delete", json!({ "thread_id": thread }))
        .await;
    assert_eq!(status, 404);
    let mention = json!({
        "content": [{ "type": "input_tag", "id": format!("task_{task}"), "text": "x", "data": { "task_id": task.to_string() } }],
        "attachments": [], "quoted_text": "", "inference_options": {},
    });
    let response = alice
        .kit("threads.create", json!({ "input": mention }))
        .send()
        .await
        .unwrap();
    assert!(!response.text().await.unwrap().contains(SECRET));
    assert_eq!(bobs(&pool).await, before);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_address_reaches_another_persons_conversation_or_task(pool: PgPool) {
    let world = World::start(&pool).await;
    let (task, thread, _) = bob(&world).await;
    let conversation = thread.rsplit('_').next().unwrap();
    let alice = world.alice();
    let before = bobs(&pool).await;
    for user in ["me", "alice", "bob"] {
        let expected = if user == "bob" { 403 } else { 404 };
        for path in [
            format!("/api/{user}/tasks/{task}"),
            format!("/api/{user}/conversations/{conversation}/messages"),
            format!("/api/{user}/conversations/{conversation}/turn"),
            format!("/api/{user}/conversations/export?conversation={conversation}"),
        ] {
            let (status, body) = alice.get(&path).await;
            assert_eq!(status, expected, "{path}: {body}");
        }
        for path in [
            format!("/api/{user}/tasks/{task}"),
            format!("/api/{user}/conversations/{conversation}"),
        ] {
            let (status, body) = alice.delete(&path).await;
            assert_eq!(status, expected, "{path}: {body}");
        }
        let body =
            json!({ "message": "hello", "conversation_id": conversation.parse::<i64>().unwrap() });
        let response = alice
            .post(&format!("/api/{user}/chat"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), expected);
    }
    for path in [
        "/api/bob/tasks",
        "/api/bob/conversations",
        "/api/bob/usage",
        "/api/bob/conversations/export",
    ] {
        assert_eq!(alice.get(path).await.0, 403, "{path}");
    }
    assert_eq!(bobs(&pool).await, before);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_argument_of_a_tool_reaches_another_persons_task(pool: PgPool) {
    let calls: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
    let model = Puppet::new({
        let calls = Arc::clone(&calls);
        move |request| {
            let calls = calls.lock().unwrap().clone();
            async move {
                if steps(&request) > 0 || calls.is_empty() {
                    return Says::Words("Done.".to_owned());
                }
                Says::Calls(calls)
            }
            .boxed()
        }
    });
    let plan = Plan {
        model_url: Some(model.serve().await),
        ..Plan::default()
    };
    let world = World::with(&pool, plan).await;
    let bob = world.user("bob");
    let body = json!({ "title": SECRET });
    bob.post("/api/me/tasks").json(&body).send().await.unwrap();
    let task = bob.get("/api/me/tasks").await.1[0]["id"].as_i64().unwrap();
    let before = bobs(&pool).await;
    let alice = world.alice();
    let tools = [
        "list_tasks",
        "complete_task",
        "update_task",
        "delete_task",
        "task_summary",
        "show_tasks",
    ];
    let who = [
        json!({}),
        json!({ "user_id": "bob" }),
        json!({ "owner": "bob" }),
        json!({ "userId": "bob", "sub": "bob" }),
    ];
    let what = [
        json!({ "task_id": task }),
        json!({ "task_id": format!("#{task}") }),
        json!({ "task_ids": [task] }),
        json!({ "id": task }),
        json!({}),
    ];
    for tool in tools {
        for who in &who {
            for what in &what {
                let mut args = who.as_object().unwrap().clone();
                args.extend(what.as_object().unwrap().clone());
                if tool == "update_task" {
                    args.insert("title".into(), json!("stolen"));
                }
                *calls.lock().unwrap() = vec![(tool.to_owned(), Value::Object(args.clone()))];
                let said = format!("delete, complete and rename task {task}");
                let (status, answer) = alice.chat(json!({ "message": said })).await;
                assert_eq!(status, 200, "{tool} {args:?}: {answer}");
                assert!(
                    !answer.to_string().contains(SECRET),
                    "{tool} {args:?}: {answer}"
                );
                assert_eq!(bobs(&pool).await, before, "{tool} {args:?}");
            }
        }
    }
}
