use std::collections::HashMap;

use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, response::IntoResponse};
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::json;
use service::json::{Json, Query};
use service::middleware;

use crate::answer::Answer;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Note {
    title: String,
    pages: Option<i64>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize, Serialize)]
struct Tag {
    name: String,
}

#[derive(Deserialize)]
struct Wanted {
    kind: Option<Kind>,
    limit: Option<u8>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Open,
    Done,
}

fn app() -> Router {
    let echo = |Json(note): Json<Note>| async { Json(note) };
    let maybe = |note: Option<Json<Note>>| async move { Json(note.is_some()) };
    let list = |Query(wanted): Query<Wanted>| async move {
        Json(json!([
            wanted.kind.map(|kind| format!("{kind:?}")),
            wanted.limit
        ]))
    };
    let broken = || async { Json(HashMap::from([((1, 2), 3)])).into_response() };
    middleware::wrap(
        Router::new()
            .route("/notes", post(echo).get(list))
            .route("/maybe", post(maybe))
            .route("/small", post(echo).layer(DefaultBodyLimit::max(16)))
            .route("/broken", get(broken)),
    )
}

#[tokio::test]
async fn a_good_body_is_read_and_written() {
    let answer = Answer::to_json(&app(), "/notes", r#"{"title":"שלום 🎉"}"#).await;
    assert_eq!(
        answer.json(),
        json!({ "title": "שלום 🎉", "pages": null, "tags": [] })
    );
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn what_is_not_json_is_400() {
    for body in [
        "",
        "{",
        "nonsense",
        "{\"title\":\"a\"} x",
        "{\"title\":\"\\ud800\"}",
        "'a'",
    ] {
        let answer = Answer::to_json(&app(), "/notes", body).await;
        assert_eq!(answer.status, 400, "{body}");
        answer.problem(
            400,
            if body.is_empty() {
                "bad_request"
            } else {
                "invalid_json"
            },
        );
    }
    let not_utf8 = Answer::to_json(&app(), "/notes", b"{\"title\":\"\xff\"}".to_vec()).await;
    not_utf8.problem(400, "invalid_json");
    let deep = Answer::to_json(&app(), "/notes", "[".repeat(100_000)).await;
    assert_eq!(deep.status.as_u16() / 100, 4);
}

#[tokio::test]
async fn a_wrong_shape_is_422_and_names_the_field() {
    for (body, field, code) in [
        (r#"{"pages":1}"#, "title", "missing"),
        (r#"{"title":1}"#, "title", "invalid_type"),
        (r#"{"title":null}"#, "title", "invalid_type"),
        (r#"{"title":"a","pages":"many"}"#, "pages", "invalid_type"),
        (
            r#"{"title":"a","pages":99999999999999999999}"#,
            "pages",
            "invalid_type",
        ),
        (r#"{"title":"a","pages":1e999}"#, "pages", "invalid"),
        (r#"{"title":"a","colour":"red"}"#, "colour", "unknown_field"),
        (r#"{"title":"a","title":"b"}"#, "title", "duplicate_field"),
        (
            r#"{"title":"a","tags":[{"name":"x"},{}]}"#,
            "tags[1].name",
            "missing",
        ),
        (
            r#"{"title":"a","tags":[{"name":7}]}"#,
            "tags[0].name",
            "invalid_type",
        ),
        ("7", "body", "invalid_type"),
    ] {
        let answer = Answer::to_json(&app(), "/notes", body).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
        assert_eq!(problem["errors"][0]["code"], code, "{body}");
    }
}

#[tokio::test]
async fn a_long_wrong_value_is_not_sent_back_whole() {
    let body = json!({ "title": "a", "pages": "x".repeat(10_000) }).to_string();
    let answer = Answer::to_json(&app(), "/notes", body).await;
    answer.problem(422, "invalid");
    assert!(answer.body.len() < 1_000);
}

#[tokio::test]
async fn too_large_a_body_is_413() {
    let body = json!({ "title": "x".repeat(2 * 1024 * 1024) }).to_string();
    Answer::to_json(&app(), "/notes", body)
        .await
        .problem(413, "too_large");
}

#[tokio::test]
async fn a_route_may_set_a_smaller_limit() {
    let answer = Answer::to_json(&app(), "/small", r#"{"title":"too long"}"#).await;
    answer.problem(413, "too_large");
}

#[tokio::test]
async fn another_content_type_is_415() {
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
    ] {
        let request = Request::post("/notes").header("content-type", content_type);
        let answer = Answer::of(&app(), request.body(Body::from("{}")).unwrap()).await;
        answer.problem(415, "unsupported_media_type");
    }
    let without = Request::post("/notes").body(Body::from("{}")).unwrap();
    Answer::of(&app(), without)
        .await
        .problem(415, "unsupported_media_type");
}

#[tokio::test]
async fn json_with_parameters_or_a_suffix_is_json() {
    for content_type in [
        "Application/JSON; charset=utf-8",
        "application/merge-patch+json",
    ] {
        let request = Request::post("/notes").header("content-type", content_type);
        let request = request.body(Body::from(r#"{"title":"a"}"#)).unwrap();
        assert_eq!(Answer::of(&app(), request).await.status, 200);
    }
}

#[tokio::test]
async fn an_optional_body_may_be_absent_but_not_wrong() {
    let bare = Request::post("/maybe").body(Body::empty()).unwrap();
    assert_eq!(Answer::of(&app(), bare).await.json(), json!(false));
    for absent in ["", "null"] {
        let answer = Answer::to_json(&app(), "/maybe", absent).await;
        assert_eq!(answer.json(), json!(false));
    }
    assert_eq!(
        Answer::to_json(&app(), "/maybe", r#"{"title":"a"}"#)
            .await
            .json(),
        json!(true)
    );
    Answer::to_json(&app(), "/maybe", "{")
        .await
        .problem(400, "invalid_json");
    Answer::to_json(&app(), "/maybe", "{}")
        .await
        .problem(422, "invalid");
}

#[tokio::test]
async fn what_cannot_be_written_is_a_bare_500() {
    Answer::to_get(&app(), "/broken")
        .await
        .problem(500, "internal");
}

#[tokio::test]
async fn query_values_are_read_or_refused_by_name() {
    let good = Answer::to_get(&app(), "/notes?kind=open&limit=5&other=x").await;
    assert_eq!(good.json(), json!(["Open", 5]));
    for (query, field, code) in [
        ("kind=odd", "kind", "unknown_value"),
        ("limit=abc", "limit", "invalid"),
        ("limit=-1", "limit", "invalid"),
        ("limit=300", "limit", "invalid"),
        ("kind=open&kind=done", "kind", "duplicate_field"),
    ] {
        let answer = Answer::to_get(&app(), &format!("/notes?{query}")).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
        assert_eq!(problem["errors"][0]["code"], code, "{query}");
    }
}
