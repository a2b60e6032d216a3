//! `todo-backend doctor`, as an operator runs it.

use std::process::Output;

use offline_model::{Fault, Reply, Script, Settings};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    KEY,
    fake::{Answer, Fake, calls, delta, finish, response, said, text},
    world::serve,
};

async fn doctor(variables: &[(&str, &str)]) -> (String, Output) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-backend"));
    command.env_clear().arg("doctor").env("OPENAI_API_KEY", KEY);
    let output = command
        .envs(variables.iter().copied())
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        !text.contains(KEY) && !errors.contains(KEY),
        "{text}{errors}"
    );
    (text, output)
}

async fn doctor_of(fake: &Fake) -> (String, Output) {
    doctor(&[("OPENAI_BASE_URL", &fake.url()), ("OPENAI_MODEL", "fake-1")]).await
}

/// The line about something.
#[track_caller]
fn line<'a>(text: &'a str, what: &str) -> &'a str {
    let about = |line: &&str| line.chars().skip(2).collect::<String>().starts_with(what);
    text.lines()
        .find(about)
        .unwrap_or_else(|| panic!("nothing about {what}:\n{text}"))
}

fn list_tasks() -> Answer {
    calls(&[json!({"index": 0, "id": "a", "function": {"name": "list_tasks", "arguments": "{}"}})])
}

/// Whatever a good provider answers until it is asked something wrong.
fn good(fake: &Fake) {
    fake.list(&json!([{"id": "fake-1"}]));
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}});
    fake.push(Answer::events(&[
        delta(json!({"content": "Hel"})),
        delta(json!({"content": "lo."})),
        finish("stop"),
        usage,
    ]));
}

#[tokio::test]
async fn the_offline_model_is_in_good_health() {
    let model = offline_model::router(Settings::instant());
    let url = format!("http://{}/v1", serve(model).await);
    let (text, output) = doctor(&[("OPENAI_BASE_URL", &url), ("OPENAI_MODEL", "offline")]).await;
    assert!(output.status.success(), "{text}{output:?}");
    for what in [
        "address",
        "key",
        "model list",
        "text",
        "usage",
        "tool call",
        "tool result",
        "conversation",
        "errors",
        "wire",
    ] {
        assert!(line(&text, what).starts_with('✓'), "{text}");
    }
}

#[tokio::test]
async fn a_good_provider_is_found_to_be_one() {
    let fake = Fake::start().await;
    good(&fake);
    fake.push(list_tasks());
    fake.push(text("You have one task: Buy Marmalade."));
    fake.push(text("Goodbye."));
    let refusal =
        json!({"error": {"message": "messages must be a list", "type": "invalid_request_error"}});
    fake.push(Answer::status(400, refusal));
    fake.push(Answer::status(404, "not found"));
    let (text, output) = doctor_of(&fake).await;
    assert!(output.status.success(), "{text}{output:?}");
    assert!(!text.contains('✗'), "{text}");
    assert!(
        line(&text, "usage").contains("9 tokens in, 4 out"),
        "{text}"
    );
    assert!(line(&text, "text").contains("2 pieces"), "{text}");
    assert!(
        line(&text, "errors").contains("messages must be a list"),
        "{text}"
    );
    assert!(
        line(&text, "other wire").contains("LLM_WIRE=responses would not do"),
        "{text}"
    );
}

#[tokio::test]
async fn the_other_wire_is_examined_in_the_same_way() {
    let fake = Fake::start().await;
    fake.push(said("Hello."));
    let call =
        json!({"type": "function_call", "call_id": "a", "name": "list_tasks", "arguments": "{}"});
    fake.push(response(&[], &[call]));
    fake.push(said("Buy marmalade."));
    fake.push(said("Goodbye."));
    fake.push(Answer::status(
        400,
        json!({"error": {"message": "input must be a list"}}),
    ));
    fake.push(text("Hello."));
    let url = fake.url();
    let (text, output) = doctor(&[
        ("OPENAI_BASE_URL", &url),
        ("OPENAI_MODEL", "fake-1"),
        ("LLM_WIRE", "responses"),
    ])
    .await;
    assert!(output.status.success(), "{text}{output:?}");
    assert!(line(&text, "model list").starts_with('–'), "{text}");
    assert!(line(&text, "wire").contains("responses"), "{text}");
    assert!(
        line(&text, "other wire").contains("LLM_WIRE=chat would do"),
        "{text}"
    );
    assert!(
        line(&text, "usage").contains("11 tokens in, 7 out"),
        "{text}"
    );
}

