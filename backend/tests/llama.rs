//! Talking to a real server with a real, small model: llama.cpp's own. What it says is not judged, as so small a model says
//! silly things: what goes over the wire, what is stored, and what people read when something goes wrong is.
//!
//! `LLAMA_SERVER` is the beginning of a command that starts one, and takes `--port`, `--ctx`, `--np`, `--key`, `--predict` and
//! `--template`; `LLAMA_STRICT_TEMPLATE` is a chat template that refuses roles which do not alternate.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test"
)]

use std::{net::TcpListener, process::Stdio, time::Duration};

use backend::chat::Limits;
use futures_util::TryStreamExt as _;
use model::{
    ModelConfig, ModelError, ModelMessage, ModelSettings, Part, StepLimits, ToolCall, parse_params,
};
use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::{
    process::{Child, Command},
    sync::{Mutex, MutexGuard},
    time::sleep,
};

#[path = "chat/outgoing.rs"]
#[expect(dead_code, reason = "shared with the other tests of the chat")]
mod outgoing;
#[path = "chat/world.rs"]
#[expect(dead_code, reason = "shared with the other tests of the chat")]
mod world;

use crate::world::{Person, Plan, World};

const KEY: &str = "sk-of-the-llama";
/// A machine that does other things as well is slow.
const LONG: Duration = Duration::from_mins(5);
/// One server at a time: two would only take each other's processor.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

