//! A whole backend on a port of its own, over a database of its own, and a client that reads like a conversation.

use std::{net::SocketAddr, sync::Once, time::Duration};

use backend::{
    Access, AppState,
    chat::{Chat, ChatConfig, Limits, Titles},
};
use jsonwebtoken::{EncodingKey, Header, encode};
use model::{ModelConfig, ModelSettings};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header::HeaderMap};
use secrecy::SecretString;
use serde_json::{Value, json};
use service::{
    assertion::AssertionKey,
    auth::{UserTokens, UserTokensConfig},
    principal::Authenticator,
    shutdown::{self, Shutdown},
};
use sqlx::{ConnectOptions as _, PgPool};
use store::{Db, events::TaskEvents};
use tokio::{net::TcpListener, task::JoinHandle};

pub const SECRET: &str = "a secret for tests only, of more than 32 bytes";

/// A running backend.
pub struct App {
    pub address: SocketAddr,
    pub shutdown: Shutdown,
    pub events: TaskEvents,
    pub server: JoinHandle<std::io::Result<()>>,
    http: reqwest::Client,
}

impl App {
    /// Over the test's own database.
    pub async fn start(pool: &PgPool) -> Self {
        let url = pool.connect_options().to_url_lossy();
        Self::over(Db::from_pool(pool.clone()), url.as_str()).await
    }

    /// Over any database.
    pub async fn over(db: Db, direct_url: &str) -> Self {
        install_tls();
        let shutdown = Shutdown::manual();
        let tokens = UserTokens::new(UserTokensConfig {
            auth_url: "http://127.0.0.1:9".into(),
            hs256_secret: Some(SecretString::from(SECRET)),
            issuer: None,
            audience: None,
        })
        .unwrap();
        let chat = ChatConfig {
            model: ModelConfig {
                first: ModelSettings::new("http://127.0.0.1:9/v1", "none"),
                second: None,
            },
            mcp_url: "http://127.0.0.1:9/mcp".into(),
            mcp_key: AssertionKey::derive(&SecretString::from(SECRET)).unwrap(),
            max_history: 50,
            titles: Titles::Words,
            limits: Limits::default(),
            budget: store::turns::Limits::default(),
        };
        let events = TaskEvents::start(&db, direct_url).unwrap();
        let state = AppState {
            events: events.clone(),
            chat: Chat::new(chat, db.clone(), shutdown.clone()).unwrap(),
            authenticator: Authenticator::for_backend(tokens.clone(), Access(db.clone())),
            tokens,
            db,
            shutdown: shutdown.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown::serve(listener, backend::router(state), &shutdown).await }
        });
        Self {
            address,
            shutdown,
            events,
            server,
            http: client(),
        }
    }

    /// Somebody with a good token.
    pub fn user(&self, id: &str) -> User<'_> {
        User {
            app: self,
            token: Some(token(id)),
        }
    }

    /// Somebody without one.
    pub fn nobody(&self) -> User<'_> {
        User {
            app: self,
            token: None,
        }
    }

    /// Somebody with this token, good or not.
    pub fn bearer(&self, token: impl Into<String>) -> User<'_> {
        User {
            app: self,
            token: Some(token.into()),
        }
    }
}

/// A person who sends requests.
pub struct User<'a> {
    app: &'a App,
    token: Option<String>,
}

impl User<'_> {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .app
            .http
            .request(method, format!("http://{}{path}", self.app.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::PATCH, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path)).await
    }

    /// Adds a task and gives its id.
    pub async fn add(&self, title: &str) -> i64 {
        let answer = self.post("/api/me/tasks", &json!({ "title": title })).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()["id"].as_i64().unwrap()
    }

    /// The titles of the list that a path gives.
    pub async fn titles(&self, path: &str) -> Vec<String> {
        let list = self.get(path).await.json();
        list.as_array()
            .unwrap()
            .iter()
            .map(|task| task["title"].as_str().unwrap().into())
            .collect()
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        let response: Response = request.send().await.expect("the backend answers");
        let (status, headers) = (response.status(), response.headers().clone());
        Self {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts that this is a problem document of this status and code, and gives it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["code"], code, "{problem}");
        assert!(
            problem["detail"].as_str().unwrap().ends_with('.'),
            "{problem}"
        );
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        problem
    }
}

/// A token as an older peer signs it.
pub fn token(user: &str) -> String {
    let expires = chrono::Utc::now().timestamp() + 3_600;
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(
        &Header::default(),
        &json!({ "sub": user, "exp": expires }),
        &key,
    )
    .unwrap()
}

pub fn client() -> reqwest::Client {
    install_tls();
    reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
