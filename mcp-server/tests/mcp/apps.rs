//! Connected apps: the access tokens of an authorization server, and how an app finds its way there.

use jsonwebtoken::get_current_timestamp;
use reqwest::{Method, StatusCode, header::WWW_AUTHENTICATE};
use serde_json::{Value, json};
use sqlx::{PgPool, raw_sql};
use store::Db;

use crate::{
    auth_server::{AuthServer, SigningKey},
    keys::{ask, call},
    programs::{connect_app, half_a_minute_passes, make_tables},
    running::{Agent, ISSUER, RESOURCE, Server, http},
};

const CHALLENGE: &str = "Bearer resource_metadata=\"https://todo.example/.well-known/oauth-protected-resource/mcp\", \
                         scope=\"tasks:read tasks:write\"";

struct World {
    auth: AuthServer,
    key: SigningKey,
    server: Server,
}

/// Ann has connected an app.
async fn world(pool: &PgPool) -> World {
    make_tables(pool).await;
    connect_app(pool, "ann", "app-1", "Claude\u{1b} Code").await;
    let key = SigningKey::new("a", 1);
    let auth = AuthServer::start(&[key.public()]).await;
    let server = Server::start_with_apps(&Db::from_pool(pool.clone()), &auth.url).await;
    World { auth, key, server }
}

/// What a good token says, with these changes; `null` takes a claim away.
fn claims(changes: &Value) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": RESOURCE, "sub": "ann", "client_id": "app-1", "azp": "app-1", "jti": "1",
        "scope": "offline_access tasks:read tasks:write",
        "iat": get_current_timestamp(), "exp": get_current_timestamp() + 600,
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

fn token(key: &SigningKey, changes: &Value) -> String {
    key.sign_as("at+jwt", &claims(changes))
}

