use axum::Router;
use axum::routing::get;
use clap::ValueEnum as _;
use service::middleware;
use service::telemetry::{self, Error, LogFormat};

use crate::answer::Answer;

#[tokio::test]
async fn requests_are_counted_by_route_template() {
    let metrics = telemetry::metrics_router(telemetry::metrics());
    let app = middleware::wrap(Router::new().route("/counted/{id}", get(|| async {})));
    Answer::to_get(&app, "/counted/17").await;
    Answer::to_get(&app, "/counted/18").await;

    let text = String::from_utf8(Answer::to_get(&metrics, "/metrics").await.body).unwrap();
    let labels = r#"{method="GET",route="/counted/{id}",status="200"}"#;
    assert!(
        text.contains(&format!("http_requests_total{labels} 2")),
        "{text}"
    );
    assert!(
        text.contains(&format!("http_request_duration_seconds_count{labels} 2")),
        "{text}"
    );
    assert!(text.contains(r#"le="0.005""#), "{text}");
    assert!(!text.contains("/counted/17"));
}

#[test]
fn a_word_that_is_no_level_is_refused() {
    for level in ["", "verbose", "warning!", "sqlx=debug", "info,sqlx=loud"] {
        assert!(
            matches!(telemetry::init(level, LogFormat::Json), Err(Error::Level)),
            "{level}"
        );
    }
}

#[test]
fn a_format_is_json_or_text() {
    let parse = |text| LogFormat::from_str(text, false);
    assert_eq!(parse("json"), Ok(LogFormat::Json));
    assert_eq!(parse("text"), Ok(LogFormat::Text));
    assert!(parse("xml").is_err());
}
