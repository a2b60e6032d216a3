//! A client that plays the tools against a list in memory, the way the backend does over MCP.

use axum::Router;
use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use offline_model::{Settings, router};
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// Sends one completion request to a router.
pub async fn post(app: &Router, body: &Value) -> Response<Body> {
    let request = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    app.clone().oneshot(request).await.unwrap()
}

/// The whole body as text.
pub async fn text(response: Response<Body>) -> String {
    String::from_utf8(
        response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .to_vec(),
    )
    .unwrap()
}

/// The official tools as the MCP server describes them.
pub fn tools() -> Value {
    let id = json!({ "task_id": { "type": "integer" } });
    let edit = json!({
        "task_id": { "type": "integer" },
        "title": { "type": "string" },
        "description": { "type": "string" },
    });
    let tool = |name: &str, properties: Value| {
        let parameters = json!({ "type": "object", "properties": properties });
        json!({ "type": "function", "function": { "name": name, "parameters": parameters } })
    };
    json!([
        tool(
            "add_task",
            json!({ "title": { "type": "string" }, "description": { "type": "string" } })
        ),
        tool("list_tasks", json!({ "status": { "type": "string" } })),
        tool("complete_task", id.clone()),
        tool("update_task", edit),
        tool("delete_task", id),
        tool("task_summary", json!({})),
    ])
}

/// The tools that the backend adds to them.
pub fn own_tools() -> Value {
    let mut tools = tools();
    let own = json!([
        { "type": "function", "function": { "name": "reopen_task", "parameters": {
            "type": "object", "properties": { "task_id": { "type": "integer" } } } } },
        { "type": "function", "function": { "name": "show_tasks", "parameters": {
            "type": "object", "properties": { "task_ids": { "type": "array" }, "title": { "type": "string" } } } } },
        { "type": "function", "function": { "name": "ask_person", "parameters": {
            "type": "object", "properties": { "question": { "type": "string" }, "options": { "type": "array" } } } } },
    ]);
    let own = own.as_array().unwrap().clone();
    tools.as_array_mut().unwrap().extend(own);
    tools
}

/// A prompt with a clock in it, as the backend sends it.
pub fn prompt(now: &str) -> String {
    format!("You are the assistant of a todo list.\n\nNow: {now}\nIt is late.\n")
}

/// A Saturday afternoon in Karachi.
pub const SATURDAY: &str = "2026-11-21T16:04:05+05:00[Asia/Karachi], Saturday.";

/// A call as text, whatever the order of its arguments.
pub fn written(name: &str, arguments: &str) -> String {
    match serde_json::from_str::<Value>(arguments) {
        Ok(value) => {
            let mut fields: Vec<String> = value.as_object().map_or_else(Vec::new, |object| {
                object
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect()
            });
            fields.sort();
            format!("{name} {}", fields.join(" "))
        }
        Err(_) => format!("{name} {arguments}"),
    }
}

/// A conversation over a list of tasks.
pub struct Chat {
    app: Router,
    pub model: String,
    pub tools: Value,
    pub tasks: Vec<Value>,
    pub messages: Vec<Value>,
    /// What the person answers when asked to choose, or the text for every change that is not made.
    pub chosen: Value,
    pub refusal: Option<String>,
    /// What the tool `undo` reports, where it is offered.
    undone: Value,
    /// How many tasks a list holds.
    pub page: usize,
    next_id: i64,
}

/// What one message of the user led to.
#[derive(Debug)]
pub struct Turn {
    /// Each step's calls, `name arguments` each.
    pub steps: Vec<Vec<String>>,
    pub answer: String,
}

impl Turn {
    pub fn calls(&self) -> Vec<String> {
        self.steps.concat()
    }
}

impl Chat {
    /// Starts with these tasks, numbered from one; a title that ends in `✓` is a completed task.
    pub fn with(titles: &[&str]) -> Self {
        let mut chat = Self {
            app: router(Settings::instant()),
            model: "offline".to_owned(),
            tools: tools(),
            tasks: Vec::new(),
            messages: vec![json!({ "role": "system", "content": "You manage todo lists." })],
            chosen: json!({ "skipped": true }),
            refusal: None,
            undone: Value::Null,
            page: 100,
            next_id: 1,
        };
        for title in titles {
            let completed = title.ends_with('✓');
            chat.insert(title.trim_end_matches('✓'), None, completed);
        }
        chat
    }

    pub fn groceries() -> Self {
        Self::with(&["Buy milk", "Pay rent", "Call mom✓", "Water the plants"])
    }

    /// The same for a client with a clock and the backend's own tools.
    pub fn at(now: &str, titles: &[&str]) -> Self {
        let mut chat = Self::with(titles);
        chat.tools = own_tools();
        chat.messages[0]["content"] = prompt(now).into();
        chat
    }

    /// Offers `undo`, which reports this and changes nothing.
    pub fn with_undo(mut self, undone: Value) -> Self {
        let tools = self.tools.as_array_mut().unwrap();
        tools.push(
            json!({ "type": "function", "function": { "name": "undo", "parameters": {
            "type": "object", "properties": { "undo_id": { "type": "string" } } } } }),
        );
        self.undone = undone;
        self
    }

