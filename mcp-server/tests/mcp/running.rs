//! A running server and clients that talk to it.

use std::{collections::HashMap, time::Duration};

use mcp_server::State;
use reqwest::header::{HeaderName, HeaderValue};
use rmcp::{
    ClientLifecycleMode, ClientServiceExt as _, RoleClient,
    model::{CallToolRequestParams, CallToolResult, ProtocolVersion, RequestMetaObject, Tool},
    service::{RunningService, ServiceError},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};
use service::{
    assertion::{AssertionKey, Assertions},
    auth::{AccessTokens, AccessTokensConfig},
    shutdown::{self, Shutdown},
};
use store::Db;
use tokio::{net::TcpListener, task::JoinHandle};

/// What backend and server share in these tests.
pub const SECRET: &str = "a secret of these tests, 32 bytes or more";

pub fn key(secret: &str) -> AssertionKey {
    AssertionKey::derive(&secret.into()).unwrap()
}

/// The authorization server and the resource, as tokens name them.
pub const ISSUER: &str = "https://todo.example";
pub const RESOURCE: &str = "https://todo.example/mcp";

/// A server on a port of its own.
pub struct Server {
    pub url: String,
    pub shutdown: Shutdown,
    pub ended: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub async fn start(db: &Db) -> Self {
        Self::start_with(db, Assertions::new(key(SECRET), None), Shutdown::manual()).await
    }

    pub async fn start_with(db: &Db, assertions: Assertions, shutdown: Shutdown) -> Self {
        Self::start_state(State {
            db: db.clone(),
            assertions,
            access_tokens: None,
            allowed_hosts: vec!["todo-mcp".to_owned()],
            allowed_origins: vec!["https://tools.example".to_owned()],
            shutdown,
        })
        .await
    }

    /// A server that takes the access tokens of an authorization server whose keys are at this address.
    pub async fn start_with_apps(db: &Db, auth_url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let access_tokens = AccessTokens::new(AccessTokensConfig {
            auth_url: auth_url.to_owned(),
            issuer: ISSUER.to_owned(),
            resource: RESOURCE.to_owned(),
        });
        Self::start_state(State {
            db: db.clone(),
            assertions: Assertions::new(key(SECRET), None),
            access_tokens: Some(access_tokens.unwrap()),
            allowed_hosts: vec!["todo-mcp".to_owned()],
            allowed_origins: vec!["https://tools.example".to_owned()],
            shutdown: Shutdown::manual(),
        })
        .await
    }

    async fn start_state(state: State) -> Self {
        let shutdown = state.shutdown.clone();
        // reqwest needs one; an error means that another test was quicker.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let router = mcp_server::router(state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let ended = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown::serve(listener, router, &shutdown).await }
        });
        Self {
            url,
            shutdown,
            ended,
        }
    }

    pub fn mcp(&self) -> String {
        format!("{}/mcp", self.url)
    }

    /// A client of the present protocol, on behalf of `user`.
    pub async fn agent(&self, user: &str) -> Agent {
        Agent::connect(&self.mcp(), user, discover(), &[]).await
    }

    /// A client that begins with `initialize`, as most do.
    pub async fn older_agent(&self, user: &str) -> Agent {
        Agent::connect(&self.mcp(), user, ClientLifecycleMode::Initialize, &[]).await
    }

    /// A call without a client library: a `tools/list` that can be changed before it is sent.
    pub fn plain_request(&self) -> reqwest::RequestBuilder {
        http()
            .post(self.mcp())
            .header("accept", "application/json, text/event-stream")
            .json(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }))
    }
}

pub fn discover() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    }
}

pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().build().unwrap()
}

/// An MCP client that acts for one user.
pub struct Agent(pub RunningService<RoleClient, ()>);

impl Agent {
    /// An agent of the present protocol with this credential.
    pub async fn with_token(server: &Server, token: &str) -> Self {
        Self::connect_with(&server.mcp(), token, discover(), &[]).await
    }

