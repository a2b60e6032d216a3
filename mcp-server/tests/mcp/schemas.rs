//! What a model is shown of the tools.

use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Value, json};
use sqlx::PgPool;
use store::Db;

use crate::running::Server;

async fn tools(pool: PgPool) -> Vec<Tool> {
    Server::start(&Db::from_pool(pool))
        .await
        .agent("ada")
        .await
        .tools()
        .await
}

/// Calls `visit` with every keyword or property name in a schema and its value.
fn walk(schema: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match schema {
        Value::Object(object) => {
            for (name, value) in object {
                visit(name, value);
                walk(value, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

fn schemas(tool: &Tool) -> [Value; 2] {
    let output = tool
        .output_schema
        .as_ref()
        .unwrap_or_else(|| panic!("{} has none", tool.name));
    [json!(tool.input_schema), json!(output)]
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn there_are_twelve_tools_and_each_says_what_it_does_and_whether_it_is_dangerous(
    pool: PgPool,
) {
    let tools = tools(pool).await;
    let hints = tools.iter().map(|tool| {
        let ToolAnnotations {
            read_only_hint,
            destructive_hint,
            idempotent_hint,
            open_world_hint,
            ..
        } = tool.annotations.clone().unwrap();
        let hints = [
            read_only_hint,
            destructive_hint,
            idempotent_hint,
            open_world_hint,
        ];
        (tool.name.as_ref(), hints.map(Option::unwrap))
    });
    assert_eq!(
        hints.collect::<Vec<_>>(),
        [
            ("add_task", [false, false, false, false]),
            ("add_tasks", [false, false, false, false]),
            ("change_tasks", [false, true, true, false]),
            ("complete_task", [false, false, true, false]),
            ("delete_task", [false, true, true, false]),
            ("get_task", [true, false, true, false]),
            ("list_activity", [true, false, true, false]),
            ("list_tasks", [true, false, true, false]),
            ("reopen_task", [false, false, true, false]),
            ("task_summary", [true, false, true, false]),
            ("undo", [false, false, false, false]),
            ("update_task", [false, false, true, false]),
        ]
    );
    for tool in &tools {
        assert!(tool.title.is_some());
        let description = tool.description.as_deref().unwrap();
        assert!(
            description.ends_with('.') && !description.contains('\n'),
            "{description}"
        );
        let [input, _] = schemas(tool);
        for (name, property) in input["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{} {name}", tool.name);
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_schema_lets_a_model_say_whose_tasks_it_means(pool: PgPool) {
    for tool in tools(pool).await {
        for schema in schemas(&tool) {
            walk(&schema, &mut |name, _| {
                let name = name.to_lowercase();
                let stem = name.strip_suffix("id").unwrap_or(&name);
                let stem = stem.strip_suffix('_').unwrap_or(stem);
                for owner in ["user", "owner", "account", "tenant"] {
                    assert!(!stem.ends_with(owner), "{} has {name}", tool.name);
                }
            });
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn schemas_are_flat_and_hold_nothing_that_providers_refuse(pool: PgPool) {
    for tool in tools(pool).await {
        let [input, output] = schemas(&tool);
        assert_eq!(input["additionalProperties"], false, "{}", tool.name);
        assert_eq!(
            (&input["type"], &output["type"]),
            (&json!("object"), &json!("object"))
        );
        for schema in [&input, &output] {
            walk(schema, &mut |name, value| {
                let choices = value.as_array().map(Vec::as_slice).unwrap_or_default();
                assert!(
                    !choices.contains(&Value::Null),
                    "{} has a null in {name}",
                    tool.name
                );
                let refused = [
                    "$ref", "$defs", "anyOf", "oneOf", "allOf", "format", "default", "$schema",
                ];
                assert!(!refused.contains(&name), "{} has {name}", tool.name);
                assert!(
                    name != "type" || value.is_string(),
                    "{} has a union: {value}",
                    tool.name
                );
            });
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_arguments_are_these(pool: PgPool) {
    let tools = tools(pool).await;
    let arguments = tools.iter().map(|tool| {
        let [input, _] = schemas(tool);
        let types = input["properties"].as_object().unwrap().iter();
        let types: Value = types
            .map(|(name, property)| (name.clone(), property["type"].clone()))
            .collect();
        (
            tool.name.as_ref(),
            types,
            input.get("required").cloned().unwrap_or_default(),
        )
    });
    assert_eq!(
        arguments.collect::<Vec<_>>(),
        [
            (
                "add_task",
                json!({ "title": "string", "description": "string" }),
                json!(["title"])
            ),
            ("add_tasks", json!({ "tasks": "array" }), json!(["tasks"])),
            (
                "change_tasks",
                json!({ "task_ids": "array", "action": "string" }),
                json!(["task_ids", "action"])
            ),
            (
                "complete_task",
                json!({ "task_id": "integer" }),
                json!(["task_id"])
            ),
            (
                "delete_task",
                json!({ "task_id": "integer" }),
                json!(["task_id"])
            ),
            (
                "get_task",
                json!({ "task_id": "integer" }),
                json!(["task_id"])
            ),
            (
                "list_activity",
                json!({ "kind": "string", "since": "string", "until": "string", "limit": "integer" }),
                Value::Null
            ),
            (
                "list_tasks",
                json!({
                    "status": "string", "query": "string", "sort": "string", "limit": "integer",
                    "cursor": "string", "details": "boolean",
                }),
                Value::Null
            ),
            (
                "reopen_task",
                json!({ "task_id": "integer" }),
                json!(["task_id"])
            ),
            ("task_summary", json!({}), Value::Null),
            ("undo", json!({ "undo_id": "string" }), Value::Null),
            (
                "update_task",
                json!({ "task_id": "integer", "title": "string", "description": "string", "clear": "array" }),
                json!(["task_id"])
            ),
        ]
    );
    let list = tools.iter().find(|tool| tool.name == "list_tasks").unwrap();
    let [list, _] = schemas(list);
    assert_eq!(
        list["properties"]["status"]["enum"],
        json!(["all", "pending", "completed"])
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_list_of_tools_may_be_kept_for_five_minutes(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let list = server.agent("ada").await.0.list_tools(None).await.unwrap();
    assert_eq!(list.ttl_ms, Some(300_000));
    let list = server
        .older_agent("ada")
        .await
        .0
        .list_tools(None)
        .await
        .unwrap();
    assert_eq!((list.ttl_ms, list.tools.len()), (None, 12));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn all_tools_with_their_schemas_are_less_than_12_kb(pool: PgPool) {
    let tools = tools(pool).await;
    let size = json!(tools).to_string().len();
    println!("{} tools, {size} bytes", tools.len());
    for tool in &tools {
        println!("{:>6} {}", json!(tool).to_string().len(), tool.name);
    }
    assert!(size < 12_000, "{size}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_in_several_is_described_as_alone(pool: PgPool) {
    let tools = tools(pool).await;
    let input = |name: &str| {
        let tool = tools.iter().find(|tool| tool.name == name).unwrap();
        json!(tool.input_schema)
    };
    let task = &input("add_tasks")["properties"]["tasks"];
    assert_eq!(
        (&task["minItems"], &task["maxItems"]),
        (&json!(1), &json!(25))
    );
    for field in ["type", "properties", "required", "additionalProperties"] {
        assert_eq!(task["items"][field], input("add_task")[field], "{field}");
    }
    let ids = &input("change_tasks")["properties"]["task_ids"];
    assert_eq!(
        (&ids["minItems"], &ids["maxItems"], &ids["items"]),
        (&json!(1), &json!(50), &json!({ "type": "integer" }))
    );
    let clear = &input("update_task")["properties"]["clear"];
    assert_eq!(clear["items"]["enum"], json!(["description"]));
}
