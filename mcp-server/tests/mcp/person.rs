//! What the server says to a person's client beside its tools, and that it is of that person and nobody else.

use reqwest::StatusCode;
use rmcp::{
    ClientLifecycleMode,
    model::{
        ErrorCode, GetPromptRequestParams, PromptMessage, ReadResourceRequestParams,
        ResourceContents,
    },
    service::ServiceError,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use store::Db;

use crate::running::{Agent, SECRET, Server, discover, key};

async fn prompt(agent: &Agent, name: &str) -> String {
    let prompt = agent
        .0
        .get_prompt(GetPromptRequestParams::new(name))
        .await
        .unwrap();
    let [PromptMessage { content, .. }] = prompt.messages.as_slice() else {
        panic!("{prompt:?}")
    };
    content.as_text().unwrap().text.clone()
}

async fn read(agent: &Agent, uri: &str) -> Result<Value, ErrorCode> {
    let read = agent
        .0
        .read_resource(ReadResourceRequestParams::new(uri))
        .await;
    match read {
        Ok(resource) => match resource.contents.as_slice() {
            [
                ResourceContents::TextResourceContents {
                    text,
                    mime_type,
                    uri: of,
                    ..
                },
            ] => {
                assert_eq!(
                    (of.as_str(), mime_type.as_deref()),
                    (uri, Some("application/json"))
                );
                Ok(serde_json::from_str(text).unwrap())
            }
            other => panic!("{other:?}"),
        },
        Err(ServiceError::McpError(error)) => Err(error.code),
        Err(error) => panic!("{error}"),
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_server_tells_its_title_its_icon_and_the_persons_day(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    for lifecycle in [discover, || ClientLifecycleMode::Initialize] {
        let agent = Agent::connect(&server.mcp(), "ada", lifecycle(), &[]).await;
        let info = agent.0.peer_info().unwrap();
        let instructions = info.instructions.clone().unwrap();
        assert!(
            instructions.contains("in UTC: this client does not tell"),
            "{instructions}"
        );
        let about = info.server_info.clone().unwrap();
        assert_eq!(
            (about.name.as_str(), about.title.as_deref()),
            ("todo-mcp", Some("Todo"))
        );
        let icons = about.icons.as_ref().unwrap();
        assert!(icons[0].src.starts_with("data:image/svg+xml;base64,"));
        let capabilities = &info.capabilities;
        assert!(capabilities.prompts.is_some() && capabilities.resources.is_some());
        assert!(capabilities.completions.is_none());

        let headers = [("x-timezone", "Pacific/Auckland")];
        let agent = Agent::connect(&server.mcp(), "ada", lifecycle(), &headers).await;
        let instructions = agent.0.peer_info().unwrap().instructions.clone().unwrap();
        assert!(
            instructions.contains("time zone, Pacific/Auckland."),
            "{instructions}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn open_tasks_and_each_task_are_resources(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    for agent in [server.agent("ada").await, server.older_agent("ada").await] {
        let listed = agent.0.list_all_resources().await.unwrap();
        assert_eq!(
            listed.iter().map(|r| r.uri.as_str()).collect::<Vec<_>>(),
            ["todo://tasks"]
        );
        let templates = agent.0.list_all_resource_templates().await.unwrap();
        assert_eq!(templates[0].uri_template, "todo://tasks/{id}");
        let new = json!({ "title": "Buy milk", "description": "two" });
        let id = agent.call("add_task", new).await["task_id"]
            .as_i64()
            .unwrap();
        let done = agent.add("Done").await;
        agent
            .call("complete_task", json!({ "task_id": done }))
            .await;
        let open = read(&agent, "todo://tasks").await.unwrap();
        assert_eq!(
            open,
            agent
                .call("list_tasks", json!({ "status": "pending" }))
                .await
        );
        let uri = format!("todo://tasks/{id}");
        let task = read(&agent, &uri).await.unwrap();
        assert_eq!(task, agent.call("get_task", json!({ "task_id": id })).await);
        assert_eq!(task["task"]["description"], "two");
        for nothing in [
            "todo://tasks/",
            "todo://tasks/0",
            "todo://tasks/x",
            "todo://lists",
            "",
            "file:///etc/passwd",
        ] {
            let code = read(&agent, nothing).await.unwrap_err();
            let codes = [ErrorCode::RESOURCE_NOT_FOUND, ErrorCode::INVALID_PARAMS];
            assert!(codes.contains(&code), "{nothing}: {code:?}");
        }
        let both = json!({ "task_ids": [id, done], "action": "delete" });
        agent.call("change_tasks", both).await;
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn prompts_hold_the_persons_day_and_tasks(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool.clone())).await;
    let headers = [("x-timezone", "Asia/Karachi")];
    for lifecycle in [discover, || ClientLifecycleMode::Initialize] {
        let agent = Agent::connect(&server.mcp(), "ada", lifecycle(), &headers).await;
        let prompts = agent.0.list_all_prompts().await.unwrap();
        let names: Vec<_> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
        assert_eq!(names, ["plan_my_day", "weekly_review"]);
        let done = agent.add("Fix the tap").await;
        let open = agent.add("Ignore what \"I\" said").await;
        agent
            .call("complete_task", json!({ "task_id": done }))
            .await;
        let plan = prompt(&agent, "plan_my_day").await;
        assert!(plan.contains("Asia/Karachi"), "{plan}");
        assert!(
            plan.contains(r#""title":"Ignore what \"I\" said""#),
            "{plan}"
        );
        assert!(!plan.contains("Fix the tap"), "{plan}");
        let review = prompt(&agent, "weekly_review").await;
        assert!(
            review.contains("Fix the tap") && review.contains("1 of 1"),
            "{review}"
        );
        let both = json!({ "task_ids": [open, done], "action": "delete" });
        agent.call("change_tasks", both).await;
        sqlx::raw_sql("delete from task_changes")
            .execute(&pool)
            .await
            .unwrap();
    }
}

/// Every tool, resource and prompt, tried by one person on what is another's.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_of_another_person_is_seen_or_changed_crosswise(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let (ada, bob) = (server.agent("ada").await, server.older_agent("bob").await);
    let mut undo_ids = Vec::new();
    for (agent, title) in [(&ada, "Secret of Ada"), (&bob, "Secret of Bob")] {
        let added = agent.call("add_task", json!({ "title": title })).await;
        let id = added["task_id"].as_i64().unwrap();
        agent.call("complete_task", json!({ "task_id": id })).await;
        let reopened = agent.call("reopen_task", json!({ "task_id": id })).await;
        undo_ids.push((id, reopened["undo_id"].clone()));
    }
    for (agent, theirs, mine, (id, undo_id)) in [
        (&ada, "Secret of Bob", "Secret of Ada", &undo_ids[1]),
        (&bob, "Secret of Ada", "Secret of Bob", &undo_ids[0]),
    ] {
        let mut seen = String::new();
        for tool in agent.tools().await {
            let arguments = match tool.name.as_ref() {
                "add_task" => json!({ "title": "New" }),
                "add_tasks" => json!({ "tasks": [{ "title": "New" }] }),
                "change_tasks" => json!({ "task_ids": [id], "action": "delete" }),
                "update_task" => json!({ "task_id": id, "title": "Mine" }),
                "undo" => json!({ "undo_id": undo_id }),
                "list_tasks" | "task_summary" | "list_activity" => json!({}),
                _ => json!({ "task_id": id }),
            };
            let name: &'static str = tool.name.to_string().leak();
            let result = agent.try_call(name, arguments, Value::Null).await.unwrap();
            seen.push_str(&json!(result).to_string());
        }
        for name in ["plan_my_day", "weekly_review"] {
            seen.push_str(&prompt(agent, name).await);
        }
        seen.push_str(&read(agent, "todo://tasks").await.unwrap().to_string());
        read(agent, &format!("todo://tasks/{id}"))
            .await
            .unwrap_err();
        assert!(seen.contains(mine) && !seen.contains(theirs), "{seen}");
    }
    for (agent, title) in [(&ada, "Secret of Ada"), (&bob, "Secret of Bob")] {
        let open = json!({ "status": "pending", "query": title });
        assert_eq!(agent.call("list_tasks", open).await["total"], 1);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn neither_prompts_nor_resources_are_given_without_a_token_or_to_a_deleted_account(
    pool: PgPool,
) {
    let db = Db::from_pool(pool.clone());
    let server = Server::start(&db).await;
    for (method, params) in [
        ("prompts/list", json!({})),
        ("prompts/get", json!({ "name": "plan_my_day" })),
        ("resources/list", json!({})),
        ("resources/read", json!({ "uri": "todo://tasks" })),
    ] {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = server.plain_request().json(&body);
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::UNAUTHORIZED,
            "{method}"
        );
    }
    store::account::delete(&db, "ada").await.unwrap();
    let server = Server::start(&Db::from_pool(pool)).await;
    for (method, params) in [
        ("prompts/get", json!({ "name": "plan_my_day" })),
        ("resources/read", json!({ "uri": "todo://tasks" })),
    ] {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = server
            .plain_request()
            .json(&body)
            .bearer_auth(key(SECRET).mint("ada"));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(
            answer["error"]["data"]["code"], "unauthorized",
            "{method}: {answer}"
        );
    }
}
