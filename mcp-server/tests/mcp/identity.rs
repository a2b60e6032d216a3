//! Who may call, and as whom.

use hkdf::Hkdf;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{StatusCode, header::WWW_AUTHENTICATE};
use serde_json::{Value, json};
use service::{assertion::Assertions, shutdown::Shutdown};
use sha2::Sha256;
use sqlx::PgPool;
use store::Db;

use crate::running::{Agent, SECRET, Server, discover, key};

const OTHER_SECRET: &str = "another secret of these tests, 32 bytes or more";

/// The signing key as another implementation of the backend would derive it.
fn signing_key(secret: &str) -> EncodingKey {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, secret.as_bytes())
        .expand(b"mcp-user-assertion-v1", &mut key)
        .unwrap();
    EncodingKey::from_secret(&key)
}

fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

/// A good assertion's claims, with some replaced; `null` removes one.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": "todo-backend", "aud": "todo-mcp", "sub": "ada", "iat": now(), "exp": now() + 60,
        "jti": "1", "scope": "tasks:read tasks:write",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    claims
}

fn sign(algorithm: Algorithm, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(&Header::new(algorithm), claims, key).unwrap()
}

fn assertion(changes: &Value) -> String {
    sign(Algorithm::HS256, &claims(changes), &signing_key(SECRET))
}

/// What the frontend's sign-in gives a person: `EdDSA`, for another audience.
fn login_token() -> String {
    let pkcs8_head = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
    let key: Vec<u8> = pkcs8_head.into_iter().chain([7; 32]).collect();
    let claims = claims(&json!({ "iss": "http://localhost:3000", "aud": "http://localhost:3000" }));
    sign(Algorithm::EdDSA, &claims, &EncodingKey::from_ed_der(&key))
}

