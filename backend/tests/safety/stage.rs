//! Persons with tasks, and a model that makes the calls it is told to make after the next message.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    puppet::{Puppet, Says, somebody, steps},
    world::{Person, Plan, World, mcp, serve},
};

type Calls = Arc<Mutex<Vec<(String, Value)>>>;

pub struct Stage {
    world: World,
    pub calls: Calls,
    persons: AtomicUsize,
}

/// What a person is answered.
pub struct Answer {
    pub words: String,
    pub asked: bool,
    pub results: Vec<Value>,
    pub conversation: Option<i64>,
}

impl Stage {
    pub async fn start(pool: &PgPool) -> Self {
        Self::with(pool, None).await
    }

    /// With an MCP server that also has the tool `wipe`.
    pub async fn with_another_tool(pool: &PgPool) -> Self {
        let router =
            mcp(&store::Db::from_pool(pool.clone())).layer(middleware::from_fn(another_tool));
        let url = format!("http://{}/mcp", serve(router).await);
        Self::with(pool, Some(url)).await
    }

    async fn with(pool: &PgPool, mcp_url: Option<String>) -> Self {
        crate::world::install_tls();
        let calls = Calls::default();
        let model = Puppet::new({
            let calls = Arc::clone(&calls);
            move |request| {
                // Those of the answer to a question come after the results of what was asked.
                let calls: Vec<(String, Value)> = std::mem::take(&mut calls.lock().unwrap());
                async move {
                    if calls.is_empty() {
                        return Says::Words(format!("Done in {} steps.", steps(&request)));
                    }
                    Says::Calls(calls)
                }
                .boxed()
            }
        });
        let plan = Plan {
            model_url: Some(model.serve().await),
            mcp_url,
            ..Plan::default()
        };
        Self {
            world: World::with(pool, plan).await,
            calls,
            persons: AtomicUsize::new(0),
        }
    }

    /// Somebody new.
    pub fn person(&self) -> Person<'_> {
        somebody(&self.world, self.persons.fetch_add(1, Ordering::SeqCst)).0
    }

    pub async fn task(&self, person: Person<'_>, title: &str) -> i64 {
        let (status, task) = person.create(title).await;
        assert_eq!(status, 201, "{task}");
        task["id"].as_i64().unwrap()
    }

    /// Says something, and the model makes these calls.
    pub async fn says(
        &self,
        person: Person<'_>,
        conversation: Option<i64>,
        said: &str,
        calls: &[(&str, Value)],
    ) -> Answer {
        let calls = calls
            .iter()
            .map(|(tool, args)| ((*tool).to_owned(), args.clone()));
        *self.calls.lock().unwrap() = calls.collect();
        let body = json!({ "message": said, "conversation_id": conversation });
        let (status, answer) = person.chat(body).await;
        assert_eq!(status, 200, "{said}: {answer}");
        let words = answer["response"].as_str().unwrap().to_owned();
        let uses = answer["tool_calls"].as_array().unwrap();
        Answer {
            asked: words.contains("Shall I"),
            words,
            results: uses.iter().map(|call| call["result"].clone()).collect(),
            conversation: answer["conversation_id"].as_i64(),
        }
    }
}

/// The tool is answered by one that changes nothing.
async fn another_tool(request: Request<Body>, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let mut call: Value = serde_json::from_slice(&body).unwrap_or_default();
    let name = &mut call["params"]["name"];
    let body = if *name == "wipe" {
        *name = json!("task_summary");
        call["params"]["arguments"] = json!({});
        if let Some(name) = head.headers.get_mut("mcp-name") {
            *name = "task_summary".parse().unwrap();
        }
        Bytes::from(call.to_string())
    } else {
        body
    };
    head.headers.remove("content-length");
    let (mut head, body) = next
        .run(Request::from_parts(head, Body::from(body)))
        .await
        .into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
        return Response::from_parts(head, Body::from(body));
    };
    if let Some(tools) = answer["result"]["tools"].as_array_mut() {
        let mut tool = tools[0].clone();
        tool["name"] = json!("wipe");
        tool["annotations"] = json!({ "readOnlyHint": false, "destructiveHint": false });
        tool["inputSchema"] = json!({ "type": "object", "properties": {} });
        tools.push(tool);
    }
    head.headers.remove("content-length");
    Response::from_parts(head, Body::from(answer.to_string()))
}