impl World {
    async fn status(&self, token: &str) -> StatusCode {
        let answer = self.server.plain_request().bearer_auth(token).send().await;
        answer.unwrap().status()
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_app_works_with_the_tasks_of_the_person_who_connected_it(pool: PgPool) {
    let world = world(&pool).await;
    connect_app(&pool, "bob", "app-1", "").await;
    let ann = Agent::with_token(&world.server, &token(&world.key, &json!({}))).await;
    let bob = Agent::with_token(&world.server, &token(&world.key, &json!({ "sub": "bob" }))).await;
    ann.add("Ann's task").await;
    assert_eq!(ann.titles().await, ["Ann's task"]);
    assert_eq!(bob.titles().await, [""; 0]);
    let source: String = sqlx::query_scalar("select source from task_changes")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(source, "Claude Code");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_may_be_good_for_the_authorization_server_too_but_nowhere_else(pool: PgPool) {
    let world = world(&pool).await;
    let userinfo = format!("{ISSUER}/api/auth/oauth2/userinfo");
    for (audience, expected) in [
        (json!([RESOURCE]), StatusCode::OK),
        (json!([RESOURCE, userinfo]), StatusCode::OK),
        (json!(userinfo), StatusCode::UNAUTHORIZED),
        (
            json!([RESOURCE, "https://other.example/mcp"]),
            StatusCode::UNAUTHORIZED,
        ),
        (json!("https://other.example/mcp"), StatusCode::UNAUTHORIZED),
        (json!("https://todo.example"), StatusCode::UNAUTHORIZED),
        (json!([]), StatusCode::UNAUTHORIZED),
        (json!(7), StatusCode::UNAUTHORIZED),
        (Value::Null, StatusCode::UNAUTHORIZED),
    ] {
        let token = token(&world.key, &json!({ "aud": audience }));
        assert_eq!(world.status(&token).await, expected, "{audience}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_bad_access_token_gets_the_same_401_with_the_way_to_a_good_one(pool: PgPool) {
    let world = world(&pool).await;
    let key = &world.key;
    let now = get_current_timestamp();
    let good = token(key, &json!({}));
    let (header, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    for (what, token) in [
        (
            "another issuer",
            token(key, &json!({ "iss": "https://evil.example" })),
        ),
        ("no issuer", token(key, &json!({ "iss": null }))),
        ("expired", token(key, &json!({ "exp": now - 60 }))),
        ("no expiry", token(key, &json!({ "exp": null }))),
        ("not yet", token(key, &json!({ "nbf": now + 600 }))),
        ("nobody", token(key, &json!({ "sub": "" }))),
        (
            "no client",
            token(key, &json!({ "client_id": null, "azp": null })),
        ),
        (
            "a client that is not connected",
            token(key, &json!({ "client_id": "app-2" })),
        ),
        (
            "a person who did not connect it",
            token(key, &json!({ "sub": "bob" })),
        ),
        (
            "bound to a key",
            token(key, &json!({ "cnf": { "jkt": "x" } })),
        ),
        (
            "the type of a session's token",
            key.sign(&claims(&json!({}))),
        ),
        (
            "an identity token",
            key.sign_as("id+jwt", &claims(&json!({}))),
        ),
        (
            "another key of the same name",
            self::token(&SigningKey::new("a", 2), &json!({})),
        ),
        (
            "an unknown key",
            self::token(&SigningKey::new("b", 2), &json!({})),
        ),
        // {"alg":"none","typ":"at+jwt"}
        (
            "no signature",
            format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}."),
        ),
        // {"alg":"HS256","typ":"at+jwt","kid":"a"}
        (
            "another algorithm",
            format!("eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImEifQ.{payload}.{signature}"),
        ),
        ("another's claims", format!("{header}.e30.{signature}")),
    ] {
        let answer = world
            .server
            .plain_request()
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
        let challenge = CHALLENGE.replacen("Bearer ", "Bearer error=\"invalid_token\", ", 1);
        assert_eq!(answer.headers()[WWW_AUTHENTICATE], challenge, "{what}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["detail"], "Sign in to do this.", "{what}");
    }
    assert_eq!(world.status(&good).await, StatusCode::OK);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_scope_that_is_too_small_is_403_and_names_what_is_missing(pool: PgPool) {
    let world = world(&pool).await;
    for scope in ["", "openid profile", "tasks"] {
        let token = token(&world.key, &json!({ "scope": scope }));
        assert_eq!(world.status(&token).await, StatusCode::FORBIDDEN, "{scope}");
    }
    let reader = token(&world.key, &json!({ "scope": "tasks:read" }));
    let answer = ask(&world.server, &reader, &call("list_tasks", &json!({}))).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = ask(
        &world.server,
        &reader,
        &call("add_task", &json!({ "title": "x" })),
    )
    .await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        answer.headers()[WWW_AUTHENTICATE],
        "Bearer error=\"insufficient_scope\", scope=\"tasks:read tasks:write\", \
         resource_metadata=\"https://todo.example/.well-known/oauth-protected-resource/mcp\""
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_disconnected_app_and_a_deleted_person_are_refused_within_half_a_minute(pool: PgPool) {
    let world = world(&pool).await;
    connect_app(&pool, "bob", "app-1", "").await;
    let ann = token(&world.key, &json!({}));
    let bob = token(&world.key, &json!({ "sub": "bob" }));
    assert_eq!(world.status(&ann).await, StatusCode::OK);
    assert_eq!(world.status(&bob).await, StatusCode::OK);
    raw_sql(r#"delete from "oauthConsent" where "userId" = 'ann'"#)
        .execute(&pool)
        .await
        .unwrap();
    raw_sql(r#"delete from "user" where id = 'bob'"#)
        .execute(&pool)
        .await
        .unwrap();
    half_a_minute_passes().await;
    assert_eq!(world.status(&ann).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.status(&bob).await, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn after_the_keys_have_changed_new_tokens_are_good_and_old_ones_are_not(pool: PgPool) {
    let world = world(&pool).await;
    let old = token(&world.key, &json!({}));
    assert_eq!(world.status(&old).await, StatusCode::OK);
    let new = SigningKey::new("b", 2);
    world.auth.publish(&[new.public()]);
    half_a_minute_passes().await;
    half_a_minute_passes().await;
    assert_eq!(world.status(&token(&new, &json!({}))).await, StatusCode::OK);
    assert_eq!(world.status(&old).await, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn while_keys_or_database_are_away_a_token_is_neither_good_nor_bad(pool: PgPool) {
    make_tables(&pool).await;
    let key = SigningKey::new("a", 1);
    // Nothing listens on the discard port of this machine.
    let db = Db::from_pool(pool.clone());
    let server = Server::start_with_apps(&db, "http://127.0.0.1:9").await;
    let auth = AuthServer::start(&[key.public()]).await;
    let other = Server::start_with_apps(&db, &auth.url).await;
    pool.close().await;
    for server in [server, other] {
        let request = server.plain_request().bearer_auth(token(&key, &json!({})));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("retry-after"));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_app_without_a_token_is_told_where_to_get_one(pool: PgPool) {
    let world = world(&pool).await;
    let url = &world.server.url;
    for method in [Method::GET, Method::POST, Method::DELETE] {
        for path in ["/mcp", "/mcp/"] {
            let request = http().request(method.clone(), format!("{url}{path}"));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(answer.headers()[WWW_AUTHENTICATE], CHALLENGE);
        }
    }
    for path in [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
    ] {
        let request = http()
            .get(format!("{url}{path}"))
            .header("origin", "http://localhost:6274");
        let answer = request.send().await.unwrap();
        assert_eq!(
            answer.headers()["access-control-allow-origin"],
            "http://localhost:6274"
        );
        let document: Value = answer.json().await.unwrap();
        assert_eq!(
            document,
            json!({
                "resource": RESOURCE, "authorization_servers": [ISSUER],
                "scopes_supported": ["tasks:read", "tasks:write"],
                "bearer_methods_supported": ["header"], "resource_name": "Todo",
            })
        );
    }
}
