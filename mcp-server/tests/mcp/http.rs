//! What the server owes over HTTP, beside the tools.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use store::Db;

use crate::running::{SECRET, Server, eventually, http, key};

async fn server(pool: PgPool) -> Server {
    Server::start(&Db::from_pool(pool)).await
}

async fn status(request: RequestBuilder) -> StatusCode {
    request
        .bearer_auth(key(SECRET).mint("ada"))
        .send()
        .await
        .unwrap()
        .status()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn there_are_no_sessions_to_get_or_delete(pool: PgPool) {
    let server = server(pool).await;
    for method in [Method::GET, Method::DELETE] {
        let request = http()
            .request(method, server.mcp())
            .header("accept", "text/event-stream");
        let response = request
            .bearer_auth(key(SECRET).mint("ada"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()["allow"], "POST");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_configured_hosts_and_origins_are_answered(pool: PgPool) {
    let server = server(pool).await;
    for (header, value, expected) in [
        ("host", "evil.example", StatusCode::FORBIDDEN),
        ("host", "todo-mcp.evil.example:8001", StatusCode::FORBIDDEN),
        ("host", "todo-mcp", StatusCode::OK),
        ("host", "todo-mcp:8001", StatusCode::OK),
        ("host", "localhost:3000", StatusCode::OK),
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        (
            "origin",
            "http://localhost.evil.example",
            StatusCode::FORBIDDEN,
        ),
        ("origin", "http://localhost:6274", StatusCode::OK),
    ] {
        let request = server.plain_request().header(header, value);
        assert_eq!(status(request).await, expected, "{header}: {value}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_larger_than_256_kib_is_413(pool: PgPool) {
    let server = server(pool).await;
    let call = |length| {
        let arguments = json!({ "title": "x".repeat(length) });
        let params = json!({ "name": "add_task", "arguments": arguments });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        server.plain_request().json(&body)
    };
    assert_eq!(status(call(255 * 1024)).await, StatusCode::OK);
    assert_eq!(
        status(call(257 * 1024)).await,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn broken_json_is_refused_and_a_wrong_accept_or_content_type_too(pool: PgPool) {
    let server = server(pool).await;
    assert!(
        status(server.plain_request().body("{"))
            .await
            .is_client_error()
    );
    let request = http()
        .post(server.mcp())
        .header("accept", "text/event-stream")
        .json(&json!({}));
    assert_eq!(status(request).await, StatusCode::NOT_ACCEPTABLE);
    let request = http()
        .post(server.mcp())
        .header("accept", "application/json, text/event-stream")
        .body("{}");
    assert_eq!(status(request).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_is_plain_json_and_a_notification_has_none(pool: PgPool) {
    let server = server(pool).await;
    let request = server.plain_request().bearer_auth(key(SECRET).mint("ada"));
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert!(response.headers().get("mcp-session-id").is_none());
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["result"]["tools"].as_array().unwrap().len(), 12);

    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(
        status(server.plain_request().json(&note)).await,
        StatusCode::ACCEPTED
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn health_readiness_and_unknown_paths_need_no_token(pool: PgPool) {
    let server = server(pool).await;
    let get = async |path: &str| {
        let url = format!("{}{path}", server.url);
        let response = http()
            .get(url)
            .header("host", "10.0.0.7:8001")
            .send()
            .await
            .unwrap();
        let status = response.status();
        (status, response.json::<Value>().await.unwrap())
    };
    let (status, health) = get("/health").await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &json!("ok")));
    assert!(health["version"].is_string());
    let ready = json!({ "status": "ok", "checks": { "database": "ok" } });
    // A busy machine may need longer to connect than a probe waits.
    eventually("ready", async || {
        get("/ready").await == (StatusCode::OK, ready.clone())
    })
    .await;
    let (status, problem) = get("/nowhere").await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::NOT_FOUND, &json!("not_found"))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_client_that_asks_for_no_version_or_an_unknown_one_gets_one_that_it_knows(pool: PgPool) {
    let server = server(pool).await;
    for (asked, given) in [
        ("", "2025-06-18"),
        ("latest", "2025-06-18"),
        ("1999-01-01", "2025-06-18"),
        ("2099-12-31", "2025-06-18"),
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
    ] {
        let hello = json!({
            "jsonrpc": "2.0", "id": 1, "method": "initialize",
            "params": {
                "protocolVersion": asked, "capabilities": {},
                "clientInfo": { "name": "old", "version": "1" },
            },
        });
        let request = server.plain_request().bearer_auth(key(SECRET).mint("ada"));
        let response = request.json(&hello).send().await.unwrap();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(
            answer["result"]["protocolVersion"], given,
            "{asked}: {answer}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_client_that_takes_json_or_anything_is_served_at_both_spellings_of_the_address(
    pool: PgPool,
) {
    let server = server(pool).await;
    for accept in [
        None,
        Some("*/*"),
        Some("application/json"),
        Some("application/*;q=0.9"),
    ] {
        for path in ["/mcp", "/mcp/"] {
            let request = http()
                .post(format!("{}{path}", server.url))
                .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }));
            let request = match accept {
                Some(accept) => request.header("accept", accept),
                None => request,
            };
            assert_eq!(status(request).await, StatusCode::OK, "{accept:?} {path}");
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn malformed_parameters_are_not_an_unknown_method(pool: PgPool) {
    let server = server(pool).await;
    let list = json!({ "name": "list_tasks" });
    for (method, params, code) in [
        ("tools/call", None, -32602),
        ("tools/call", Some(json!({})), -32602),
        ("tools/call", Some(json!({ "name": 5 })), -32602),
        (
            "tools/call",
            Some(json!({ "name": "no_such_tool" })),
            -32602,
        ),
        ("tools/call", Some(json!([])), -32602),
        ("initialize", None, -32602),
        ("initialize", Some(json!([1])), -32602),
        ("prompts/get", None, -32602),
        (
            "prompts/get",
            Some(json!({ "name": "no_such_prompt" })),
            -32602,
        ),
        ("resources/read", Some(json!({ "uri": 5 })), -32602),
        (
            "resources/read",
            Some(json!({ "uri": "todo://nothing" })),
            -32002,
        ),
        ("completion/complete", Some(list), -32601),
        ("tasks/drop", None, -32601),
    ] {
        let mut body = json!({ "jsonrpc": "2.0", "id": 1, "method": method });
        if let Some(params) = params.clone() {
            body["params"] = params;
        }
        let request = server.plain_request().json(&body);
        let response = request.bearer_auth(key(SECRET).mint("ada")).send().await;
        let answer: Value = response.unwrap().json().await.unwrap();
        assert_eq!(
            answer["error"]["code"], code,
            "{method} {params:?}: {answer}"
        );
        assert!(answer["error"]["message"].is_string());
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_page_of_an_allowed_origin_may_ask_before_it_has_a_token(pool: PgPool) {
    let server = server(pool).await;
    let preflight = async |origin: &str| {
        let request = http()
            .request(Method::OPTIONS, server.mcp())
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,mcp-protocol-version",
            );
        request.send().await.unwrap()
    };
    for origin in [
        "http://localhost:6274",
        "http://127.0.0.1:3000",
        "https://tools.example",
    ] {
        let answer = preflight(origin).await;
        assert_eq!(answer.status(), StatusCode::OK, "{origin}");
        assert_eq!(answer.headers()["access-control-allow-origin"], origin);
        assert_eq!(
            answer.headers()["access-control-allow-headers"],
            "authorization,mcp-protocol-version"
        );
        let refused = http()
            .post(server.mcp())
            .header("origin", origin)
            .send()
            .await
            .unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let exposed = refused.headers()["access-control-expose-headers"]
            .to_str()
            .unwrap();
        for name in ["www-authenticate", "mcp-session-id"] {
            assert!(exposed.contains(name), "{exposed}");
        }
    }
    let answer = preflight("https://evil.example").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(
        answer
            .headers()
            .get("access-control-allow-origin")
            .is_none()
    );
    let options = http()
        .request(Method::OPTIONS, server.mcp())
        .send()
        .await
        .unwrap();
    assert_eq!(options.status(), StatusCode::OK);
}
