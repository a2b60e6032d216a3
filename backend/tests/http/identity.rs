//! Who may in. The token checks themselves are tested in the service crate; here, that every route has them.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, App, SECRET};

fn signed(claims: &Value, secret: &str, algorithm: Algorithm) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&Header::new(algorithm), claims, &key).unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_bad_token_gets_one_identical_401(pool: PgPool) {
    let app = App::start(&pool).await;
    let soon = chrono::Utc::now().timestamp() + 600;
    let good = json!({"sub": "alice", "exp": soon});
    let bad = [
        "nonsense".to_owned(),
        signed(
            &good,
            "another secret, also of more than 32 bytes",
            Algorithm::HS256,
        ),
        signed(&good, SECRET, Algorithm::HS512),
        signed(
            &json!({"sub": "alice", "exp": soon - 3600}),
            SECRET,
            Algorithm::HS256,
        ),
        signed(&json!({"sub": "alice"}), SECRET, Algorithm::HS256),
        signed(&json!({"exp": soon}), SECRET, Algorithm::HS256),
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsImV4cCI6OTk5OTk5OTk5OX0.".to_owned(),
    ];
    // Made for the MCP server.
    let access_token = Header {
        typ: Some("at+jwt".to_owned()),
        ..Header::default()
    };
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let bad = bad
        .into_iter()
        .chain([encode(&access_token, &good, &key).unwrap()]);
    let mut expected = app
        .nobody()
        .get("/api/me/tasks")
        .await
        .problem(401, "unauthorized");
    expected["request_id"] = Value::Null;
    for token in bad {
        let answer = app.bearer(&token).get("/api/me/tasks").await;
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        let mut problem = answer.problem(401, "unauthorized");
        problem["request_id"] = Value::Null;
        assert_eq!(problem, expected, "{token}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_route_of_a_person_answers_without_a_token(pool: PgPool) {
    let app = App::start(&pool).await;
    let document = app.nobody().get("/api/openapi.json").await.json();
    let mut closed = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"] == json!([{}]) {
                continue;
            }
            let path = path.replace("{user_id}", "me").replace("{id}", "1");
            let method: Method = method.to_uppercase().parse().unwrap();
            let answer = Answer::of(app.nobody().request(method, &path).json(&json!({}))).await;
            assert_eq!(answer.status, 401, "{path}");
            closed += 1;
        }
    }
    assert!(closed >= 12, "{closed}");
}
