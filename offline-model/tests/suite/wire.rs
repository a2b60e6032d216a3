//! The wire: shapes, streaming, usage, errors, models.

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use offline_model::{Reply, Script, Settings, router};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::player::{post, text, tools};

/// A request with one sentence of the user.
pub fn ask(model: &str, sentence: &str) -> Value {
    json!({
        "model": model,
        "messages": [{ "role": "user", "content": sentence }],
        "tools": tools(),
        "stream": true,
    })
}

/// The data of each event, which must be all there is.
pub fn events(body: &str) -> Vec<String> {
    body.split_terminator("\n\n")
        .map(|event| event.strip_prefix("data: ").unwrap_or(event).to_owned())
        .collect()
}

async fn chunks(app: &Router, body: &Value) -> Vec<Value> {
    let response = post(app, body).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = events(&text(response).await);
    assert_eq!(events.pop().as_deref(), Some("[DONE]"));
    events
        .iter()
        .map(|event| serde_json::from_str(event).unwrap())
        .collect()
}

async fn get(path: &str) -> (StatusCode, Value) {
    let app = router(Settings::instant());
    let response = app
        .oneshot(Request::get(path).body(Body::empty()).unwrap())
        .await
        .unwrap();
    (
        response.status(),
        serde_json::from_str(&text(response).await).unwrap(),
    )
}

