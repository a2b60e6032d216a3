//! What the service says of itself.

use sqlx::PgPool;

use crate::app::{App, client};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_committed_openapi_document_is_the_one_that_is_served(pool: PgPool) {
    let app = App::start(&pool).await;
    let served = app.nobody().get("/api/openapi.json").await.text;
    let committed = include_str!("../../../docs/openapi.json");
    assert!(
        served == committed,
        "run `cargo xtask prepare` and commit docs/openapi.json"
    );
    assert!(served.contains("\"openapi\": \"3.1.0\""));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_docs_page_shows_every_operation_and_runs_no_script(pool: PgPool) {
    let app = App::start(&pool).await;
    let page = app.nobody().get("/docs").await;
    let document = app.nobody().get("/api/openapi.json").await.json();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.text.contains(path.as_str()), "{path}");
    }
    assert!(!page.text.contains("<script"));
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn health_is_ok_under_both_names_and_ready_names_its_checks(pool: PgPool) {
    let app = App::start(&pool).await;
    for path in ["/health", "/api/health"] {
        let health = app.nobody().get(path).await;
        assert_eq!(
            (health.status.as_u16(), health.json()["status"].as_str()),
            (200, Some("ok"))
        );
        assert!(health.json()["version"].is_string());
    }
    let ready = app.nobody().get("/ready").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.json()["checks"]["database"], "ok");
    assert_eq!(ready.json()["checks"]["auth_keys"], "ok");
}

#[tokio::test]
async fn pages_of_other_origins_read_every_header_that_says_something() {
    let origins = ["https://todo.example".to_owned()];
    let router = backend::http::cors::allow(axum::Router::new(), &origins).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let request = client().get(url);
    let request = request.header("origin", "https://todo.example");
    let answer = request.send().await.unwrap();
    let exposed = answer.headers()["access-control-expose-headers"].to_str();
    let exposed: Vec<&str> = exposed.unwrap().split(',').map(str::trim).collect();
    for header in [
        "content-disposition",
        "etag",
        "idempotency-replayed",
        "link",
        "location",
        "retry-after",
        "undo-id",
        "x-request-id",
        "x-total-count",
    ] {
        assert!(exposed.contains(&header), "{header} is not in {exposed:?}");
    }
    server.abort();
}
