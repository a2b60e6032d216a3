//! Personal access tokens: what an agent may do with one.

use reqwest::{StatusCode, header::WWW_AUTHENTICATE};
use serde_json::{Value, json};
use sqlx::{PgPool, raw_sql};
use store::Db;

use crate::{
    programs::{
        ANNS_READING, ANNS_WRITING, BOBS_WRITING, NOBODYS, add_key, half_a_minute_passes, id_of,
        make_keys, make_tables,
    },
    running::{Agent, Server, http},
};

async fn server(pool: &PgPool) -> Server {
    Server::start(&Db::from_pool(pool.clone())).await
}

/// Sends a message as a client of an older protocol does.
pub async fn ask(server: &Server, token: &str, message: &Value) -> reqwest::Response {
    let request = server.plain_request().bearer_auth(token).json(message);
    request.send().await.unwrap()
}

pub fn call(tool: &str, arguments: &Value) -> Value {
    json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": tool, "arguments": arguments },
    })
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn two_peoples_agents_never_see_each_others_tasks(pool: PgPool) {
    make_keys(&pool).await;
    let server = server(&pool).await;
    let ann = Agent::with_token(&server, ANNS_WRITING).await;
    let bob = Agent::with_token(&server, BOBS_WRITING).await;
    let (anns, bobs) = (ann.add("Ann's task").await, bob.add("Bob's task").await);
    for (agent, other, own_title) in [(&ann, bobs, "Ann's task"), (&bob, anns, "Bob's task")] {
        for (tool, arguments) in [
            ("get_task", json!({ "task_id": other })),
            ("complete_task", json!({ "task_id": other })),
            ("reopen_task", json!({ "task_id": other })),
            ("update_task", json!({ "task_id": other, "title": "Mine" })),
            ("delete_task", json!({ "task_id": other })),
        ] {
            assert_eq!(
                agent.refusal(tool, arguments).await["code"],
                "not_found",
                "{tool}"
            );
        }
        assert_eq!(agent.titles().await, [own_title]);
        assert_eq!(agent.call("task_summary", json!({})).await["total"], 1);
    }
    assert_eq!(server.agent("ann").await.titles().await, ["Ann's task"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_for_reading_sees_reading_tools_only_and_is_refused_the_others_with_403(
    pool: PgPool,
) {
    make_keys(&pool).await;
    let server = server(&pool).await;
    let reader = Agent::with_token(&server, ANNS_READING).await;
    let tools = reader.tools().await;
    let reads = |tool: &rmcp::model::Tool| {
        let hints = tool.annotations.as_ref();
        hints.and_then(|hints| hints.read_only_hint) == Some(true)
    };
    assert!(!tools.is_empty() && tools.iter().all(reads), "{tools:?}");
    let all = Agent::with_token(&server, ANNS_WRITING).await.tools().await;
    for tool in all {
        let answer = ask(&server, ANNS_READING, &call(&tool.name, &json!({}))).await;
        if reads(&tool) {
            assert_eq!(answer.status(), StatusCode::OK, "{}", tool.name);
            continue;
        }
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{}", tool.name);
        assert_eq!(
            answer.headers()[WWW_AUTHENTICATE],
            "Bearer error=\"insufficient_scope\", scope=\"tasks:read tasks:write\""
        );
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "insufficient_scope");
    }
    // The same of the present protocol, which names the tool in a header too.
    let refused = reader
        .try_call("add_task", json!({ "title": "x" }), Value::Null)
        .await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(reader.titles().await, [""; 0]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_list_of_some_tools_is_for_its_caller_alone(pool: PgPool) {
    make_keys(&pool).await;
    let server = server(&pool).await;
    for (token, scope) in [(ANNS_WRITING, "public"), (ANNS_READING, "private")] {
        let request = server
            .plain_request()
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/list")
            .bearer_auth(token)
            .json(&json!({
                "jsonrpc": "2.0", "id": 1, "method": "tools/list",
                "params": { "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
                    "io.modelcontextprotocol/clientCapabilities": {},
                } },
            }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["result"]["cacheScope"], scope, "{answer}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_key_without_permissions_may_not_even_list_the_tools(pool: PgPool) {
    make_tables(&pool).await;
    add_key(&pool, NOBODYS, "ann", None).await;
    let server = server(&pool).await;
    let answer = server
        .plain_request()
        .bearer_auth(NOBODYS)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_bad_or_revoked_key_is_401_within_half_a_minute(pool: PgPool) {
    make_keys(&pool).await;
    let server = server(&pool).await;
    let status = async |token: &str| {
        let answer = server.plain_request().bearer_auth(token).send().await;
        answer.unwrap().status()
    };
    assert_eq!(status(ANNS_WRITING).await, StatusCode::OK);
    assert_eq!(status(NOBODYS).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&ANNS_WRITING[..57]).await, StatusCode::UNAUTHORIZED);
    raw_sql("delete from apikey").execute(&pool).await.unwrap();
    half_a_minute_passes().await;
    assert_eq!(status(ANNS_WRITING).await, StatusCode::UNAUTHORIZED);
    let url = format!("{}?access_token={BOBS_WRITING}", server.mcp());
    let answer = http().post(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn while_the_database_is_away_a_key_is_neither_good_nor_bad(pool: PgPool) {
    make_keys(&pool).await;
    let server = server(&pool).await;
    pool.close().await;
    let answer = server
        .plain_request()
        .bearer_auth(ANNS_WRITING)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_log_of_changes_names_the_key(pool: PgPool) {
    make_keys(&pool).await;
    let server = server(&pool).await;
    Agent::with_token(&server, ANNS_WRITING)
        .await
        .add("Buy milk")
        .await;
    let select = "select means || ': ' || source from task_changes where user_id = 'ann'";
    let told: String = sqlx::query_scalar(select).fetch_one(&pool).await.unwrap();
    assert_eq!(told, format!("mcp: Key {}", id_of(ANNS_WRITING)));
}
