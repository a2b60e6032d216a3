use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request as AxumRequest;
use axum::routing::{get, post};
use http::Request;
use http_body_util::BodyExt;
use serde_json::Value;
use service::problem::Problem;
use service::{bearer, middleware};
use tower::ServiceExt;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::fmt::MakeWriter;

use crate::answer::Answer;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn finished(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines
            .filter(|line| line["message"] == "request finished")
            .collect()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn subscriber(&self, level: tracing::Level) -> impl tracing::Subscriber + Send + Sync + use<> {
        // Otherwise a line that another test's thread, which has no subscriber, comes to first may be off for all. Only the
        // first of these tests sets it.
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
        tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(level)
            .with_writer(self.clone())
            .finish()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn app() -> Router {
    let greet = |request: AxumRequest| async move {
        middleware::record_user(request.extensions(), "u-7");
        middleware::request_id(request.extensions()).to_owned()
    };
    middleware::wrap(
        Router::new()
            .route("/people/{name}", post(greet).get(greet))
            .route("/health", get(|| async { "ok" }))
            .route("/bad", get(|| async { Problem::invalid("No.") })),
    )
}

async fn with_id(id: &str) -> Answer {
    let request = Request::get("/people/ann").header("x-request-id", id);
    Answer::of(&app(), request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_seen_by_the_handler() {
    for id in ["a", "Az09_.:-", &"x".repeat(128)] {
        let answer = with_id(id).await;
        assert_eq!(answer.header("x-request-id"), id);
        assert_eq!(answer.body, id.as_bytes());
    }
}

#[tokio::test]
async fn an_odd_request_id_is_replaced() {
    for id in ["", "a b", "a/b", "<script>", "ü", "a\"b", &"x".repeat(129)] {
        let answer = with_id(id).await;
        assert_ne!(answer.header("x-request-id"), id);
        assert_eq!(answer.header("x-request-id").len(), 36);
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let first = Answer::to_get(&app(), "/bad").await;
    let second = Answer::to_get(&app(), "/nowhere").await;
    assert_eq!(first.header("x-request-id").len(), 36);
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn a_finished_request_is_one_line_without_what_is_nobodys_business() {
    let lines = Lines::default();
    let request = Request::post("/people/ann?token=query-secret")
        .header("x-request-id", "r-1")
        .header("authorization", "Bearer header-secret")
        .header("cookie", "session=cookie-secret")
        .body(Body::from("body-secret"))
        .unwrap();
    let subscriber = lines.subscriber(tracing::Level::TRACE);
    Answer::of(&app(), request)
        .with_subscriber(subscriber)
        .await;

    let finished = lines.finished();
    let [line] = finished.as_slice() else {
        panic!("{finished:?}")
    };
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["http.method"], "POST");
    assert_eq!(line["http.route"], "/people/{name}");
    assert_eq!(line["http.status"], 200);
    assert_eq!(line["user.id"], "u-7");
    assert_eq!(line["span"]["request_id"], "r-1");
    assert!(line["duration_ms"].is_u64());
    for private in ["secret", "ann"] {
        assert!(!lines.text().contains(private), "{}", lines.text());
    }
}

#[tokio::test]
async fn probes_are_logged_at_debug_only() {
    let lines = Lines::default();
    let subscriber = lines.subscriber(tracing::Level::INFO);
    Answer::to_get(&app(), "/health")
        .with_subscriber(subscriber)
        .await;
    assert_eq!(lines.finished(), Vec::<Value>::new());
}

#[tokio::test]
async fn an_unknown_path_is_logged_without_the_path() {
    let lines = Lines::default();
    let subscriber = lines.subscriber(tracing::Level::INFO);
    Answer::to_get(&app(), "/private/thing")
        .with_subscriber(subscriber)
        .await;
    assert_eq!(lines.finished()[0]["http.route"], "unmatched");
    assert_eq!(lines.finished()[0]["http.status"], 404);
    assert!(!lines.text().contains("private"));
}

#[tokio::test]
async fn a_stream_is_passed_on_piece_by_piece_and_logged_when_it_ends() {
    let (pieces, receiver) = tokio::sync::mpsc::channel::<Bytes>(1);
    let receiver = Arc::new(Mutex::new(Some(receiver)));
    let stream = move || {
        let receiver = receiver.lock().unwrap().take().unwrap();
        std::future::ready(Body::new(Pieces(receiver)))
    };
    let app = middleware::wrap(Router::new().route("/stream", get(stream)));
    let lines = Lines::default();
    async {
        let request = Request::get("/stream").body(Body::empty()).unwrap();
        let mut body = app.oneshot(request).await.unwrap().into_body();
        for piece in ["one", "two"] {
            pieces.send(Bytes::from(piece)).await.unwrap();
            let frame = body.frame().await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), piece);
            assert!(lines.finished().is_empty());
        }
        drop(pieces);
        assert!(body.frame().await.is_none());
    }
    .with_subscriber(lines.subscriber(tracing::Level::INFO))
    .await;
    assert_eq!(lines.finished().len(), 1);
}

struct Pieces(tokio::sync::mpsc::Receiver<Bytes>);

impl axum::body::HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|bytes| Ok(http_body::Frame::data(bytes))))
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_is_logged_too() {
    let lines = Lines::default();
    let app = middleware::wrap(Router::new().route("/slow", get(std::future::pending::<()>)));
    async {
        let request = Request::get("/slow").body(Body::empty()).unwrap();
        let mut answer = Box::pin(app.oneshot(request));
        assert!(futures_poll(&mut answer).is_pending());
    }
    .with_subscriber(lines.subscriber(tracing::Level::INFO))
    .await;
    assert_eq!(lines.finished()[0]["http.status"], 499);
}

fn futures_poll<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::Pin::new(future).poll(&mut context)
}

#[test]
fn only_one_bearer_header_counts() {
    let headers = |values: &[&str]| {
        let mut headers = http::HeaderMap::new();
        for value in values {
            headers.append("authorization", value.parse().unwrap());
        }
        headers
    };
    for good in ["Bearer abc", "bearer abc", "BEARER   abc "] {
        assert_eq!(bearer::token(&headers(&[good])), Some("abc"));
    }
    for bad in [
        &[][..],
        &["abc"],
        &["Bearer"],
        &["Bearer "],
        &["Basic abc"],
        &["Bearer a", "Bearer a"],
    ] {
        assert_eq!(bearer::token(&headers(bad)), None);
    }
}