    pub fn insert(&mut self, title: &str, description: Option<&str>, completed: bool) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        self.tasks.push(json!({
            "id": id, "title": title, "description": description, "completed": completed,
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        }));
        id
    }

    /// Titles as they are now, completed ones with a `✓`.
    pub fn titles(&self) -> Vec<String> {
        let title = |task: &Value| {
            let mark = if task["completed"] == true { "✓" } else { "" };
            format!("{}{mark}", task["title"].as_str().unwrap())
        };
        self.tasks.iter().map(title).collect()
    }

    /// Says something and plays the tools until the model answers in words.
    pub async fn say(&mut self, sentence: &str) -> Turn {
        self.messages
            .push(json!({ "role": "user", "content": sentence }));
        self.go_on().await
    }

    /// Plays the tools from where the conversation is until the model answers in words.
    pub async fn go_on(&mut self) -> Turn {
        let mut steps = Vec::new();
        for _ in 0..8 {
            let body = json!({
                "model": self.model, "messages": self.messages, "tools": self.tools,
            });
            let response = post(&self.app, &body).await;
            assert_eq!(response.status(), StatusCode::OK);
            let reply: Value = serde_json::from_str(&text(response).await).unwrap();
            let message = reply["choices"][0]["message"].clone();
            self.messages.push(message.clone());
            let Some(calls) = message["tool_calls"].as_array() else {
                assert_eq!(reply["choices"][0]["finish_reason"], "stop");
                let answer = message["content"].as_str().unwrap().to_owned();
                assert!(!answer.is_empty());
                return Turn { steps, answer };
            };
            assert_eq!(reply["choices"][0]["finish_reason"], "tool_calls");
            let mut step = Vec::new();
            for call in calls {
                let name = call["function"]["name"].as_str().unwrap();
                let raw = call["function"]["arguments"].as_str().unwrap();
                let result = match serde_json::from_str(raw) {
                    Ok(arguments) => self.run(name, &arguments),
                    Err(_) => json!({ "code": "validation", "message": "not JSON" }),
                };
                step.push(written(name, raw));
                self.messages.push(json!({
                    "role": "tool", "tool_call_id": call["id"], "content": result.to_string(),
                }));
            }
            steps.push(step);
        }
        panic!("never came to an answer: {steps:?}");
    }

    fn run(&mut self, name: &str, arguments: &Value) -> Value {
        let title = arguments["title"].as_str();
        let changes = !matches!(
            name,
            "list_tasks" | "task_summary" | "show_tasks" | "ask_person"
        );
        if let (Some(refusal), true) = (&self.refusal, changes) {
            return json!(refusal);
        }
        match name {
            "ask_person" => self.chosen.clone(),
            "undo" => self.undone.clone(),
            "show_tasks" => {
                let ids = arguments["task_ids"].as_array().unwrap();
                assert!((1..=30).contains(&ids.len()), "{arguments}");
                let title = |id: &Value| {
                    let task = self.tasks.iter().find(|task| task["id"] == *id)?;
                    Some(json!({ "id": id, "title": task["title"] }))
                };
                let shown: Vec<Value> = ids.iter().filter_map(title).collect();
                let gone: Vec<&Value> = ids.iter().filter(|id| title(id).is_none()).collect();
                json!({ "shown": shown, "not_found": gone })
            }
            "add_task" => {
                let title = title.unwrap();
                if title.chars().count() > 200 {
                    let message = "title must have 1 to 200 characters";
                    return json!({ "code": "validation", "message": message, "hint": "shorten" });
                }
                let id = self.insert(title, arguments["description"].as_str(), false);
                json!({ "task_id": id, "status": "created", "title": title })
            }
            "list_tasks" => {
                let status = arguments["status"].as_str().unwrap_or("all");
                let wanted = |task: &&Value| match status {
                    "pending" => task["completed"] == false,
                    "completed" => task["completed"] == true,
                    _ => true,
                };
                let words = arguments["query"]
                    .as_str()
                    .unwrap_or_default()
                    .to_lowercase();
                let has_words = |task: &&Value| {
                    let text = format!("{} {}", task["title"], task["description"]).to_lowercase();
                    words.split(' ').all(|word| text.contains(word))
                };
                let found = self.tasks.iter().filter(wanted).filter(has_words);
                let tasks: Vec<&Value> = found.collect();
                let total = tasks.len();
                let newest: Vec<&Value> = tasks.into_iter().rev().take(self.page).rev().collect();
                json!({ "tasks": newest, "count": newest.len(), "total": total })
            }
            "task_summary" => {
                let done = self
                    .tasks
                    .iter()
                    .filter(|task| task["completed"] == true)
                    .count();
                let total = self.tasks.len();
                json!({ "total": total, "pending": total - done, "completed": done, "recent": [] })
            }
            "complete_task" | "update_task" | "delete_task" | "reopen_task" => {
                let Some(at) = self
                    .tasks
                    .iter()
                    .position(|t| t["id"] == arguments["task_id"])
                else {
                    let message = "There is no such task.";
                    return json!({ "code": "not_found", "message": message, "hint": "list" });
                };
                let status = match name {
                    "complete_task" => {
                        self.tasks[at]["completed"] = json!(arguments["completed"] != false);
                        "completed"
                    }
                    "reopen_task" => {
                        self.tasks[at]["completed"] = json!(false);
                        "reopened"
                    }
                    "update_task" => {
                        for field in ["title", "description", "completed"] {
                            if !arguments[field].is_null() {
                                self.tasks[at][field] = arguments[field].clone();
                            }
                        }
                        "updated"
                    }
                    _ => "deleted",
                };
                let task = self.tasks[at].clone();
                if status == "deleted" {
                    self.tasks.remove(at);
                }
                json!({ "task_id": task["id"], "status": status, "title": task["title"] })
            }
            other => json!({ "code": "unknown_tool", "message": format!("no tool {other}") }),
        }
    }
}
