//! Arguments that break a rule: the model is told which, and what to do about it.

use rmcp::{model::ErrorCode, service::ServiceError};
use serde_json::{Value, json};
use sqlx::PgPool;
use store::Db;

use crate::running::{Agent, Server};

async fn agent(pool: PgPool) -> Agent {
    Server::start(&Db::from_pool(pool)).await.agent("ada").await
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn broken_rules_are_refused_in_the_words_of_the_store(pool: PgPool) {
    let agent = agent(pool).await;
    let id = agent.add("Buy milk").await;
    for (field, text, message) in [
        ("title", String::new(), "The title must not be empty."),
        ("title", " \t ".to_owned(), "The title must not be empty."),
        (
            "title",
            "x".repeat(201),
            "The title must be at most 200 characters long.",
        ),
        (
            "title",
            "🥛".repeat(201),
            "The title must be at most 200 characters long.",
        ),
        (
            "title",
            "nul\0".to_owned(),
            "The title must not hold control characters.",
        ),
        (
            "title",
            "esc\u{1b}[0m".to_owned(),
            "The title must not hold control characters.",
        ),
        (
            "description",
            "x".repeat(2001),
            "The description must be at most 2000 characters long.",
        ),
        (
            "description",
            "bell\u{7}".to_owned(),
            "The description must not hold control characters other than newline and tab.",
        ),
    ] {
        let mut new = json!({ "title": "Call Bob" });
        new[field] = json!(text);
        let mut change = json!({ "task_id": id });
        change[field] = json!(text);
        for (tool, arguments) in [("add_task", new), ("update_task", change)] {
            if tool == "update_task" && text.trim().is_empty() {
                // It was not given.
                continue;
            }
            let failure = agent.refusal(tool, arguments).await;
            let hint = format!("Correct `{field}` and call the tool again.");
            assert_eq!(
                failure,
                json!({ "code": "invalid", "message": message, "hint": hint })
            );
        }
    }
    assert_eq!(agent.titles().await, ["Buy milk"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn arguments_that_do_not_fit_are_refused_by_name(pool: PgPool) {
    let agent = agent(pool).await;
    for (tool, arguments, named) in [
        ("add_task", Value::Null, "missing field `title`"),
        (
            "add_task",
            json!({ "title": null }),
            "The argument `title` is not right",
        ),
        (
            "add_task",
            json!({ "title": 5 }),
            "The argument `title` is not right",
        ),
        (
            "add_task",
            json!({ "title": "x", "description": ["y"] }),
            "The argument `description` is not right",
        ),
        (
            "add_task",
            json!({ "title": "x", "priority": "high" }),
            "unknown field `priority`",
        ),
        (
            "list_tasks",
            json!({ "status": "open" }),
            "expected one of `all`, `pending`, `completed`",
        ),
        (
            "list_tasks",
            json!({ "limit": "many" }),
            "The argument `limit` is not right",
        ),
        ("complete_task", json!({}), "missing field `task_id`"),
        (
            "complete_task",
            json!({ "task_id": "abc" }),
            "expected a whole number such as 5",
        ),
        (
            "complete_task",
            json!({ "task_id": 1.5 }),
            "expected a whole number such as 5",
        ),
        (
            "complete_task",
            json!({ "task_id": true }),
            "expected a whole number such as 5",
        ),
        (
            "complete_task",
            json!({ "task_id": null }),
            "expected a whole number such as 5",
        ),
        (
            "complete_task",
            json!({ "task_id": [5] }),
            "expected a whole number such as 5",
        ),
        (
            "complete_task",
            json!({ "task_id": u64::MAX }),
            "the number is too large",
        ),
        (
            "delete_task",
            json!({ "task_id": 1e300 }),
            "the number is too large",
        ),
        (
            "delete_task",
            json!({ "task_id": "99999999999999999999" }),
            "expected a whole number",
        ),
        (
            "update_task",
            json!({ "task_id": 1 }),
            "There is nothing to change.",
        ),
        (
            "update_task",
            json!({ "task_id": 1, "title": " ", "description": "", "clear": [] }),
            "There is nothing to change.",
        ),
        (
            "update_task",
            json!({ "task_id": 1, "description": "x", "clear": ["description"] }),
            "cannot be changed and removed at once",
        ),
        (
            "update_task",
            json!({ "task_id": 1, "clear": ["title"] }),
            "expected `description`",
        ),
        (
            "change_tasks",
            json!({ "task_ids": [1], "action": "archive" }),
            "expected one of `complete`, `reopen`, `delete`",
        ),
        (
            "change_tasks",
            json!({ "task_ids": [], "action": "delete" }),
            "`task_ids` must have 1 to 50 entries, and has 0",
        ),
        (
            "change_tasks",
            json!({ "task_ids": vec![1; 51], "action": "delete" }),
            "has 51",
        ),
        ("add_tasks", json!({ "tasks": [] }), "1 to 25 entries"),
        (
            "add_tasks",
            json!({ "tasks": vec![json!({ "title": "x" }); 26] }),
            "has 26",
        ),
        (
            "list_activity",
            json!({ "since": "yesterday" }),
            "The argument `since` is not a date or time.",
        ),
        (
            "list_activity",
            json!({ "kind": "moved" }),
            "expected one of `created`, `changed`, `completed`, `reopened`, `deleted`",
        ),
        (
            "task_summary",
            json!({ "verbose": true }),
            "unknown field `verbose`",
        ),
    ] {
        let failure = agent.refusal(tool, arguments.clone()).await;
        assert_eq!(failure["code"], "invalid");
        let message = failure["message"].as_str().unwrap();
        assert!(message.contains(named), "{tool} {arguments}: {message}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_id_may_come_in_the_forms_small_models_send(pool: PgPool) {
    let agent = agent(pool).await;
    let id = agent.add("Buy milk").await;
    for form in [
        json!(id),
        json!(id.to_string()),
        json!(format!("#{id}")),
        json!(format!("{id}.0").parse::<f64>().unwrap()),
    ] {
        let completed = agent
            .call("complete_task", json!({ "task_id": form }))
            .await;
        assert_eq!(completed["task_id"], id);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_task_that_is_not_there_and_one_of_somebody_else_look_the_same(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let (ada, bob) = (server.agent("ada").await, server.agent("bob").await);
    let of_bob = bob.add("Bob's secret").await;

    for id in [of_bob, 0, -1, i64::MAX, i64::MIN] {
        for (tool, arguments) in [
            ("get_task", json!({ "task_id": id })),
            ("complete_task", json!({ "task_id": id })),
            ("reopen_task", json!({ "task_id": id })),
            ("update_task", json!({ "task_id": id, "title": "Mine now" })),
            ("delete_task", json!({ "task_id": id })),
        ] {
            assert_eq!(
                ada.refusal(tool, arguments).await,
                json!({
                    "code": "not_found",
                    "message": format!("There is no task with id {id}."),
                    "hint": "Call list_tasks to see the user's tasks and their ids.",
                })
            );
        }
    }
    assert_eq!(ada.titles().await, [""; 0]);
    assert_eq!(ada.call("task_summary", json!({})).await["total"], 0);
    let list = bob.call("list_tasks", json!({ "status": "pending" })).await;
    assert_eq!(list["tasks"][0]["title"], "Bob's secret");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_unknown_tool_is_a_protocol_error(pool: PgPool) {
    let agent = agent(pool).await;
    let error = agent
        .try_call("drop_table", json!({}), Value::Null)
        .await
        .unwrap_err();
    let ServiceError::McpError(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_limit_out_of_range_is_refused_and_not_replaced(pool: PgPool) {
    let agent = agent(pool).await;
    for tool in ["list_tasks", "list_activity"] {
        for limit in [
            json!(0),
            json!(-1),
            json!(201),
            json!("1000"),
            json!(i64::MAX),
        ] {
            let failure = agent.refusal(tool, json!({ "limit": limit })).await;
            assert_eq!(failure["message"], "The limit must be from 1 to 200.");
        }
        for limit in [json!(1), json!(200), json!("7"), json!(""), json!(null)] {
            agent.call(tool, json!({ "limit": limit })).await;
        }
    }
}

/// What a function schema in strict mode makes of a tool: every argument is required, and a model that means none of them
/// fills in what is empty.
fn strict(tool: &rmcp::model::Tool, given: &Value) -> Value {
    let properties = tool.input_schema["properties"].as_object().unwrap();
    let empty = |property: &Value| match property["type"].as_str().unwrap() {
        "array" => json!([]),
        "boolean" => json!(false),
        // Enums and numbers too: the function schema says `string` for all of them.
        _ => json!(""),
    };
    let arguments = properties.iter().map(|(name, property)| {
        let value = given.get(name).cloned();
        (name.clone(), value.unwrap_or_else(|| empty(property)))
    });
    arguments.collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_strict_function_schema_loses_nothing(pool: PgPool) {
    let agent = agent(pool).await;
    let tools = agent.tools().await;
    let call = async |name: &'static str, given: Value| {
        let tool = tools.iter().find(|tool| tool.name == name).unwrap();
        agent.call(name, strict(tool, &given)).await
    };
    let new = json!({ "title": "Buy milk", "description": "two" });
    let id = call("add_task", new).await["task_id"].clone();
    let given = |mut more: Value| {
        more["task_id"] = id.clone();
        more
    };
    for (change, title, description) in [
        (json!({ "title": "Milk" }), "Milk", json!("two")),
        (json!({ "description": "three" }), "Milk", json!("three")),
        (json!({ "clear": ["description"] }), "Milk", Value::Null),
    ] {
        call("update_task", given(change)).await;
        let task = call("get_task", given(json!({}))).await["task"].clone();
        assert_eq!(
            (&task["title"], &task["description"]),
            (&json!(title), &description)
        );
    }
    call("complete_task", given(json!({}))).await;
    assert_eq!(call("list_tasks", json!({})).await["total"], 1);
    assert_eq!(
        call("list_activity", json!({})).await["activity"][0]["kind"],
        "completed"
    );
    assert_eq!(call("task_summary", json!({})).await["completed"], 1);
    let undone = call("undo", json!({})).await;
    assert_eq!(undone["restored"][0]["title"], "Milk");
    call("reopen_task", given(json!({}))).await;
    let two = json!([{ "title": "One", "description": "" }, { "title": "Two", "description": "" }]);
    assert_eq!(
        call("add_tasks", json!({ "tasks": two })).await["failures"],
        json!([])
    );
    let done = call(
        "change_tasks",
        json!({ "task_ids": [id], "action": "delete" }),
    )
    .await;
    assert_eq!(done["changed"][0]["title"], "Milk");
}
