use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use http::{Request, StatusCode};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, get_current_timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use service::auth::{ConfigError, UserTokens, UserTokensConfig};
use service::middleware;
use service::principal::{Authenticator, Grant, Lookups, Pending, PersonalToken, Principal};
use service::problem::Problem;

use crate::answer::Answer;
use crate::auth_server::{AuthServer, SigningKey};

const SECRET: &str = "the secret of the older releases";

fn config(auth_url: &str) -> UserTokensConfig {
    // Only the first of many tests in one process can install it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    UserTokensConfig {
        auth_url: auth_url.to_owned(),
        hs256_secret: None,
        issuer: None,
        audience: None,
    }
}

fn with_secret() -> UserTokens {
    let hs256_secret = Some(SecretString::from(SECRET));
    // Nothing listens on the discard port of this machine.
    UserTokens::new(UserTokensConfig {
        hs256_secret,
        ..config("http://127.0.0.1:9")
    })
    .unwrap()
}

async fn server_and_tokens() -> (AuthServer, UserTokens, SigningKey) {
    let key = SigningKey::new("a", 1);
    let server = AuthServer::start(&[key.public()]).await;
    let tokens = UserTokens::new(config(&server.url)).unwrap();
    (server, tokens, key)
}

fn claims() -> Value {
    json!({ "sub": "ann", "exp": get_current_timestamp() + 900 })
}

/// Good claims, with these on top; `null` takes one away.
fn claims_with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
    }
    claims
}

