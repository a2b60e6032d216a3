//! The wire of `/v1/responses`: shapes, events, input items, faults.

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode};
use offline_model::{Fault, Reply, Script, Settings, router};
use serde::Deserialize as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::player::{text, tools};

async fn post(app: &Router, body: &Value) -> Response<Body> {
    let request = Request::post("/v1/responses")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    app.clone().oneshot(request).await.unwrap()
}

fn flat_tools() -> Value {
    let tools = tools();
    let flat = tools.as_array().unwrap().iter().map(|tool| {
        let function = &tool["function"];
        json!({
            "type": "function", "strict": false,
            "name": function["name"], "parameters": function["parameters"],
        })
    });
    flat.collect()
}

fn ask(model: &str, input: impl Into<Value>) -> Value {
    let input: Value = input.into();
    json!({
        "model": model, "input": input, "tools": flat_tools(), "stream": true, "store": false,
        "include": ["reasoning.encrypted_content"],
    })
}

/// The events of a stream, whose names must be their types and whose numbers count from zero.
async fn events(app: &Router, body: &Value) -> Vec<Value> {
    let response = post(app, body).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let body = text(response).await;
    let events = body
        .split_terminator("\n\n")
        .enumerate()
        .map(|(number, event)| {
            let (name, data) = event.split_once('\n').unwrap();
            let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            assert_eq!(name.strip_prefix("event: ").unwrap(), data["type"]);
            assert_eq!(data["sequence_number"], number);
            data
        });
    events.collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    let mut types: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    types.dedup();
    types
}

async fn whole(app: &Router, input: Value) -> Value {
    let mut body = ask("offline", input);
    body["stream"] = json!(false);
    let response = post(app, &body).await;
    assert_eq!(response.status(), StatusCode::OK);
    serde_json::from_str(&text(response).await).unwrap()
}

