//! Conversations as they were recorded: what a client sends, and everything it gets back. Names of threads and items are
//! numbered in the order in which they come up, times are left out, and words that came in several pieces are put
//! together.
//!
//! With `CHATKIT_RECORD=1` the answers are written into the files anew; read the difference before you keep it.

use std::{
    collections::HashMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use offline_model::Reply;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    oracle::option,
    world::{World, frames},
};

#[derive(Debug, Deserialize, Serialize)]
struct Recording {
    /// Titles of the person's tasks; their numbers are 1, 2, 3, …
    #[serde(default)]
    tasks: Vec<String>,
    /// What the model says and calls, step by step.
    #[serde(default)]
    model: Vec<Step>,
    exchanges: Vec<Exchange>,
    /// The titles that are left, `✓` before those that are done.
    left: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Step {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<(String, Value)>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Exchange {
    request: Value,
    #[serde(default)]
    status: u16,
    /// An array for a stream, an object otherwise.
    #[serde(default)]
    answer: Value,
}

/// Names of things, as they are and as they are written down.
#[derive(Default)]
struct Names {
    plain: HashMap<String, String>,
    real: HashMap<String, String>,
    threads: usize,
    items: usize,
}

impl Names {
    fn plain(&mut self, name: &str) -> Option<String> {
        let (kind, number) = name.split_once('_')?;
        if !["thr", "msg", "wf"].contains(&kind) || number.parse::<i64>().is_err() {
            return None;
        }
        if let Some(known) = self.plain.get(name) {
            return Some(known.clone());
        }
        let count = if kind == "thr" {
            &mut self.threads
        } else {
            &mut self.items
        };
        *count += 1;
        let plain = format!("{kind}_{count}");
        self.plain.insert(name.to_owned(), plain.clone());
        self.real.insert(plain.clone(), name.to_owned());
        Some(plain)
    }

    fn normal(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(plain) = self.plain(text) {
                    *text = plain;
                }
            }
            Value::Array(list) => list.iter_mut().for_each(|value| self.normal(value)),
            Value::Object(map) => {
                map.remove("created_at");
                map.values_mut().for_each(|value| self.normal(value));
            }
            _ => {}
        }
    }

    fn real(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => json!(self.real.get(text).unwrap_or(text)),
            Value::Array(list) => list.iter().map(|value| self.real(value)).collect(),
            Value::Object(map) => {
                let map = map
                    .iter()
                    .map(|(key, value)| (key.clone(), self.real(value)));
                Value::Object(map.collect())
            }
            value => value.clone(),
        }
    }
}

/// Pieces of words that follow each other as one.
fn joined(frames: Vec<Value>) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for frame in frames {
        let piece = frame["update"]["delta"].as_str().map(str::to_owned);
        if let (Some(piece), Some(last)) = (piece, all.last_mut())
            && last["item_id"] == frame["item_id"]
            && let Some(words) = last["update"]["delta"].as_str()
        {
            last["update"]["delta"] = json!(format!("{words}{piece}"));
            continue;
        }
        all.push(frame);
    }
    all
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chat/recorded")
}

async fn play(pool: &PgPool, name: &str) {
    let file = folder().join(format!("{name}.json"));
    let mut recording: Recording =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let record = option("CHATKIT_RECORD").is_some();
    let world = World::start(pool).await;
    let alice = world.alice();
    for title in &recording.tasks {
        let made = alice.post("/api/me/tasks").json(&json!({ "title": title }));
        assert_eq!(made.send().await.unwrap().status(), 201);
    }
    for step in &recording.model {
        world.script.push(Reply {
            text: step.text.clone(),
            calls: step.calls.clone(),
        });
    }
    let mut names = Names::default();
    let mut heard = Vec::new();
    for (index, exchange) in recording.exchanges.iter_mut().enumerate() {
        let request = names.real(&exchange.request);
        let response = alice
            .post("/api/chatkit")
            .json(&request)
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let streams = response.headers()["content-type"]
            .as_bytes()
            .starts_with(b"text/event-stream");
        let body = response.text().await.unwrap();
        heard.push(
            json!({ "request": request, "status": status, "streams": streams, "body": body }),
        );
        let mut answer = if streams {
            Value::Array(joined(frames(&body)))
        } else {
            serde_json::from_str(&body).unwrap()
        };
        names.normal(&mut answer);
        if record {
            (exchange.status, exchange.answer) = (status, answer);
        } else {
            assert_eq!(exchange.status, status, "{name}, exchange {index}: {body}");
            assert_eq!(
                serde_json::to_string_pretty(&exchange.answer).unwrap(),
                serde_json::to_string_pretty(&answer).unwrap(),
                "{name}, exchange {index}"
            );
        }
    }
    assert_eq!(
        world.script.remaining(),
        0,
        "{name}: the model was asked less often"
    );
    let (_, tasks) = alice.get("/api/me/tasks").await;
    let left = tasks.as_array().unwrap().iter().rev().map(|task| {
        let done = if task["completed"] == true {
            "✓ "
        } else {
            ""
        };
        format!("{done}{}", task["title"].as_str().unwrap())
    });
    let left: Vec<String> = left.collect();
    if record {
        recording.left = left;
        let text = serde_json::to_string_pretty(&recording).unwrap();
        std::fs::write(&file, text + "\n").unwrap();
    } else {
        assert_eq!(recording.left, left, "{name}");
    }
    judge(name, &Value::Array(heard));
}

/// Holds what was really sent against the reference implementation's types.
fn judge(name: &str, heard: &Value) {
    let (Some(script), Some(python)) = (option("CHATKIT_ORACLE"), option("CHATKIT_ORACLE_PYTHON"))
    else {
        println!(
            "{name} is not judged by the reference implementation: CHATKIT_ORACLE and CHATKIT_ORACLE_PYTHON are not both set"
        );
        return;
    };
    let mut judge = Command::new(python)
        .arg(folder().join("judge.py"))
        .arg(script)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    judge
        .stdin
        .take()
        .unwrap()
        .write_all(heard.to_string().as_bytes())
        .unwrap();
    let verdict = judge.wait_with_output().unwrap();
    assert!(
        verdict.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&verdict.stderr)
    );
}

macro_rules! recordings {
    ($($name:ident),* $(,)?) => {
        $(#[sqlx::test(migrator = "store::MIGRATOR")]
        async fn $name(pool: PgPool) {
            play(&pool, stringify!($name)).await;
        })*

        #[test]
        fn every_recording_is_played() {
            let played = [$(stringify!($name)),*];
            for entry in std::fs::read_dir(folder()).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|kind| kind == "json") {
                    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                    assert!(played.contains(&name.as_str()), "{name} is never played");
                }
            }
        }
    };
}

recordings!(
    a_conversation_from_its_first_message_to_its_end,
    a_list_is_changed_by_its_buttons,
    a_question_is_answered_by_a_button,
    a_question_is_answered_in_words,
    a_question_is_passed_over,
    several_deletions_are_made_after_a_yes,
    several_deletions_are_not_made_after_a_no,
    mentions_and_quotes_come_back_as_they_were,
    what_this_server_does_not_have_is_refused,
);
