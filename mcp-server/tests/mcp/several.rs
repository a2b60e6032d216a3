//! Several tasks in one call, and what happened.

use futures_util::StreamExt as _;
use rmcp::{
    ClientHandler, ClientServiceExt as _, RoleClient,
    handler::client::progress::ProgressDispatcher,
    model::{
        CallToolRequest, CallToolRequestParams, ClientRequest, ProgressNotificationParam,
        RequestMetaObject, ServerResult,
    },
    service::{NotificationContext, PeerRequestOptions},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};
use sqlx::PgPool;
use store::{
    Db,
    changes::{Author, Means},
    task::{NewTask, Title},
    tasks,
};

use crate::running::{Agent, SECRET, Server, discover, key};

const KEY: &str = "todo/idempotencyKey";

fn ids(tasks: &Value) -> Vec<i64> {
    let tasks = tasks.as_array().unwrap().iter();
    tasks.map(|task| task["id"].as_i64().unwrap()).collect()
}

/// Once with each of the two protocol eras.
async fn agents(pool: &PgPool) -> [Agent; 2] {
    let server = Server::start(&Db::from_pool(pool.clone())).await;
    [server.agent("ada").await, server.older_agent("ada").await]
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn several_tasks_are_added_and_each_that_is_refused_is_told_with_its_place(pool: PgPool) {
    for agent in agents(&pool).await {
        let new = json!({ "tasks": [
            { "title": "One" },
            { "title": " " },
            { "title": "Two", "description": "II" },
            { "titel": "Three" },
            "Four",
            { "title": "x".repeat(201) },
        ] });
        let added = agent.call("add_tasks", new).await;
        let titles = json!(
            added["tasks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|t| &t["title"])
                .collect::<Vec<_>>()
        );
        assert_eq!(titles, json!(["One", "Two"]));
        let failures = added["failures"].as_array().unwrap();
        let places: Vec<_> = failures
            .iter()
            .map(|f| (f["index"].as_i64().unwrap(), &f["code"]))
            .collect();
        let invalid = json!("invalid");
        assert_eq!(places, [1, 3, 4, 5].map(|place| (place, &invalid)));
        assert_eq!(failures[0]["message"], "The title must not be empty.");
        assert!(
            failures[2]["message"]
                .as_str()
                .unwrap()
                .contains("an object with a `title`"),
            "{added}"
        );
        assert_eq!(agent.titles().await, ["Two", "One"]);
        let undone = agent
            .call("undo", json!({ "undo_id": added["undo_id"] }))
            .await;
        assert_eq!(undone["restored"].as_array().unwrap().len(), 2);
        assert_eq!(agent.titles().await, [""; 0]);
        let none = agent.call("add_tasks", json!({ "tasks": [{}] })).await;
        assert_eq!((&none["tasks"], none.get("undo_id")), (&json!([]), None));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn several_tasks_are_changed_and_each_has_its_outcome(pool: PgPool) {
    let bob = Server::start(&Db::from_pool(pool.clone()))
        .await
        .agent("bob")
        .await;
    let of_bob = bob.add("Bob's").await;
    for agent in agents(&pool).await {
        let new =
            json!({ "tasks": [{ "title": "One" }, { "title": "Two" }, { "title": "Three" }] });
        let made = ids(&agent.call("add_tasks", new).await["tasks"]);
        agent
            .call("complete_task", json!({ "task_id": made[1] }))
            .await;
        let asked = json!([
            made[0],
            of_bob,
            made[1],
            "abc",
            format!("#{}", made[2]),
            i64::MAX
        ]);
        let done = agent
            .call(
                "change_tasks",
                json!({ "task_ids": asked, "action": "complete" }),
            )
            .await;
        assert_eq!(ids(&done["changed"]), [made[0], made[2]]);
        assert_eq!(
            done["unchanged"],
            json!([{ "id": made[1], "title": "Two" }])
        );
        let failures = done["failures"].as_array().unwrap().iter();
        let failures: Vec<_> = failures.map(|f| (&f["index"], &f["code"])).collect();
        let of = |place: i64, code: &str| (json!(place), json!(code));
        let expected = [of(1, "not_found"), of(3, "invalid"), of(5, "not_found")];
        assert_eq!(
            failures,
            expected.each_ref().map(|(place, code)| (place, code))
        );
        assert_eq!(
            done["failures"][0]["message"],
            format!("There is no task with id {of_bob}.")
        );

        let reopened = agent
            .call(
                "change_tasks",
                json!({ "task_ids": made, "action": "reopen" }),
            )
            .await;
        assert_eq!(ids(&reopened["changed"]), made);
        let again = agent
            .call(
                "change_tasks",
                json!({ "task_ids": made, "action": "reopen" }),
            )
            .await;
        assert_eq!(
            (ids(&again["unchanged"]), again.get("undo_id")),
            (made.clone(), None)
        );
        let deleted = agent
            .call(
                "change_tasks",
                json!({ "task_ids": made, "action": "delete" }),
            )
            .await;
        assert_eq!(ids(&deleted["changed"]), made);
        assert_eq!(agent.titles().await, [""; 0]);
        let undone = agent.call("undo", json!({})).await;
        assert_eq!(undone["batch"], deleted["undo_id"]);
        assert_eq!(agent.titles().await, ["Three", "Two", "One"]);
        agent
            .call(
                "change_tasks",
                json!({ "task_ids": made, "action": "delete" }),
            )
            .await;
    }
    assert_eq!(bob.titles().await, ["Bob's"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_batch_with_a_key_is_made_once_whichever_replica_is_asked(pool: PgPool) {
    let db = Db::from_pool(pool);
    let (one, two) = (Server::start(&db).await, Server::start(&db).await);
    let agents = [one.agent("ada").await, two.older_agent("ada").await];
    let new = json!({ "tasks": [{ "title": "One" }, { "title": "" }, { "title": "Two" }] });
    let meta = json!({ KEY: "a" });
    let first = agents[0]
        .call_with_meta("add_tasks", new.clone(), meta.clone())
        .await;
    let again = agents[1]
        .call_with_meta("add_tasks", new, meta.clone())
        .await;
    assert_eq!(first, again);
    let other = json!({ "tasks": [{ "title": "Three" }] });
    let refused = agents[1].refusal_with_meta("add_tasks", other, meta).await;
    assert_eq!(refused["code"], "conflict");
    let made = ids(&first["tasks"]);
    let delete = json!({ "task_ids": made, "action": "delete" });
    for agent in &agents {
        let meta = json!({ KEY: "d" });
        let deleted = agent
            .call_with_meta("change_tasks", delete.clone(), meta)
            .await;
        assert_eq!(ids(&deleted["changed"]), made);
    }
    assert_eq!(agents[0].titles().await, [""; 0]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_happened_is_told_newest_first_and_by_whom(pool: PgPool) {
    let [agent, _] = agents(&pool).await;
    let title = Title::parse("By hand").unwrap();
    let new = NewTask {
        title,
        description: None,
    };
    let db = Db::from_pool(pool.clone());
    tasks::create(&db, Author::new("ada", Means::Page), &new)
        .await
        .unwrap();
    let milk = agent.add("Milk").await;
    agent
        .call("complete_task", json!({ "task_id": milk }))
        .await;
    let renamed = json!({ "task_id": milk, "title": "Oat milk" });
    agent.call("update_task", renamed).await;
    let deleted = agent.call("delete_task", json!({ "task_id": milk })).await;
    let told = async |arguments: Value| {
        let list = agent.call("list_activity", arguments).await;
        let changes = list["activity"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        changes
            .map(|change| [&change["kind"], &change["title"], &change["by"]].map(text))
            .collect::<Vec<_>>()
    };
    let all = [
        ["deleted", "Oat milk", "mcp"],
        ["changed", "Oat milk", "mcp"],
        ["completed", "Milk", "mcp"],
        ["created", "Milk", "mcp"],
        ["created", "By hand", "page"],
    ];
    assert_eq!(told(json!({})).await, all);
    assert_eq!(told(json!({ "kind": "created" })).await, all[3..]);
    let list = agent.call("list_activity", json!({ "limit": 2 })).await;
    assert_eq!(list["activity"][0]["undo_id"], deleted["undo_id"]);
    assert!(list["note"].as_str().unwrap().contains("until"), "{list}");
    sqlx::raw_sql("update task_changes set at = '2026-11-20T10:00Z' where number = 1; update task_changes set at = now() where number > 1")
        .execute(&pool)
        .await
        .unwrap();
    let day = "2026-11-20";
    assert_eq!(told(json!({ "since": day, "until": day })).await, all[4..]);
    assert_eq!(
        told(json!({ "since": "2026-11-20T10:00:01Z" })).await,
        all[..4]
    );
    // What is undone has no undo any more.
    agent.call("undo", json!({})).await;
    let list = agent.call("list_activity", json!({ "limit": 2 })).await;
    assert_eq!(list["activity"][0]["kind"], "created");
    assert!(list["activity"][1].get("undo_id").is_none(), "{list}");
}

/// Hears of progress.
#[derive(Clone, Default)]
struct Listening(ProgressDispatcher);

impl ClientHandler for Listening {
    async fn on_progress(
        &self,
        told: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.0.handle_notification(told).await;
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_client_that_asks_for_it_is_told_how_far_a_batch_is(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    for lifecycle in [discover(), rmcp::ClientLifecycleMode::Initialize] {
        let config = StreamableHttpClientTransportConfig::with_uri(server.mcp())
            .auth_header(key(SECRET).mint("ada"));
        let transport = StreamableHttpClientTransport::from_config(config);
        let listening = Listening::default();
        let client = listening
            .clone()
            .serve_with_lifecycle(transport, lifecycle)
            .await
            .unwrap();
        let mut params = CallToolRequestParams::new("add_tasks");
        params.arguments = json!({ "tasks": [{ "title": "One" }, { "title": "Two" }] })
            .as_object()
            .cloned();
        let call = ClientRequest::CallToolRequest(CallToolRequest::new(params));
        let options = PeerRequestOptions::no_options().with_meta(RequestMetaObject::new());
        let call = client
            .send_request_with_option(call, options)
            .await
            .unwrap();
        let heard = listening.0.subscribe(call.progress_token.clone()).await;
        let answer = call.await_response().await.unwrap();
        assert!(
            matches!(answer, ServerResult::CallToolResult(_)),
            "{answer:?}"
        );
        let heard: Vec<_> = heard
            .take(2)
            .map(|told| (told.progress, told.total))
            .collect()
            .await;
        assert_eq!(heard, [(0.0, Some(2.0)), (2.0, Some(2.0))]);
    }
}
