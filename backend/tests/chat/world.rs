//! A backend, an MCP server and a model, each on a port of its own, and what a client sees of them.

use std::{net::SocketAddr, sync::Once, time::Duration};

use axum::Router;
use backend::{
    Access, AppState,
    chat::{Chat, ChatConfig, Limits, Titles},
};
use jsonwebtoken::{EncodingKey, Header, encode};
use model::{ModelConfig, ModelSettings, Wire};
use offline_model::{Script, Settings};
use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};
use service::{
    assertion::{AssertionKey, Assertions},
    auth::{UserTokens, UserTokensConfig},
    principal::Authenticator,
    shutdown::{self, Shutdown},
};
use sqlx::{ConnectOptions as _, PgPool};
use store::{Db, events::TaskEvents, turns};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::outgoing::{Guard, checked};

const SECRET: &str = "a secret for tests only, of more than 32 bytes";

/// How the world differs from a good one.
pub struct Plan {
    pub limits: Limits,
    pub settings: Settings,
    pub model: &'static str,
    pub wire: Option<Wire>,
    /// In place of the offline model.
    pub model_url: Option<String>,
    /// In place of everything that is said about the model here.
    pub models: Option<ModelConfig>,
    /// In place of the MCP server.
    pub mcp_url: Option<String>,
    pub max_history: usize,
    /// From the first words, so that the model is asked for nothing else than a test says.
    pub titles: Titles,
    pub budget: turns::Limits,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            settings: Settings::instant(),
            model: "offline",
            wire: None,
            model_url: None,
            models: None,
            mcp_url: None,
            max_history: 50,
            titles: Titles::Words,
            budget: turns::Limits::default(),
        }
    }
}

pub struct World {
    pub address: SocketAddr,
    pub script: Script,
    pub shutdown: Shutdown,
    pub server: JoinHandle<std::io::Result<()>>,
    pub db: Db,
    http: reqwest::Client,
    _outgoing: Guard,
}

impl World {
    pub async fn start(pool: &PgPool) -> Self {
        Self::with(pool, Plan::default()).await
    }

    pub async fn with(pool: &PgPool, plan: Plan) -> Self {
        install_tls();
        let db = Db::from_pool(pool.clone());
        let script = Script::new();
        let model_url = if let Some(url) = plan.model_url {
            url
        } else {
            let model = offline_model::router(plan.settings.with_script(script.clone()));
            format!("http://{}/v1", serve(checked(model)).await)
        };
        let mcp_url = match plan.mcp_url {
            Some(url) => url,
            None => format!("http://{}/mcp", serve(mcp(&db)).await),
        };
        let shutdown = Shutdown::manual();
        let model = ModelConfig {
            first: ModelSettings {
                api_key: Some(SecretString::from("sk-test")),
                wire: plan.wire,
                ..ModelSettings::new(model_url, plan.model)
            },
            second: None,
        };
        let chat = ChatConfig {
            model: plan.models.unwrap_or(model),
            mcp_url,
            mcp_key: key(),
            max_history: plan.max_history,
            titles: plan.titles,
            limits: plan.limits,
            budget: plan.budget,
        };
        let tokens = UserTokens::new(UserTokensConfig {
            auth_url: "http://127.0.0.1:9".into(),
            hs256_secret: Some(SecretString::from(SECRET)),
            issuer: None,
            audience: None,
        })
        .unwrap();
        let url = pool.connect_options().to_url_lossy();
        let state = AppState {
            events: TaskEvents::start(&db, url.as_str()).unwrap(),
            chat: Chat::new(chat, db.clone(), shutdown.clone()).unwrap(),
            authenticator: Authenticator::for_backend(tokens.clone(), Access(db.clone())),
            tokens,
            db: db.clone(),
            shutdown: shutdown.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown::serve(listener, backend::router(state), &shutdown).await }
        });
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self {
            address,
            script,
            shutdown,
            server,
            db,
            http,
            _outgoing: Guard,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn user(&self, id: &'static str) -> Person<'_> {
        Person { world: self, id }
    }

    pub fn alice(&self) -> Person<'_> {
        self.user("alice")
    }
}

/// The real MCP server over a database.
pub fn mcp(db: &Db) -> Router {
    mcp_server::router(mcp_server::State {
        db: db.clone(),
        assertions: Assertions::new(key(), None),
        access_tokens: None,
        allowed_hosts: Vec::new(),
        allowed_origins: Vec::new(),
        shutdown: Shutdown::manual(),
    })
}

/// Serves until the test ends.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn key() -> AssertionKey {
    AssertionKey::derive(&SecretString::from(SECRET)).unwrap()
}

pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

/// Somebody who is signed in.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    world: &'a World,
    id: &'static str,
}

