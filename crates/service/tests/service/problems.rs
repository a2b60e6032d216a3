use axum::Router;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use service::middleware;
use service::problem::Problem;

use crate::answer::Answer;

fn answering(problem: Problem) -> Router {
    middleware::wrap(Router::new().route("/", get(move || async { problem })))
}

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let app = middleware::wrap(Router::new());
    Answer::to_get(&app, "/nowhere")
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn an_unknown_path_below_a_nested_router_is_a_problem() {
    let app = Router::new().nest("/api", Router::new().route("/x", get(|| async {})));
    Answer::to_get(&middleware::wrap(app), "/api/nowhere")
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_that_names_the_right_ones() {
    let app = middleware::wrap(Router::new().route("/x", post(|| async {}).put(|| async {})));
    let answer = Answer::to_get(&app, "/x").await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "POST,PUT");
}

#[tokio::test]
async fn a_panic_is_a_bare_problem() {
    async fn broken() {
        panic!("the secret reason");
    }
    let app = middleware::wrap(Router::new().route("/", get(broken)));
    let answer = Answer::to_get(&app, "/").await;
    answer.problem(500, "internal");
    assert!(!String::from_utf8(answer.body).unwrap().contains("secret"));
}

#[tokio::test]
async fn field_errors_are_listed_in_order() {
    let problem = Problem::invalid("Two things are wrong.")
        .field("title", "must not be blank", "blank")
        .field("description", "is too long", "too_long");
    let problem = Answer::to_get(&answering(problem), "/")
        .await
        .problem(422, "invalid");
    assert_eq!(
        problem["errors"],
        json!([
            { "field": "title", "message": "must not be blank", "code": "blank" },
            { "field": "description", "message": "is too long", "code": "too_long" },
        ])
    );
}

#[tokio::test]
async fn only_problems_with_field_errors_have_a_list_of_them() {
    let problem = Answer::to_get(&answering(Problem::not_found("No such task.")), "/").await;
    assert!(problem.problem(404, "not_found").get("errors").is_none());
}

#[tokio::test]
async fn unavailable_says_when_to_come_back() {
    let problem = Problem::unavailable("The database is away.", 7);
    let answer = Answer::to_get(&answering(problem), "/").await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), "7");
}

#[tokio::test]
async fn a_header_given_twice_is_sent_once() {
    let problem = Problem::unavailable("Away.", 7).header(RETRY_AFTER, HeaderValue::from(9));
    let answer = Answer::to_get(&answering(problem), "/").await;
    assert_eq!(
        answer
            .headers
            .get_all("retry-after")
            .iter()
            .collect::<Vec<_>>(),
        ["9"]
    );
}

#[tokio::test]
async fn unauthorized_names_the_scheme() {
    let answer = Answer::to_get(&answering(Problem::unauthorized()), "/").await;
    answer.problem(401, "unauthorized");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn headers_laid_on_by_inner_layers_survive() {
    async fn handler() -> impl IntoResponse {
        (
            [("x-inner", "yes")],
            Problem::new(StatusCode::CONFLICT, "busy", "A turn is running."),
        )
    }
    let app = middleware::wrap(Router::new().route("/", get(handler)));
    let answer = Answer::to_get(&app, "/").await;
    answer.problem(409, "busy");
    assert_eq!(answer.header("x-inner"), "yes");
}

#[tokio::test]
async fn a_plain_text_error_becomes_a_problem_with_that_text() {
    let app = Router::new().route("/", get(|| async { (StatusCode::FORBIDDEN, "Wrong host") }));
    let problem = Answer::to_get(&middleware::wrap(app), "/")
        .await
        .problem(403, "forbidden");
    assert_eq!(problem["detail"], "Wrong host");
}

#[tokio::test]
async fn the_text_of_a_server_error_is_not_sent() {
    async fn leaking() -> (StatusCode, &'static str) {
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "postgres://user:password@db",
        )
    }
    let app = middleware::wrap(Router::new().route("/", get(leaking)));
    let problem = Answer::to_get(&app, "/").await.problem(500, "internal");
    assert!(!problem["detail"].as_str().unwrap().contains("postgres"));
}

#[tokio::test]
async fn an_error_in_another_format_is_left_as_it_is() {
    async fn theirs() -> impl IntoResponse {
        let headers = [(CONTENT_TYPE, "application/json")];
        (
            StatusCode::BAD_REQUEST,
            headers,
            r#"{"message":"not supported"}"#,
        )
    }
    let app = middleware::wrap(Router::new().route("/", get(theirs)));
    let answer = Answer::to_get(&app, "/").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json(), json!({ "message": "not supported" }));
}
