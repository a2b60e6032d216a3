//! Each switch does what its name says, over a real connection where the connection matters.

use std::time::Duration;

use http::StatusCode;
use http_body_util::BodyExt as _;
use offline_model::{Fault, Script, Scripted, Settings, router};
use serde_json::{Value, json};
use service::shutdown::{self, Shutdown};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::player::{Chat, post, text, tools};
use crate::wire::{ask, events};

const LIMIT: Duration = Duration::from_secs(30);

/// What a client reads until the server closes or breaks the connection.
async fn raw(model: &str, sentence: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let server = tokio::spawn(async move {
        let app = router(Settings::instant());
        shutdown::serve(listener, app, &Shutdown::manual()).await
    });
    let body = ask(model, sentence).to_string();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    // A reset after the data is as good an end as any.
    let _ = tokio::time::timeout(LIMIT, stream.read_to_end(&mut received))
        .await
        .unwrap();
    server.abort();
    String::from_utf8(received).unwrap()
}

#[tokio::test]
async fn refusals_have_their_status_code_and_header() {
    let app = router(Settings::instant());
    for (switch, status, code) in [
        ("fail-400", 400, Value::Null),
        ("fail-401", 401, json!("invalid_api_key")),
        ("fail-404", 404, json!("model_not_found")),
        ("fail-429", 429, json!("rate_limit_exceeded")),
        ("fail-quota", 429, json!("insufficient_quota")),
        ("fail-500", 500, Value::Null),
        ("fail-503", 503, Value::Null),
    ] {
        let response = post(&app, &ask(&format!("offline+{switch}"), "hello")).await;
        assert_eq!(response.status().as_u16(), status);
        let retry = matches!(switch, "fail-429" | "fail-503");
        assert_eq!(
            response.headers().contains_key("retry-after"),
            retry,
            "{switch}"
        );
        let error: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(error["error"]["code"], code);
    }
}

#[tokio::test]
async fn cut_sends_some_tokens_and_no_proper_end() {
    let whole = raw("offline", "hello").await;
    assert!(whole.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"));
    let cut = raw("offline+cut", "hello").await;
    assert!(cut.contains("Hello!"));
    assert!(
        !cut.contains("[DONE]") && !cut.ends_with("\r\n0\r\n\r\n"),
        "{cut}"
    );
}

#[tokio::test]
async fn stall_sends_some_tokens_and_then_nothing() {
    let response = post(&router(Settings::instant()), &ask("offline+stall", "hello")).await;
    let mut body = response.into_body();
    let mut seen = String::new();
    tokio::time::pause();
    let wait = Duration::from_hours(1);
    while let Ok(Some(frame)) = tokio::time::timeout(wait, body.frame()).await {
        seen.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
    }
    assert!(seen.contains("Hello!") && !seen.contains("[DONE]"));
}

#[tokio::test(start_paused = true)]
async fn slow_and_delay_take_their_time() {
    let app = router(Settings::instant());
    for (model, least) in [("offline+slow", 3_000), ("offline+delay-100", 1_000)] {
        let start = tokio::time::Instant::now();
        text(post(&app, &ask(model, "thanks")).await).await;
        assert!(start.elapsed() >= Duration::from_millis(least), "{model}");
    }
    let start = tokio::time::Instant::now();
    let slow = router(Settings::default());
    text(post(&slow, &ask("offline+instant", "thanks")).await).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test]
async fn nonsense_is_no_completion() {
    let app = router(Settings::instant());
    let body = text(post(&app, &ask("offline+nonsense", "hello")).await).await;
    for event in events(&body) {
        assert!(
            serde_json::from_str::<Value>(&event).map_or(true, |v| !v.is_object()),
            "{event}"
        );
    }
    let mut whole = ask("offline+nonsense", "hello");
    whole["stream"] = json!(false);
    assert!(text(post(&app, &whole).await).await.starts_with("<html>"));
}

#[tokio::test]
async fn an_error_can_come_in_the_middle_of_a_stream() {
    let app = router(Settings::instant());
    let body = text(post(&app, &ask("offline+error-mid-stream", "hello")).await).await;
    let events = events(&body);
    let last: Value = serde_json::from_str(events.last().unwrap()).unwrap();
    assert_eq!(last["error"]["code"], 502);
    assert!(events.len() > 3);
}

#[tokio::test]
async fn the_dialects_leave_out_the_index_and_put_in_comments() {
    let app = router(Settings::instant());
    let body = text(post(&app, &ask("offline+no-index", "add milk")).await).await;
    assert!(body.contains("add_task") && body.contains("\"stop\""));
    assert!(!body.contains("\"index\":1") && body.matches("tool_calls").count() > 2);
    for event in events(&body)
        .iter()
        .filter(|event| event.contains("tool_calls"))
    {
        let chunk: Value = serde_json::from_str(event).unwrap();
        assert!(
            chunk["choices"][0]["delta"]["tool_calls"][0]
                .get("index")
                .is_none()
        );
    }
    let body = text(post(&app, &ask("offline+comments", "hello")).await).await;
    assert!(body.starts_with(": processing\n\n") && body.contains("[DONE]"));
}

#[tokio::test]
async fn endless_never_stops_calling() {
    let app = router(Settings::instant());
    for (model, alike) in [("offline+endless", true), ("offline+endless-varied", false)] {
        let mut request = ask(model, "hello");
        request["stream"] = json!(false);
        let mut seen = Vec::new();
        for _ in 0..20 {
            let answer: Value =
                serde_json::from_str(&text(post(&app, &request).await).await).unwrap();
            let message = answer["choices"][0]["message"].clone();
            let call = message["tool_calls"][0].clone();
            seen.push(call["function"].to_string());
            let messages = request["messages"].as_array_mut().unwrap();
            messages.push(message);
            messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": "[]" }));
        }
        seen.dedup();
        assert_eq!(seen.len() == 1, alike);
    }
}

#[tokio::test]
async fn a_mistaken_call_is_made_once_and_then_put_right() {
    for model in ["offline+bad-args", "offline+unknown-tool"] {
        let mut chat = Chat::with(&[]);
        chat.model = model.to_owned();
        let turn = chat.say("add buy milk").await;
        assert_eq!(turn.steps.len(), 2, "{model}");
        assert_eq!(turn.answer, "Added #1 “Buy milk”.");
        assert_eq!(chat.titles(), ["Buy milk"]);
    }
}

#[tokio::test]
async fn a_scripted_fault_hits_one_request() {
    let script = Script::new();
    script.push(Fault::Status(500));
    script.push(Scripted::Rules);
    script.push(Fault::Quota);
    let app = router(Settings::instant().with_script(script));
    let request = json!({
        "model": "offline", "tools": tools(), "messages": [{ "role": "user", "content": "hi" }],
    });
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(post(&app, &request).await.status());
    }
    let (ok, failed) = (StatusCode::OK, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(statuses, [failed, ok, StatusCode::TOO_MANY_REQUESTS, ok]);
}

#[tokio::test]
async fn shutdown_ends_although_a_stream_is_stalled() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut stream = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let shutdown = Shutdown::new(Duration::ZERO, Duration::from_secs(1));
    let end = shutdown.clone();
    let server =
        tokio::spawn(
            async move { shutdown::serve(listener, router(Settings::instant()), &end).await },
        );
    let body = ask("offline+stall", "hello").to_string();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n";
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    shutdown.start();
    tokio::time::timeout(LIMIT, server)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
}