    pub async fn connect(
        url: &str,
        user: &str,
        lifecycle: ClientLifecycleMode,
        headers: &[(&'static str, &'static str)],
    ) -> Self {
        Self::connect_with(url, &key(SECRET).mint(user), lifecycle, headers).await
    }

    async fn connect_with(
        url: &str,
        token: &str,
        lifecycle: ClientLifecycleMode,
        headers: &[(&'static str, &'static str)],
    ) -> Self {
        let headers: HashMap<_, _> = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let config = StreamableHttpClientTransportConfig::with_uri(url)
            .auth_header(token)
            .custom_headers(headers);
        let transport = StreamableHttpClientTransport::from_config(config);
        Self(().serve_with_lifecycle(transport, lifecycle).await.unwrap())
    }

    pub async fn tools(&self) -> Vec<Tool> {
        self.0.list_all_tools().await.unwrap()
    }

    pub async fn try_call(
        &self,
        tool: &'static str,
        arguments: Value,
        meta: Value,
    ) -> Result<CallToolResult, ServiceError> {
        let mut params = CallToolRequestParams::new(tool);
        if let Value::Object(arguments) = arguments {
            params = params.with_arguments(arguments);
        }
        if let Value::Object(meta) = meta {
            params.meta = Some(RequestMetaObject(meta.into()));
        }
        self.0.call_tool(params).await
    }

    /// What a call that succeeds answers; its text must say the same as its structured content.
    pub async fn call(&self, tool: &'static str, arguments: Value) -> Value {
        self.call_with_meta(tool, arguments, Value::Null).await
    }

    pub async fn call_with_meta(&self, tool: &'static str, arguments: Value, meta: Value) -> Value {
        let result = self.try_call(tool, arguments, meta).await.unwrap();
        assert_ne!(result.is_error, Some(true), "{tool}: {result:?}");
        let text: Value = serde_json::from_str(&text_of(&result)).unwrap();
        assert_eq!(result.structured_content, Some(text.clone()));
        text
    }

    /// What a call that fails tells the model.
    pub async fn refusal(&self, tool: &'static str, arguments: Value) -> Value {
        self.refusal_with_meta(tool, arguments, Value::Null).await
    }

    pub async fn refusal_with_meta(
        &self,
        tool: &'static str,
        arguments: Value,
        meta: Value,
    ) -> Value {
        let result = self.try_call(tool, arguments, meta).await.unwrap();
        assert_eq!(result.is_error, Some(true), "{tool}: {result:?}");
        assert_eq!(result.structured_content, None, "errors are text only");
        let failure: Value = serde_json::from_str(&text_of(&result)).unwrap();
        let names: Vec<_> = failure.as_object().unwrap().keys().collect();
        assert_eq!(names, ["code", "hint", "message"]);
        for sentence in ["hint", "message"] {
            assert!(
                failure[sentence].as_str().unwrap().ends_with('.'),
                "{failure}"
            );
        }
        failure
    }

    /// Adds a task and tells its id.
    pub async fn add(&self, title: &str) -> i64 {
        let added = self.call("add_task", json!({ "title": title })).await;
        added["task_id"].as_i64().unwrap()
    }

    pub async fn titles(&self) -> Vec<String> {
        let list = self.call("list_tasks", json!({})).await;
        let tasks = list["tasks"].as_array().unwrap();
        tasks
            .iter()
            .map(|task| task["title"].as_str().unwrap().to_owned())
            .collect()
    }
}

pub fn text_of(result: &CallToolResult) -> String {
    result
        .content
        .first()
        .unwrap()
        .as_text()
        .unwrap()
        .text
        .clone()
}

/// Asks again until the condition holds; gives up when it takes absurdly long.
pub async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let asked = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_secs(30), asked)
            .await
            .is_ok(),
        "{what}"
    );
}