#[tokio::test]
async fn a_wrong_key_is_named_and_not_shown() {
    let fake = Fake::start().await;
    let message = format!("Incorrect API key provided: {KEY}.");
    fake.push(Answer::status(
        401,
        json!({"error": {"message": message, "code": "invalid_api_key"}}),
    ));
    let (text, output) = doctor_of(&fake).await;
    assert_eq!(output.status.code(), Some(1));
    let line = line(&text, "key");
    assert!(
        line.starts_with('✗')
            && line.contains("OPENAI_API_KEY")
            && line.contains("invalid_api_key"),
        "{text}"
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_with_the_setting_to_change() {
    let (text, output) = doctor(&[("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")]).await;
    assert_eq!(output.status.code(), Some(1));
    let address = line(&text, "address");
    assert!(
        address.starts_with('✗') && address.contains("OPENAI_BASE_URL"),
        "{text}"
    );

    let fake = Fake::start().await;
    fake.push(Answer::status(404, "404 page not found"));
    let (text, _) = doctor_of(&fake).await;
    assert!(line(&text, "text").contains("mostly ends in /v1"), "{text}");

    let fake = Fake::start().await;
    let unknown =
        json!({"error": {"message": "The model does not exist", "code": "model_not_found"}});
    fake.list(&json!([{"id": "other"}]));
    fake.push(Answer::status(404, unknown));
    let (text, _) = doctor_of(&fake).await;
    assert!(
        line(&text, "model list").contains("not among its 1 models"),
        "{text}"
    );
    assert!(line(&text, "text").contains("Check OPENAI_MODEL"), "{text}");
}

#[tokio::test]
async fn a_redirect_is_named_as_one() {
    let fake = Fake::start().await;
    fake.push(Answer::status(308, "").header("location", "https://elsewhere.example/v1"));
    let (text, output) = doctor_of(&fake).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(line(&text, "text").contains("redirects"), "{text}");
}

#[tokio::test]
async fn a_model_without_tools_cannot_chat() {
    let fake = Fake::start().await;
    good(&fake);
    fake.push(text("I have no access to your tasks."));
    let (report, output) = doctor_of(&fake).await;
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(line(&report, "tool call").starts_with('✗'), "{report}");

    let fake = Fake::start().await;
    good(&fake);
    let message = "Function tools with reasoning_effort are not supported for gpt-6.";
    fake.push(Answer::status(400, json!({"error": {"message": message}})));
    let url = fake.url();
    let variables = [("OPENAI_BASE_URL", url.as_str()), ("LLM_WIRE", "chat")];
    let (report, _) = doctor(&variables).await;
    assert!(
        line(&report, "tool call").contains("Set LLM_WIRE=responses"),
        "{report}"
    );
}

#[tokio::test]
async fn a_conversation_that_is_refused_is_a_finding_with_the_reason() {
    let fake = Fake::start().await;
    good(&fake);
    fake.push(list_tasks());
    fake.push(text("Buy marmalade."));
    let message = "After the optional system message, conversation roles must alternate";
    fake.push(Answer::status(400, json!({"error": {"message": message}})));
    let (report, output) = doctor_of(&fake).await;
    assert_eq!(output.status.code(), Some(1), "{report}");
    let line = line(&report, "conversation");
    assert!(
        line.starts_with('✗') && line.contains("roles must alternate"),
        "{report}"
    );
    // The shape in which the chat tells one, with a tool's result in the middle.
    let asked = fake.asked()[3].body.clone();
    let roles = asked["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap());
    assert_eq!(
        roles.collect::<Vec<_>>(),
        [
            "system",
            "user",
            "assistant",
            "user",
            "assistant",
            "tool",
            "assistant",
            "user"
        ]
    );
    assert_eq!(asked["temperature"], 0);
}

#[tokio::test]
async fn a_small_context_and_thoughts_among_the_words_are_found() {
    let fake = Fake::start().await;
    fake.list(&json!([{"id": "fake-1", "meta": {"n_ctx": 2048}}]));
    fake.push(Answer::status(
        400,
        json!({"error": {"message": "Unsupported value: 'temperature' does not support 0 with this model."}}),
    ));
    fake.push(text("<think>They greet.</think>Hello."));
    let message = "fake-1 does not support tools";
    fake.push(Answer::status(400, json!({"error": {"message": message}})));
    let (report, output) = doctor_of(&fake).await;
    assert_eq!(output.status.code(), Some(1), "{report}");
    let context = line(&report, "context");
    assert!(
        context.starts_with('–') && context.contains("2048 tokens"),
        "{report}"
    );
    assert!(
        line(&report, "thinking").contains("LLM_REASONING_EFFORT"),
        "{report}"
    );
    assert!(line(&report, "tool call").contains("--jinja"), "{report}");
    assert!(fake.last().get("temperature").is_none());
}

#[tokio::test]
async fn what_a_provider_refuses_is_said_with_the_setting_that_spares_it() {
    let fake = Fake::start().await;
    fake.push(Answer::status(
        400,
        json!({"error": {"message": "unknown parameter: stream_options"}}),
    ));
    fake.push(text("Hello."));
    let (report, _) = doctor_of(&fake).await;
    assert!(line(&report, "usage").starts_with('–'), "{report}");
    assert!(report.contains("LLM_STREAM_USAGE=false"), "{report}");
}

#[tokio::test]
async fn the_second_model_is_examined_too() {
    let script = Script::new();
    let model = offline_model::router(Settings::instant().with_script(script.clone()));
    let url = format!("http://{}/v1", serve(model).await);
    let variables = [
        ("OPENAI_BASE_URL", url.as_str()),
        ("OPENAI_MODEL", "offline"),
        ("LLM_FALLBACK_BASE_URL", "http://127.0.0.1:9/v1"),
        ("LLM_FALLBACK_MODEL", "spare"),
    ];
    let (text, output) = doctor(&variables).await;
    assert_eq!(output.status.code(), Some(1), "{text}");
    let second = text.split("second model spare").nth(1).unwrap();
    assert!(
        line(second, "address").contains("LLM_FALLBACK_BASE_URL"),
        "{text}"
    );
    assert!(
        script
            .requests()
            .iter()
            .all(|body: &Value| body["model"] == "offline")
    );
}

#[tokio::test]
async fn a_stream_that_breaks_is_a_finding() {
    let script = Script::new();
    script.push(Reply::text("Hello there, how are you today?"));
    script.push(Fault::Cut);
    script.push(Fault::Cut);
    let model = offline_model::router(Settings::instant().with_script(script));
    let url = format!("http://{}/v1", serve(model).await);
    let (text, output) = doctor(&[("OPENAI_BASE_URL", &url), ("OPENAI_MODEL", "offline")]).await;
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(line(&text, "tool call").starts_with('✗'), "{text}");
}

#[tokio::test]
async fn settings_that_cannot_be_right_are_named_without_their_values() {
    for (name, value) in [
        ("LLM_EXTRA_HEADERS", "X-Key: hush"),
        ("LLM_EXTRA_PARAMS", "{\"model\": \"hush\"}"),
        ("OPENAI_BASE_URL", "ftp://hush"),
        ("LLM_WIRE", "morse"),
        ("LLM_IDLE_TIMEOUT", "0"),
        ("OPENAI_API_KEY", "sk-hush\nhush"),
    ] {
        let (_, output) = doctor(&[(name, value)]).await;
        let said = String::from_utf8_lossy(&output.stderr)
            .replace('-', "_")
            .to_uppercase();
        assert!(!output.status.success() && said.contains(name), "{said}");
        assert!(!said.contains("HUSH"), "{said}");
        assert_eq!(said.trim().lines().count(), 1, "{said}");
    }
}