fn hs256(secret: &[u8], claims: &Value) -> String {
    let header = Header {
        kid: Some("a".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
}

fn part(token: &str, n: usize) -> &str {
    token.split('.').nth(n).unwrap()
}

async fn accepted(tokens: &UserTokens, token: &str) -> Option<String> {
    tokens.verify(token).await.ok().map(|user| user.to_string())
}

async fn a_minute_passes() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_token_signed_with_a_published_key_is_accepted() {
    let (server, tokens, key) = server_and_tokens().await;
    assert_eq!(
        accepted(&tokens, &key.sign(&claims())).await.as_deref(),
        Some("ann")
    );
    assert_eq!(
        accepted(&tokens, &key.sign(&claims())).await.as_deref(),
        Some("ann")
    );
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn a_trailing_slash_in_the_address_does_no_harm() {
    let (server, _, key) = server_and_tokens().await;
    let tokens = UserTokens::new(config(&format!("{}/", server.url))).unwrap();
    assert!(accepted(&tokens, &key.sign(&claims())).await.is_some());
}

#[tokio::test]
async fn the_public_key_is_no_secret_to_sign_with() {
    let (_server, tokens, key) = server_and_tokens().await;
    tokens.warm().await;
    let x = key.public()["x"].as_str().unwrap().to_owned();
    let raw = DecodingKey::from_ed_components(&x)
        .unwrap()
        .try_get_as_bytes()
        .unwrap()
        .to_vec();
    for secret in [x.as_bytes(), &raw, key.public().to_string().as_bytes()] {
        assert_eq!(accepted(&tokens, &hs256(secret, &claims())).await, None);
    }
}

#[tokio::test]
async fn the_header_does_not_choose_the_algorithm() {
    let (server, _, key) = server_and_tokens().await;
    let hs256_secret = Some(SecretString::from(SECRET));
    let tokens = UserTokens::new(UserTokensConfig {
        hs256_secret,
        ..config(&server.url)
    })
    .unwrap();
    let (eddsa, hmac) = (key.sign(&claims()), hs256(SECRET.as_bytes(), &claims()));
    assert!(accepted(&tokens, &eddsa).await.is_some());
    assert!(accepted(&tokens, &hmac).await.is_some());

    let payload = part(&eddsa, 1);
    for (header, signature) in [
        (part(&eddsa, 0), part(&hmac, 2)),
        (part(&hmac, 0), part(&eddsa, 2)),
    ] {
        assert_eq!(
            accepted(&tokens, &format!("{header}.{payload}.{signature}")).await,
            None
        );
    }
    let hs512 = Header {
        kid: Some("a".to_owned()),
        ..Header::new(Algorithm::HS512)
    };
    let secret = EncodingKey::from_secret(SECRET.as_bytes());
    let hs512 = jsonwebtoken::encode(&hs512, &claims(), &secret).unwrap();
    assert_eq!(accepted(&tokens, &hs512).await, None);
}

#[tokio::test]
async fn no_signature_is_refused() {
    let (_server, tokens, key) = server_and_tokens().await;
    let token = key.sign(&claims());
    let (header, payload, signature) = (part(&token, 0), part(&token, 1), part(&token, 2));
    for none in [
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0",
        "eyJhbGciOiJOb05lIiwia2lkIjoiYSJ9",
        header,
    ] {
        assert_eq!(accepted(&tokens, &format!("{none}.{payload}.")).await, None);
        assert_eq!(accepted(&tokens, &format!("{none}.{payload}")).await, None);
    }
    assert!(
        accepted(&tokens, &format!("{header}.{payload}.{signature}"))
            .await
            .is_some()
    );
}

#[tokio::test]
async fn another_key_under_a_known_name_is_refused() {
    let (_server, tokens, _) = server_and_tokens().await;
    assert_eq!(
        accepted(&tokens, &SigningKey::new("a", 2).sign(&claims())).await,
        None
    );
}

#[tokio::test]
async fn a_token_needs_an_expiry_in_the_future() {
    let (_server, tokens, key) = server_and_tokens().await;
    let now = get_current_timestamp();
    for exp in [
        json!(null),
        json!(now - 60),
        json!(0),
        json!(-1),
        json!("soon"),
        json!([now]),
    ] {
        let token = key.sign(&claims_with(&json!({ "exp": exp })));
        assert_eq!(accepted(&tokens, &token).await, None, "{exp}");
    }
    let early = key.sign(&claims_with(&json!({ "nbf": now + 120 })));
    assert_eq!(accepted(&tokens, &early).await, None);
}

#[tokio::test]
async fn issuer_and_audience_are_required_where_configured() {
    let (server, _, key) = server_and_tokens().await;
    let tokens = UserTokens::new(UserTokensConfig {
        issuer: Some("https://todo.local".to_owned()),
        audience: Some("https://todo.local".to_owned()),
        ..config(&server.url)
    })
    .unwrap();
    let check = async |iss: Value, aud: Value| {
        let token = key.sign(&claims_with(&json!({ "iss": iss, "aud": aud })));
        accepted(&tokens, &token).await.is_some()
    };
    let (ours, theirs, none) = (
        json!("https://todo.local"),
        json!("https://evil"),
        json!(null),
    );
    assert!(check(ours.clone(), ours.clone()).await);
    assert!(check(ours.clone(), json!(["https://other", "https://todo.local"])).await);
    for wrong in [
        theirs,
        none,
        json!(7),
        json!([]),
        json!("https://todo.local/"),
    ] {
        assert!(!check(wrong.clone(), ours.clone()).await, "iss {wrong}");
        assert!(!check(ours.clone(), wrong.clone()).await, "aud {wrong}");
    }
}

#[tokio::test]
async fn issuer_and_audience_do_not_matter_where_not_configured() {
    let (_server, tokens, key) = server_and_tokens().await;
    let token = key.sign(&claims_with(
        &json!({ "iss": "anybody", "aud": "anything" }),
    ));
    assert!(accepted(&tokens, &token).await.is_some());
}

#[tokio::test]
async fn the_user_is_sub_else_user_id_else_id() {
    let (_server, tokens, key) = server_and_tokens().await;
    for (changes, id) in [
        (json!({ "user_id": "bob", "id": "cat" }), Some("ann")),
        (
            json!({ "sub": null, "user_id": "bob", "id": "cat" }),
            Some("bob"),
        ),
        (json!({ "sub": null, "id": "cat" }), Some("cat")),
        (json!({ "sub": null, "user_id": 7 }), Some("7")),
        (
            json!({ "sub": null, "id": u64::MAX }),
            Some("18446744073709551615"),
        ),
        (
            json!({ "sub": "x".repeat(255) }),
            Some("x".repeat(255).as_str()),
        ),
        (json!({ "sub": "日本" }), Some("日本")),
        (json!({ "sub": null }), None),
        (json!({ "sub": "", "user_id": "bob" }), None),
        (json!({ "sub": "x".repeat(256) }), None),
        (json!({ "sub": "a\nb" }), None),
        (json!({ "sub": "a\u{0}" }), None),
        (json!({ "sub": 1.5 }), None),
        (json!({ "sub": true }), None),
        (json!({ "sub": ["ann"] }), None),
        (json!({ "sub": { "id": "ann" } }), None),
    ] {
        let token = key.sign(&claims_with(&changes));
        assert_eq!(accepted(&tokens, &token).await.as_deref(), id, "{changes}");
    }
}

#[tokio::test]
async fn hs256_counts_only_under_a_secret_that_is_set() {
    let good = hs256(SECRET.as_bytes(), &claims());
    let tokens = with_secret();
    assert_eq!(accepted(&tokens, &good).await.as_deref(), Some("ann"));
    assert_eq!(accepted(&tokens, &hs256(b"guess", &claims())).await, None);
    assert_eq!(accepted(&tokens, &hs256(b"", &claims())).await, None);
    let expired = claims_with(&json!({ "exp": get_current_timestamp() - 60 }));
    assert_eq!(
        accepted(&tokens, &hs256(SECRET.as_bytes(), &expired)).await,
        None
    );

    let (_server, without_secret, _) = server_and_tokens().await;
    assert_eq!(accepted(&without_secret, &good).await, None);
}

#[tokio::test]
async fn nonsense_and_huge_tokens_are_refused_without_asking_anybody() {
    let (server, tokens, key) = server_and_tokens().await;
    let huge = key.sign(&claims_with(&json!({ "padding": "x".repeat(9_000) })));
    for token in ["", ".", "..", "a.b.c", "🎉.🎉.🎉", huge.as_str()] {
        assert_eq!(accepted(&tokens, token).await, None);
    }
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn a_burst_of_unknown_keys_asks_once_a_minute() {
    let (server, tokens, key) = server_and_tokens().await;
    tokens.warm().await;
    let kids: Vec<&'static str> = (0..200).map(|n| &*format!("kid-{n}").leak()).collect();
    let burst = async || {
        let mut attempts = tokio::task::JoinSet::new();
        for kid in &kids {
            let (tokens, token) = (tokens.clone(), SigningKey::new(kid, 9).sign(&claims()));
            attempts.spawn(async move { accepted(&tokens, &token).await });
        }
        assert!(attempts.join_all().await.iter().all(Option::is_none));
    };
    burst().await;
    assert_eq!(server.asked(), 1, "warming was a minute's one");
    a_minute_passes().await;
    burst().await;
    burst().await;
    assert_eq!(server.asked(), 2);
    assert!(accepted(&tokens, &key.sign(&claims())).await.is_some());
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn many_first_requests_share_one_fetch() {
    let (server, tokens, key) = server_and_tokens().await;
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (tokens, token) = (tokens.clone(), key.sign(&claims()));
        attempts.spawn(async move { accepted(&tokens, &token).await });
    }
    assert!(attempts.join_all().await.iter().all(Option::is_some));
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_while_waiting_does_not_buy_another_fetch() {
    let (server, tokens, _) = server_and_tokens().await;
    tokens.warm().await;
    server.arrival().await;
    a_minute_passes().await;
    server.hold();
    let unknown = SigningKey::new("unknown", 9).sign(&claims());
    tokio::select! {
        _ = tokens.verify(&unknown) => panic!("the key server is held"),
        () = server.arrival() => {}
    }
    server.let_through();
    assert_eq!(accepted(&tokens, &unknown).await, None);
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_known_key_never_waits_for_a_key_server_that_hangs_or_fails() {
    let (server, tokens, key) = server_and_tokens().await;
    tokens.warm().await;
    server.arrival().await;
    a_minute_passes().await;
    server.hold();
    let unknown = SigningKey::new("unknown", 9).sign(&claims());
    let waiting = tokio::spawn({
        let tokens = tokens.clone();
        async move { accepted(&tokens, &unknown).await }
    });
    server.arrival().await;
    assert!(accepted(&tokens, &key.sign(&claims())).await.is_some());
    server.say(StatusCode::INTERNAL_SERVER_ERROR, "down");
    server.let_through();
    assert_eq!(waiting.await.unwrap(), None);
    assert!(accepted(&tokens, &key.sign(&claims())).await.is_some());
    assert!(tokens.ready());
}

#[tokio::test]
async fn a_new_key_is_picked_up_and_a_withdrawn_one_dropped() {
    let (server, tokens, old) = server_and_tokens().await;
    assert!(accepted(&tokens, &old.sign(&claims())).await.is_some());
    let new = SigningKey::new("b", 2);
    server.publish(&[new.public()]);
    a_minute_passes().await;
    assert!(
        accepted(&tokens, &old.sign(&claims())).await.is_some(),
        "nothing was fetched yet"
    );
    assert!(accepted(&tokens, &new.sign(&claims())).await.is_some());
    assert!(accepted(&tokens, &old.sign(&claims())).await.is_none());
}

#[tokio::test]
async fn keys_that_cannot_be_used_do_not_spoil_the_set() {
    let good = SigningKey::new("a", 1);
    let mut encryption = SigningKey::new("enc", 3).public();
    encryption["use"] = json!("enc");
    let mut nameless = SigningKey::new("x", 4).public();
    nameless.as_object_mut().unwrap().remove("kid");
    let symmetric = json!({ "kty": "oct", "kid": "oct", "k": "c2VjcmV0", "alg": "HS256" });
    let server = AuthServer::start(&[
        json!(7),
        json!({ "kty": "RSA", "kid": "rsa" }),
        json!({ "kty": "OKP", "crv": "X25519", "kid": "x", "x": "AAAA" }),
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "short", "x": "AAAA" }),
        json!({ "kty": "future", "kid": "pq" }),
        symmetric,
        encryption,
        nameless,
        good.public(),
    ])
    .await;
    let tokens = UserTokens::new(config(&server.url)).unwrap();
    assert!(accepted(&tokens, &good.sign(&claims())).await.is_some());
    for kid in ["enc", "short", "rsa", "pq"] {
        assert!(
            accepted(&tokens, &SigningKey::new(kid, 3).sign(&claims()))
                .await
                .is_none()
        );
    }
    let header = Header {
        kid: Some("oct".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    let oct = EncodingKey::from_secret(b"secret");
    let token = jsonwebtoken::encode(&header, &claims(), &oct).unwrap();
    assert!(accepted(&tokens, &token).await.is_none());
}

#[tokio::test]
async fn odd_answers_of_the_key_server_are_no_keys() {
    let key = SigningKey::new("a", 1);
    let padding = " ".repeat(70 * 1024);
    let large = json!({ "keys": [key.public()] }).to_string() + &padding;
    for (status, body) in [
        (StatusCode::OK, "<html>".to_owned()),
        (StatusCode::OK, "[]".to_owned()),
        (StatusCode::OK, large),
        (StatusCode::FOUND, String::new()),
        (
            StatusCode::NOT_FOUND,
            json!({ "keys": [key.public()] }).to_string(),
        ),
    ] {
        let server = AuthServer::start(&[]).await;
        server.say(status, body);
        let tokens = UserTokens::new(config(&server.url)).unwrap();
        assert_eq!(
            accepted(&tokens, &key.sign(&claims())).await,
            None,
            "{status}"
        );
        assert!(!tokens.ready());
    }
}

#[tokio::test]
async fn before_there_are_keys_it_asks_again_every_second() {
    let (server, tokens, key) = server_and_tokens().await;
    server.say(StatusCode::SERVICE_UNAVAILABLE, "starting");
    let token = key.sign(&claims());
    for _ in 0..5 {
        assert_eq!(accepted(&tokens, &token).await, None);
    }
    assert_eq!(server.asked(), 1);
    server.publish(&[key.public()]);
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(2)).await;
    tokio::time::resume();
    assert!(accepted(&tokens, &token).await.is_some());
}

#[tokio::test]
async fn readiness_sets_off_the_first_fetch_and_asks_no_more() {
    let (server, tokens, _) = server_and_tokens().await;
    assert!(!tokens.ready());
    server.arrival().await;
    // Waits for the fetch that is under way, and makes none of its own.
    tokens.warm().await;
    for _ in 0..5 {
        assert!(tokens.ready());
        a_minute_passes().await;
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn keys_of_a_frontend_that_comes_up_late_are_fetched_without_being_asked_for() {
    let (server, tokens, key) = server_and_tokens().await;
    server.say(StatusCode::SERVICE_UNAVAILABLE, "starting");
    let waiting = tokio::spawn({
        let tokens = tokens.clone();
        async move { tokens.await_keys().await }
    });
    server.arrival().await;
    server.arrival().await;
    assert!(!waiting.is_finished() && !tokens.ready());
    server.publish(&[key.public()]);
    waiting.await.unwrap();
    assert!(tokens.ready());
    let asked = server.asked();
    a_minute_passes().await;
    assert!(tokens.ready());
    assert_eq!(server.asked(), asked, "nothing is asked without need");
}

#[tokio::test]
async fn with_a_secret_it_is_ready_at_once() {
    assert!(with_secret().ready());
}

#[test]
fn a_configuration_that_cannot_work_is_refused() {
    for url in ["", "localhost", "ftp://todo.local", "http://"] {
        assert!(
            matches!(UserTokens::new(config(url)), Err(ConfigError::Url)),
            "{url}"
        );
    }
    let hs256_secret = Some(SecretString::from(""));
    let empty = UserTokensConfig {
        hs256_secret,
        ..config("http://localhost")
    };
    assert!(matches!(
        UserTokens::new(empty),
        Err(ConfigError::EmptySecret)
    ));
}

fn app(tokens: UserTokens) -> Router {
    let whose = |caller: Principal, Path(segment): Path<String>| async move {
        caller.owns(&segment)?;
        Ok::<_, Problem>(caller.user_id.to_string())
    };
    middleware::wrap(
        Router::new()
            .route("/{user_id}", get(whose))
            .with_state(Authenticator::for_backend(tokens, NoLookups)),
    )
}

async fn ask(app: &Router, path: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::get(path).header("x-request-id", "r");
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    Answer::of(app, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_bad_token_gets_one_identical_401() {
    let app = app(with_secret());
    let bearer = |claims: &Value| format!("Bearer {}", hs256(SECRET.as_bytes(), claims));
    let expired = bearer(&claims_with(&json!({ "exp": 1 })));
    let nobody = bearer(&claims_with(&json!({ "sub": null })));
    let forged = format!("Bearer {}", hs256(b"guess", &claims()));
    let eddsa = format!("Bearer {}", SigningKey::new("a", 1).sign(&claims()));
    let basic = bearer(&claims()).replace("Bearer", "Basic");

    let missing = ask(&app, "/me", None).await;
    missing.problem(401, "unauthorized");
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    for bad in [
        &expired, &nobody, &forged, &eddsa, &basic, "Bearer", "Bearer x", "x",
    ] {
        let answer = ask(&app, "/me", Some(bad)).await;
        assert_eq!(answer.status, missing.status, "{bad}");
        assert_eq!(answer.headers, missing.headers, "{bad}");
        assert_eq!(answer.body, missing.body, "{bad}");
    }
}

#[tokio::test]
async fn an_access_token_made_for_the_mcp_server_is_refused_whatever_else_it_says() {
    let (_server, tokens, key) = server_and_tokens().await;
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        assert_eq!(
            accepted(&tokens, &key.sign_as(typ, &claims())).await,
            None,
            "{typ}"
        );
    }
    assert!(accepted(&tokens, &key.sign(&claims())).await.is_some());
}

#[tokio::test]
async fn a_path_is_the_callers_own_or_forbidden() {
    let app = app(with_secret());
    let token = format!("Bearer {}", hs256(SECRET.as_bytes(), &claims()));
    for path in ["/me", "/ann"] {
        assert_eq!(ask(&app, path, Some(&token)).await.body, b"ann");
    }
    for path in ["/bob", "/ANN", "/Me", "/an", "/ann%20"] {
        ask(&app, path, Some(&token))
            .await
            .problem(403, "forbidden");
    }
}

/// Knows no token and no grant.
struct NoLookups;

impl Lookups for NoLookups {
    fn personal_token<'a>(&'a self, _: &'a str) -> Pending<'a, PersonalToken> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn grant<'a>(&'a self, _: &'a str, _: &'a str) -> Pending<'a, Grant> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