#[tokio::test]
async fn text_streams_word_by_word() {
    let app = router(Settings::instant());
    let chunks = chunks(&app, &ask("offline", "thanks")).await;
    assert_eq!(chunks[0]["object"], "chat.completion.chunk");
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let words: Vec<&str> = chunks
        .iter()
        .filter_map(|c| c["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert!(words.len() > 8, "{words:?}");
    assert_eq!(
        words.concat(),
        "You're welcome! Is there anything else I can do?"
    );
    assert_eq!(
        chunks.last().unwrap()["choices"][0]["finish_reason"],
        "stop"
    );
    assert!(chunks.iter().all(|chunk| chunk["id"] == chunks[0]["id"]));
}

#[tokio::test]
async fn tool_calls_stream_in_fragments_by_index() {
    let app = router(Settings::instant());
    let chunks = chunks(&app, &ask("offline", "add buy oat milk and call mom")).await;
    let mut calls = vec![(String::new(), String::new()); 2];
    let mut fragments = 0;
    for delta in chunks
        .iter()
        .filter_map(|c| c["choices"][0]["delta"]["tool_calls"].as_array())
    {
        let call = &delta[0];
        let slot = &mut calls[usize::try_from(call["index"].as_u64().unwrap()).unwrap()];
        if let Some(id) = call["id"].as_str() {
            assert!(id.starts_with("call_"));
            slot.0 = call["function"]["name"].as_str().unwrap().to_owned();
        }
        slot.1
            .push_str(call["function"]["arguments"].as_str().unwrap());
        fragments += 1;
    }
    assert!(fragments > 6);
    assert_eq!(
        calls[0],
        (
            "add_task".to_owned(),
            r#"{"title":"Buy oat milk"}"#.to_owned()
        )
    );
    assert_eq!(
        calls[1],
        ("add_task".to_owned(), r#"{"title":"Call mom"}"#.to_owned())
    );
    assert_eq!(
        chunks.last().unwrap()["choices"][0]["finish_reason"],
        "tool_calls"
    );
}

#[tokio::test]
async fn usage_comes_last_and_only_when_asked_for() {
    let app = router(Settings::instant());
    let mut request = ask("offline", "hello");
    let without = chunks(&app, &request).await;
    assert!(without.iter().all(|chunk| chunk.get("usage").is_none()));
    request["stream_options"] = json!({ "include_usage": true });
    let with = chunks(&app, &request).await;
    let (last, others) = with.split_last().unwrap();
    assert!(others.iter().all(|chunk| chunk["usage"].is_null()));
    assert_eq!(last["choices"], json!([]));
    let number = |name: &str| last["usage"][name].as_u64().unwrap();
    assert!(number("prompt_tokens") > 0 && number("completion_tokens") > 0);
    assert_eq!(
        number("total_tokens"),
        number("prompt_tokens") + number("completion_tokens")
    );
}

#[tokio::test]
async fn without_streaming_the_answer_is_one_object() {
    let app = router(Settings::instant());
    let mut request = ask("gpt-5-mini", "add milk");
    request["stream"] = json!(false);
    let answer: Value = serde_json::from_str(&text(post(&app, &request).await).await).unwrap();
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["model"], "gpt-5-mini");
    let message = &answer["choices"][0]["message"];
    assert_eq!(message["content"], Value::Null);
    assert_eq!(message["tool_calls"][0]["type"], "function");
    assert_eq!(
        message["tool_calls"][0]["function"]["arguments"],
        r#"{"title":"Milk"}"#
    );
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn tool_choice_none_forbids_tools() {
    let app = router(Settings::instant());
    let mut request = ask("offline", "add milk");
    request["tool_choice"] = json!("none");
    request["stream"] = json!(false);
    let answer = text(post(&app, &request).await).await;
    assert!(answer.contains("Sorry, I cannot add tasks"));
}

#[tokio::test]
async fn bad_requests_are_refused_in_the_shape_clients_know() {
    let app = router(Settings::instant());
    let many = vec![json!({ "role": "user", "content": "hi" }); 1_001];
    for body in [
        json!({}),
        json!({ "model": "offline" }),
        json!({ "model": "offline", "messages": [] }),
        json!({ "model": "offline", "messages": "hello" }),
        json!({ "model": "offline", "messages": [{ "role": "wizard", "content": "hi" }] }),
        json!({ "model": "offline", "messages": many }),
        json!([1, 2]),
    ] {
        let response = post(&app, &body).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        let error: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(error["error"]["type"], "invalid_request_error");
        assert!(error["error"]["message"].is_string());
    }
    let send = |body: Vec<u8>| {
        let request = Request::post("/v1/chat/completions")
            .body(Body::from(body))
            .unwrap();
        app.clone().oneshot(request)
    };
    let response = send(b"{\"model\":".to_vec()).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(
        text(response)
            .await
            .contains("could not parse the JSON body")
    );
    let response = send(vec![b' '; 4 * 1024 * 1024 + 1]).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(text(response).await.contains("\"error\""));
}

#[tokio::test]
async fn unknown_paths_methods_and_models_have_the_same_shape() {
    let (status, error) = get("/v1/embeddings").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(error["error"]["message"].is_string());
    let (status, error) = get("/v1/chat/completions").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(error["error"]["message"].is_string());
    let response = post(&router(Settings::instant()), &ask("offline+stal", "hi")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(text(response).await.contains("model_not_found"));
}

#[tokio::test]
async fn models_and_health_answer() {
    let (status, models) = get("/v1/models").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(models["object"], "list");
    assert_eq!(models["data"][0]["id"], "offline");
    for listed in models["data"].as_array().unwrap() {
        let id = listed["id"].as_str().unwrap();
        let (status, model) = get(&format!("/v1/models/{id}")).await;
        assert_eq!((status, &model["id"]), (StatusCode::OK, &listed["id"]));
    }
    let (status, health) = get("/health").await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &json!("ok")));
    let app = router(Settings::instant());
    let request = Request::builder().method(Method::POST).uri("/health");
    let response = app
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_script_answers_in_order_and_logs_what_it_was_sent() {
    let script = Script::new();
    script.push(Reply::call("add_task", json!({ "title": "X" })).and_call("odd", json!("{oops")));
    script.push(Reply::text("All done."));
    let app = router(Settings::instant().with_script(script.clone()));
    let mut request = ask("offline", "whatever");
    request["stream"] = json!(false);
    let first = text(post(&app, &request).await).await;
    assert!(first.contains(r#""arguments":"{oops""#));
    let second = text(post(&app, &request).await).await;
    assert!(second.contains("All done."));
    let third = text(post(&app, &request).await).await;
    assert!(third.contains("that is beyond me"));
    assert_eq!(script.remaining(), 0);
    let requests = script.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0]["messages"][0]["content"], "whatever");
}

#[tokio::test]
async fn a_long_and_hostile_message_is_answered_without_delay() {
    let app = router(Settings::instant());
    for sentence in [
        "and add ".repeat(50_000),
        "\" ' ".repeat(50_000),
        "mark a, ".repeat(50_000),
        "- a\n".repeat(50_000),
        "is ".repeat(50_000),
        "کام اور کرو ".repeat(50_000),
        "kal at 5 ".repeat(50_000),
        "add the the the a ".repeat(50_000),
    ] {
        let response = post(&app, &ask("offline", &sentence)).await;
        assert_eq!(response.status(), StatusCode::OK);
        text(response).await;
    }
}