impl Person<'_> {
    pub fn token(&self) -> String {
        let expires = chrono::Utc::now().timestamp() + 600;
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        encode(
            &Header::default(),
            &json!({ "sub": self.id, "exp": expires }),
            &key,
        )
        .unwrap()
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.world
            .http
            .post(self.world.url(path))
            .bearer_auth(self.token())
    }

    pub fn request_get(&self, path: &str) -> RequestBuilder {
        self.world
            .http
            .get(self.world.url(path))
            .bearer_auth(self.token())
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request_get(path).send().await.unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> (StatusCode, Value) {
        let request = self
            .world
            .http
            .delete(self.world.url(path))
            .bearer_auth(self.token());
        read(request.send().await.unwrap()).await
    }

    /// Makes a task without a word.
    pub async fn create(&self, title: &str) -> (StatusCode, Value) {
        let body = json!({ "title": title });
        read(self.post("/api/me/tasks").json(&body).send().await.unwrap()).await
    }

    /// Says something over `/chat`.
    pub async fn chat(&self, body: impl Serialize) -> (StatusCode, Value) {
        read(self.post("/api/me/chat").json(&body).send().await.unwrap()).await
    }

    /// Says something over `/chat` that has to be answered.
    #[track_caller]
    pub fn say(&self, text: &str) -> impl Future<Output = Value> {
        let body = json!({ "message": text });
        async move {
            let (status, answer) = self.chat(body).await;
            assert_eq!(status, 200, "{answer}");
            answer
        }
    }

    /// A `ChatKit` operation.
    pub fn kit(&self, operation: &str, params: impl Serialize) -> RequestBuilder {
        self.post("/api/chatkit")
            .json(&json!({ "type": operation, "params": params }))
    }

    /// A `ChatKit` operation that answers JSON.
    pub async fn ask(&self, operation: &str, params: Value) -> (StatusCode, Value) {
        read(self.kit(operation, params).send().await.unwrap()).await
    }

    /// A `ChatKit` operation that streams, read to its end.
    pub async fn stream(&self, operation: &str, params: Value) -> Vec<Value> {
        let response = self.kit(operation, params).send().await.unwrap();
        assert_eq!(response.status(), 200);
        frames(&response.text().await.unwrap())
    }

    /// Begins a thread; gives the frames and its id.
    pub async fn begin(&self, text: &str) -> (Vec<Value>, String) {
        let frames = self
            .stream("threads.create", json!({ "input": input(text) }))
            .await;
        let id = frames[0]["thread"]["id"].as_str().unwrap().to_owned();
        (frames, id)
    }

    /// Goes on in a thread.
    pub async fn add(&self, thread: &str, text: &str) -> Vec<Value> {
        let params = json!({ "thread_id": thread, "input": input(text) });
        self.stream("threads.add_user_message", params).await
    }

    /// Answers a message again.
    pub async fn again(&self, thread: &str, item: &str) -> Vec<Value> {
        let params = json!({ "thread_id": thread, "item_id": item });
        self.stream("threads.retry_after_item", params).await
    }

    /// What is in a thread now, as `kind: text`.
    pub async fn transcript(&self, thread: &str) -> Vec<String> {
        let (status, thread) = self
            .ask("threads.get_by_id", json!({ "thread_id": thread }))
            .await;
        assert_eq!(status, 200, "{thread}");
        thread["items"]["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(shown)
            .collect()
    }

    /// The titles of the tasks, oldest first.
    pub async fn tasks(&self) -> Vec<String> {
        let (_, tasks) = self.get("/api/me/tasks").await;
        let titles = tasks.as_array().unwrap().iter().rev();
        titles
            .map(|task| task["title"].as_str().unwrap().to_owned())
            .collect()
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// A message as the widget sends it.
pub fn input(text: &str) -> Value {
    json!({
        "content": [{ "type": "input_text", "text": text }],
        "attachments": [], "quoted_text": "", "inference_options": {},
    })
}

/// The events of a whole stream.
pub fn frames(body: &str) -> Vec<Value> {
    body.split("\n\n")
        .filter_map(|frame| frame.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// The kinds of events, one of each row of equal ones.
pub fn kinds(frames: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<&str> = frames
        .iter()
        .map(|frame| match frame["type"].as_str().unwrap() {
            "thread.item.updated" => frame["update"]["type"].as_str().unwrap(),
            kind => kind,
        })
        .collect();
    kinds.dedup();
    kinds
}

/// An item in a line.
pub fn shown(item: &Value) -> String {
    match item["type"].as_str().unwrap() {
        "workflow" => {
            let tasks = item["workflow"]["tasks"].as_array().unwrap();
            let titles: Vec<&str> = tasks
                .iter()
                .map(|task| task["title"].as_str().unwrap())
                .collect();
            format!("workflow: {}", titles.join(", "))
        }
        "widget" => format!("widget: {}", item["copy_text"].as_str().unwrap()),
        "structured_input" => format!(
            "structured_input: {}, {}",
            item["inputs"][0]["question"].as_str().unwrap(),
            item["status"].as_str().unwrap()
        ),
        "task" => format!("task: {}", item["task"]["title"].as_str().unwrap()),
        kind => format!("{kind}: {}", item["content"][0]["text"].as_str().unwrap()),
    }
}

/// The error a stream ends with.
#[track_caller]
pub fn error(frames: &[Value]) -> (&str, &str, bool) {
    let last = frames.last().unwrap();
    assert_eq!(last["type"], "error", "{last}");
    let text = |name: &str| last[name].as_str().unwrap();
    (
        text("code"),
        text("message"),
        last["allow_retry"].as_bool().unwrap(),
    )
}

/// The id of the first item of a kind that is done.
pub fn item_id(frames: &[Value], kind: &str) -> String {
    let done =
        |frame: &&Value| frame["type"] == "thread.item.done" && frame["item"]["type"] == kind;
    let found = frames.iter().find(done).unwrap();
    found["item"]["id"].as_str().unwrap().to_owned()
}