#[tokio::test]
async fn text_streams_word_by_word_and_completes_with_usage() {
    let app = router(Settings::instant());
    let events = events(&app, &ask("offline", json!("thanks"))).await;
    assert_eq!(
        types(&events),
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let deltas: Vec<&str> = events
        .iter()
        .filter_map(|event| event["delta"].as_str())
        .collect();
    assert!(deltas.len() > 8);
    let said = "You're welcome! Is there anything else I can do?";
    assert_eq!(deltas.concat(), said);
    let response = &events.last().unwrap()["response"];
    assert_eq!(response["status"], "completed");
    assert_eq!(response["output"][0]["content"][0]["text"], said);
    let usage = |name: &str| response["usage"][name].as_u64().unwrap();
    assert!(usage("input_tokens") > 0);
    assert_eq!(usage("output_tokens"), 12);
    assert_eq!(usage("total_tokens"), usage("input_tokens") + 12);
    assert_eq!(events[0]["response"]["status"], "in_progress");
    assert_eq!(events[0]["response"]["usage"], Value::Null);
}

#[tokio::test]
async fn calls_stream_in_fragments_each_as_an_item_of_its_own() {
    let app = router(Settings::instant());
    let events = events(
        &app,
        &ask("offline", json!("add buy oat milk and call mom")),
    )
    .await;
    let done: Vec<&Value> = events
        .iter()
        .filter(|event| event["type"] == "response.output_item.done")
        .collect();
    assert_eq!(done.len(), 2);
    for (index, (event, title)) in done.iter().zip(["Buy oat milk", "Call mom"]).enumerate() {
        let item = &event["item"];
        assert_eq!(event["output_index"], index);
        assert_eq!(item["type"], "function_call");
        assert_eq!(item["name"], "add_task");
        assert!(item["call_id"].as_str().unwrap().starts_with("call_"));
        let arguments: Value = serde_json::from_str(item["arguments"].as_str().unwrap()).unwrap();
        assert_eq!(arguments, json!({ "title": title }));
        let fragments: String = events
            .iter()
            .filter(|event| event["type"] == "response.function_call_arguments.delta")
            .filter(|event| event["item_id"] == item["id"])
            .map(|event| event["delta"].as_str().unwrap())
            .collect();
        assert_eq!(fragments, item["arguments"].as_str().unwrap());
    }
    let finished = events
        .iter()
        .filter(|event| event["type"] == "response.function_call_arguments.done")
        .count();
    assert_eq!(finished, 2);
}

#[tokio::test]
async fn every_event_and_answer_is_one_that_the_common_client_reads() {
    use async_openai::types::responses::{Response, ResponseStreamEvent};
    let app = router(Settings::instant());
    for sentence in ["thanks", "add buy oat milk and call mom"] {
        for event in events(&app, &ask("offline", json!(sentence))).await {
            let read = ResponseStreamEvent::deserialize(&event);
            assert!(read.is_ok(), "{read:?}: {event}");
        }
        let answer = whole(&app, json!(sentence)).await;
        assert_eq!(
            Response::deserialize(&answer).unwrap().output.len(),
            1 + usize::from(sentence != "thanks")
        );
    }
}

#[tokio::test]
async fn a_conversation_goes_on_over_its_items() {
    let app = router(Settings::instant());
    let mut input = vec![
        json!({ "role": "user", "content": [{ "type": "input_text", "text": "mark the milk one done" }] }),
    ];
    let first = whole(&app, json!(input)).await;
    assert_eq!(first["object"], "response");
    assert_eq!(first["output"][0]["name"], "list_tasks");
    input.push(
        json!({ "type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "abc" }),
    );
    input.extend(first["output"].as_array().unwrap().iter().cloned());
    let list = json!({ "tasks": [{ "id": 7, "title": "Buy milk", "completed": false }] });
    input.push(json!({
        "type": "function_call_output", "call_id": first["output"][0]["call_id"],
        "output": list.to_string(),
    }));
    let second = whole(&app, json!(input)).await;
    assert_eq!(second["output"][0]["name"], "complete_task");
    assert_eq!(second["output"][0]["arguments"], r#"{"task_id":7}"#);
    input.extend(second["output"].as_array().unwrap().iter().cloned());
    let done = json!({ "task_id": 7, "status": "completed", "title": "Buy milk" });
    input.push(json!({
        "type": "function_call_output", "call_id": second["output"][0]["call_id"],
        "output": [{ "type": "input_text", "text": done.to_string() }],
    }));
    let third = whole(&app, json!(input)).await;
    assert_eq!(
        third["output"][0]["content"][0]["text"],
        "Marked #7 “Buy milk” as done."
    );
    // What was said comes back as an item, and "it" is understood.
    input.extend(third["output"].as_array().unwrap().iter().cloned());
    input.push(json!({ "type": "message", "role": "user", "content": "delete it" }));
    let fourth = whole(&app, json!(input)).await;
    assert_eq!(fourth["output"][0]["name"], "delete_task");
}

#[tokio::test]
async fn instructions_are_the_prompt_and_tool_choice_none_forbids_tools() {
    let app = router(Settings::instant());
    let mut body = ask("offline", json!("add buy milk tomorrow"));
    body["stream"] = json!(false);
    body["instructions"] = crate::player::prompt(crate::player::SATURDAY).into();
    let answer = text(post(&app, &body).await).await;
    assert!(answer.contains("Due Sunday, 22 November 2026"), "{answer}");
    body["tool_choice"] = json!("none");
    let answer = text(post(&app, &body).await).await;
    assert!(answer.contains("Sorry, I cannot add tasks"), "{answer}");
}

#[tokio::test]
async fn the_switches_work_here_too() {
    let app = router(Settings::instant());
    let refused = post(&app, &ask("offline+fail-429", json!("hello"))).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1");
    let comments = text(post(&app, &ask("offline+comments", json!("hello"))).await).await;
    assert!(comments.starts_with(": processing\n\nevent: response.created\n"));
    let broken = text(post(&app, &ask("offline+error-mid-stream", json!("hello"))).await).await;
    let last = broken.split_terminator("\n\n").last().unwrap();
    assert!(last.starts_with("event: error\n"), "{last}");
    assert!(!broken.contains("response.completed"));
    let nonsense = text(post(&app, &ask("offline+nonsense", json!("hello"))).await).await;
    assert!(!nonsense.contains("response."));
    let endless = whole_of(&app, "offline+endless", "hello").await;
    assert_eq!(endless["output"][0]["name"], "list_tasks");
    let wrong = whole_of(&app, "offline+bad-args", "add milk").await;
    let arguments = wrong["output"][0]["arguments"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(arguments).is_err());
    let unknown = whole_of(&app, "offline+unknown-tool", "add milk").await;
    assert_eq!(unknown["output"][0]["name"], "launch_rocket");
    let cut = post(&app, &ask("offline+cut", json!("hello"))).await;
    assert!(
        http_body_util::BodyExt::collect(cut.into_body())
            .await
            .is_err()
    );
}

async fn whole_of(app: &Router, model: &str, input: &str) -> Value {
    let mut body = ask(model, json!(input));
    body["stream"] = json!(false);
    serde_json::from_str(&text(post(app, &body).await).await).unwrap()
}

#[tokio::test]
async fn a_script_steers_this_wire_as_well() {
    let script = Script::new();
    script.push(Fault::Status(500));
    script.push(Reply::text("As scripted."));
    let app = router(Settings::instant().with_script(script.clone()));
    let body = ask("offline", json!("hello"));
    assert_eq!(
        post(&app, &body).await.status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert!(text(post(&app, &body).await).await.contains("As scripted."));
    assert_eq!(script.requests()[1]["input"], "hello");
}

#[tokio::test]
async fn bad_requests_are_refused_in_the_shape_clients_know() {
    let app = router(Settings::instant());
    let many = vec![json!({ "role": "user", "content": "hi" }); 1_001];
    for body in [
        json!({}),
        json!({ "model": "offline" }),
        json!({ "model": "offline", "input": [] }),
        json!({ "model": "offline", "input": 7 }),
        json!({ "model": "offline", "input": [{ "role": "wizard", "content": "hi" }] }),
        json!({ "model": "offline", "input": [{ "type": "item_reference", "id": "msg_1" }] }),
        json!({ "model": "offline", "input": [{ "type": "function_call", "name": "add_task" }] }),
        json!({ "model": "offline", "input": "hi", "tools": [{ "type": "function", "function": {} }] }),
        json!({ "model": "offline", "input": many }),
    ] {
        let response = post(&app, &body).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
        let error: Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(error["error"]["type"], "invalid_request_error");
    }
    let kept = json!({ "model": "offline", "input": "hi", "previous_response_id": "resp_1" });
    assert_eq!(post(&app, &kept).await.status(), StatusCode::NOT_FOUND);
    let unknown = ask("offline+stal", json!("hi"));
    assert_eq!(post(&app, &unknown).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tools_that_are_no_functions_are_never_called() {
    let app = router(Settings::instant());
    let body = json!({
        "model": "offline", "input": "what is open?", "tools": [{ "type": "web_search" }],
    });
    let answer = text(post(&app, &body).await).await;
    assert!(
        answer.contains("Sorry, I cannot see your tasks"),
        "{answer}"
    );
}