fn without_signature(token: &str) -> String {
    let payload = token.split('.').nth(1).unwrap();
    // {"alg":"none","typ":"JWT"}
    format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}.")
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_request_without_credentials_is_401_and_says_only_that_a_bearer_token_is_needed(
    pool: PgPool,
) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let response = server.plain_request().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let problem: Value = response.json().await.unwrap();
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&json!(401), &json!("unauthorized"))
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_assertion_with_an_empty_scope_may_nothing_and_one_for_reading_only_reads(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let add = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "add_task", "arguments": { "title": "Milk" } },
    });
    for (scope, list, call) in [
        ("", 403, 403),
        ("openid", 403, 403),
        ("tasks:read", 200, 403),
    ] {
        let token = assertion(&json!({ "scope": scope }));
        let asked = server.plain_request().bearer_auth(&token);
        assert_eq!(asked.send().await.unwrap().status(), list, "{scope}");
        let asked = server.plain_request().bearer_auth(&token).json(&add);
        assert_eq!(asked.send().await.unwrap().status(), call, "{scope}");
    }
    assert!(server.agent("ada").await.titles().await.is_empty());
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_bad_token_gets_the_same_401(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let good = assertion(&json!({}));
    assert_eq!(
        server
            .plain_request()
            .bearer_auth(&good)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );

    let (head, tail) = good.split_at(good.len() - 4);
    for (what, token) in [
        ("garbage", "garbage".to_owned()),
        ("an empty token", String::new()),
        ("the shared secret itself", SECRET.to_owned()),
        (
            "expired",
            assertion(&json!({ "iat": now() - 120, "exp": now() - 60 })),
        ),
        ("without expiry", assertion(&json!({ "exp": null }))),
        (
            "good for an hour",
            assertion(&json!({ "exp": now() + 3600 })),
        ),
        (
            "from the future",
            assertion(&json!({ "iat": now() + 600, "exp": now() + 660 })),
        ),
        (
            "for another audience",
            assertion(&json!({ "aud": "todo-backend" })),
        ),
        ("without audience", assertion(&json!({ "aud": null }))),
        (
            "from another issuer",
            assertion(&json!({ "iss": "somebody" })),
        ),
        ("for nobody", assertion(&json!({ "sub": "" }))),
        ("without subject", assertion(&json!({ "sub": null }))),
        ("signed with another key", key(OTHER_SECRET).mint("ada")),
        ("signed with the secret, not the derived key", {
            let key = EncodingKey::from_secret(SECRET.as_bytes());
            sign(Algorithm::HS256, &claims(&json!({})), &key)
        }),
        ("signed with another algorithm", {
            sign(Algorithm::HS512, &claims(&json!({})), &signing_key(SECRET))
        }),
        ("not signed", without_signature(&good)),
        (
            "tampered with",
            format!("{head}{}", tail.chars().rev().collect::<String>()),
        ),
        ("a person's login token", login_token()),
    ] {
        let response = server
            .plain_request()
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(
            response.headers()[WWW_AUTHENTICATE],
            "Bearer error=\"invalid_token\"",
            "{what}"
        );
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["detail"], "Sign in to do this.", "{what}");
    }
    for headers in [
        vec![format!("Basic {good}")],
        vec![format!("Bearer {good}"), "Bearer x".to_owned()],
    ] {
        let request = headers
            .iter()
            .fold(server.plain_request(), |r, h| r.header("authorization", h));
        assert_eq!(
            request.send().await.unwrap().status(),
            StatusCode::UNAUTHORIZED
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn tokens_in_the_query_are_not_credentials(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let url = format!("{}?access_token={}", server.mcp(), assertion(&json!({})));
    let response = crate::running::http().post(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn while_the_key_changes_the_previous_one_is_good_as_well(pool: PgPool) {
    let db = Db::from_pool(pool);
    let rotating = Assertions::new(key(OTHER_SECRET), Some(key(SECRET)));
    let server = Server::start_with(&db, rotating, Shutdown::manual()).await;
    for secret in [SECRET, OTHER_SECRET] {
        let request = server.plain_request().bearer_auth(key(secret).mint("ada"));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    }
    let server = Server::start_with(
        &db,
        Assertions::new(key(OTHER_SECRET), None),
        Shutdown::manual(),
    )
    .await;
    let request = server.plain_request().bearer_auth(key(SECRET).mint("ada"));
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_user_id_in_the_arguments_is_refused_as_unknown(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let (ada, bob) = (server.agent("ada").await, server.agent("bob").await);
    let id = bob.add("Bob's task").await;
    for (tool, mut arguments) in [
        ("add_task", json!({ "title": "For Bob" })),
        ("list_tasks", json!({})),
        ("complete_task", json!({ "task_id": id })),
        ("update_task", json!({ "task_id": id, "title": "x" })),
        ("delete_task", json!({ "task_id": id })),
        ("task_summary", json!({})),
    ] {
        arguments["user_id"] = json!("bob");
        let failure = ada.refusal(tool, arguments).await;
        assert_eq!(failure["code"], "invalid");
        assert!(
            failure["message"]
                .as_str()
                .unwrap()
                .contains("unknown field `user_id`"),
            "{failure}"
        );
    }
    assert_eq!(bob.titles().await, ["Bob's task"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_user_id_in_metadata_headers_or_query_has_no_effect(pool: PgPool) {
    let server = Server::start(&Db::from_pool(pool)).await;
    let bob = server.agent("bob").await;
    bob.add("Bob's task").await;

    let url = format!("{}?user_id=bob", server.mcp());
    let headers = [("x-user-id", "bob"), ("x-forwarded-user", "bob")];
    let ada = Agent::connect(&url, "ada", discover(), &headers).await;
    let meta = json!({ "user_id": "bob", "todo/userId": "bob" });
    let list = ada
        .call_with_meta("list_tasks", json!({}), meta.clone())
        .await;
    assert_eq!(list["total"], 0);
    ada.call_with_meta("add_task", json!({ "title": "Ada's task" }), meta)
        .await;
    assert_eq!(ada.titles().await, ["Ada's task"]);
    assert_eq!(bob.titles().await, ["Bob's task"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_deleted_account_is_told_so_by_whatever_tool_it_calls(pool: PgPool) {
    let db = Db::from_pool(pool.clone());
    store::account::delete(&db, "ada").await.unwrap();
    for (tool, arguments) in [
        ("list_tasks", json!({})),
        ("task_summary", json!({})),
        ("add_task", json!({ "title": "Buy milk" })),
    ] {
        // A process that was not there when it was deleted.
        let server = Server::start(&Db::from_pool(pool.clone())).await;
        let failure = server.agent("ada").await.refusal(tool, arguments).await;
        assert_eq!(failure["code"], "unauthorized", "{tool}");
    }
}