#[expect(
    clippy::disallowed_methods,
    reason = "a test that needs another program is switched on from outside"
)]
fn option(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A server, until it is dropped.
struct Llama {
    command: Vec<String>,
    port: u16,
    process: Option<Child>,
    _turn: MutexGuard<'static, ()>,
}

impl Llama {
    /// One with these options, or none on a machine without it, which is said.
    async fn new(options: &[&str]) -> Option<Self> {
        let Some(server) = option("LLAMA_SERVER") else {
            println!("skipped: LLAMA_SERVER does not say how to start llama.cpp's server");
            return None;
        };
        let turn = ONE_AT_A_TIME.lock().await;
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut command: Vec<String> = server.split_whitespace().map(str::to_owned).collect();
        command.extend(options.iter().map(|option| (*option).to_owned()));
        let mut llama = Self {
            command,
            port: free.local_addr().unwrap().port(),
            process: None,
            _turn: turn,
        };
        drop(free);
        llama.start();
        Some(llama)
    }

    fn start(&mut self) {
        let mut command = Command::new(&self.command[0]);
        command
            .args(&self.command[1..])
            .args(["--port", &self.port.to_string()]);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        self.process = Some(command.spawn().unwrap());
    }

    async fn kill(&mut self) {
        self.process.take().unwrap().kill().await.unwrap();
    }

    /// Where its model is, for who has this key.
    fn models(&self, key: &str) -> ModelConfig {
        let url = format!("http://127.0.0.1:{}/v1", self.port);
        let first = ModelSettings {
            api_key: Some(SecretString::from(key)),
            params: parse_params(r#"{"temperature": 0}"#).unwrap(),
            ..ModelSettings::new(url, "smollm2")
        };
        ModelConfig {
            first,
            second: None,
        }
    }

    /// The chat with its model behind it.
    async fn world(&self, pool: &PgPool, key: &str) -> World {
        let limits = Limits {
            turn: LONG,
            step: patient(),
            ..Limits::default()
        };
        let plan = Plan {
            limits,
            models: Some(self.models(key)),
            ..Plan::default()
        };
        World::with(pool, plan).await
    }
}

fn patient() -> StepLimits {
    StepLimits {
        first_byte: LONG,
        idle: LONG,
        ..StepLimits::default()
    }
}

async fn say(person: &Person<'_>, conversation: &Value, text: &str) -> (StatusCode, Value) {
    let body = json!({ "conversation_id": conversation, "message": text });
    let answer = person
        .post("/api/me/chat")
        .timeout(LONG)
        .json(&body)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// An answer to somebody whose conversation goes on with it.
async fn answered(person: &Person<'_>, conversation: &Value, text: &str) -> Value {
    let (status, answer) = say(person, conversation, text).await;
    assert_eq!(status, 200, "{text}: {answer}");
    check_calls(&answer);
    answer
}

/// Whatever the model called, it came over the wire as a call.
fn check_calls(answer: &Value) {
    for call in answer["tool_calls"].as_array().unwrap() {
        assert!(call["args"].is_object(), "{answer}");
    }
}

/// What is wrong with a conversation as it is stored, if something is.
async fn check_stored(person: &Person<'_>, conversation: &Value) {
    let (_, rows) = person
        .get(&format!("/api/me/conversations/{conversation}/messages"))
        .await;
    for row in rows.as_array().unwrap() {
        let text = row["content"].as_str().unwrap_or_default();
        for mark in ["<tool_call>", "<|im_", "<think>", "</think>"] {
            assert!(!text.contains(mark), "{row}");
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn two_people_talk_to_a_server_with_one_slot_and_a_key_that_is_killed_and_comes_back(
    pool: PgPool,
) {
    let Some(mut llama) = Llama::new(&[
        "--ctx",
        "8192",
        "--np",
        "1",
        "--key",
        KEY,
        "--predict",
        "60",
    ])
    .await
    else {
        return;
    };
    // It is still loading its model when the first question comes, which waits.
    let world = llama.world(&pool, KEY).await;
    let (alice, bob) = (world.user("alice"), world.user("bob"));
    let (status, begun) = ready(&alice, &Value::Null, "Please add bread to my list").await;
    assert_eq!(status, 200, "{begun}");
    check_calls(&begun);

    // Both at once, with one slot between them.
    let conversation = begun["conversation_id"].clone();
    let (hers, his) = tokio::join!(
        answered(&alice, &conversation, "What do I have to do?"),
        answered(&bob, &Value::Null, "thank you"),
    );
    assert_ne!(hers["conversation_id"], his["conversation_id"]);
    check_stored(&alice, &conversation).await;

    let stranger = llama.world(&pool, "sk-wrong").await;
    let (status, refused) = say(&stranger.user("carol"), &Value::Null, "hello").await;
    assert_eq!(
        (status.as_u16(), &refused["code"]),
        (502, &json!("model_unauthorized")),
        "{refused}"
    );

    // Killed while it answers: one sentence, and the conversation goes on when it is back.
    let (broken, ()) = tokio::join!(say(&alice, &conversation, "Show me what is open"), async {
        sleep(Duration::from_millis(700)).await;
        llama.kill().await;
    });
    if broken.0 != 200 {
        let code = broken.1["code"].as_str().unwrap();
        assert!(
            ["model_unreachable", "model_cut_off"].contains(&code),
            "{}",
            broken.1
        );
    }
    llama.start();
    let (status, after) = ready(&alice, &conversation, "thank you").await;
    assert_eq!(status, 200, "{after}");
    check_stored(&alice, &conversation).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_template_that_refuses_roles_which_do_not_alternate_takes_a_conversation(pool: PgPool) {
    let Some(template) = option("LLAMA_STRICT_TEMPLATE") else {
        println!("skipped: LLAMA_STRICT_TEMPLATE names no template");
        return;
    };
    let Some(llama) =
        Llama::new(&["--ctx", "8192", "--predict", "60", "--template", &template]).await
    else {
        return;
    };
    let world = llama.world(&pool, KEY).await;
    let alice = world.alice();
    let mut conversation = Value::Null;
    for text in [
        "Please add bread to my list",
        "What do I have to do?",
        "thank you",
    ] {
        let answer = ready(&alice, &conversation, text).await;
        assert_eq!(answer.0, 200, "{text}: {}", answer.1);
        check_calls(&answer.1);
        conversation = answer.1["conversation_id"].clone();
    }
    check_stored(&alice, &conversation).await;
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_conversation_that_outgrows_a_small_context_ends_in_a_sentence(pool: PgPool) {
    let Some(llama) = Llama::new(&["--ctx", "2048", "--predict", "60"]).await else {
        return;
    };
    let world = llama.world(&pool, KEY).await;
    let alice = world.alice();
    // The second of two long messages has no room beside the first one.
    let mut conversation = Value::Null;
    let long = "the rain falls on the roof of the shed. ".repeat(90);
    for text in [
        &format!("One: {long}"),
        &format!("Two: {long}"),
        "thank you",
    ] {
        let (status, answer) = ready(&alice, &conversation, text).await;
        conversation = answer["conversation_id"].clone();
        if status != 200 {
            let told = answer["detail"].as_str().unwrap_or_default();
            assert!(told.ends_with('.') && status.is_server_error(), "{answer}");
            assert!(
                !told.contains("token"),
                "the server's own words are shown: {told}"
            );
        }
    }
    // Whatever became of it, another conversation is answered.
    let (status, answer) = ready(&alice, &Value::Null, "thank you").await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_list_that_is_longer_than_the_context_is_answered_from_its_beginning() {
    let Some(llama) = Llama::new(&["--ctx", "8192", "--predict", "30"]).await else {
        return;
    };
    // So small a model may call something else, so the call and its 24 kB are made up.
    let tasks = (1..=100).map(|id| json!({"id": id, "title": "paint the garden shed ".repeat(9)}));
    let messages = [
        ModelMessage::User("What do I have to do?".to_owned()),
        ModelMessage::Assistant {
            text: None,
            calls: vec![ToolCall {
                id: "a".to_owned(),
                name: "list_tasks".to_owned(),
                ..ToolCall::default()
            }],
        },
        ModelMessage::ToolResult {
            call_id: "a".to_owned(),
            content: json!({"tasks": tasks.collect::<Vec<_>>()}).to_string(),
        },
    ];
    world::install_tls();
    let model = model::connect(llama.models(KEY), patient()).unwrap();
    let parts = loop {
        match model.ask(&messages, &[]).await {
            Err(ModelError::Unreachable | ModelError::Loading) => {
                sleep(Duration::from_secs(1)).await;
            }
            asked => break asked.unwrap(),
        }
    };
    let parts: Vec<Part> = parts.try_collect().await.unwrap();
    assert!(matches!(parts.last(), Some(Part::Done(_))), "{parts:?}");
}

/// An answer, as soon as the server listens at all.
async fn ready(person: &Person<'_>, conversation: &Value, text: &str) -> (StatusCode, Value) {
    loop {
        let (status, answer) = say(person, conversation, text).await;
        if answer["code"] != "model_unreachable" {
            return (status, answer);
        }
        sleep(Duration::from_secs(1)).await;
    }
}
