//! The people of the benchmark, and the requests they send.

use serde_json::{Value, json};
use service::assertion::AssertionKey;

use crate::keys::{self, Signature};

/// So many people share the load: each has a row that counts the tasks, and one hot row would be measured instead.
pub(crate) const PEOPLE: u32 = 1_000;
/// Has 100,000 tasks.
pub(crate) const BUSY: &str = "busy";
/// Has 10,000 tasks.
pub(crate) const SEEKER: &str = "seeker";
/// Has 20 tasks, and nobody else touches them.
pub(crate) const CALM: &str = "calm";

/// The id of a person's task that is changed again and again; of everybody's there is one.
pub(crate) fn task_id(person: &str) -> String {
    format!("{TASKS} + {person}")
}

/// The ids of those follow this one.
const TASKS: u32 = 100_000_000;

/// Makes one person's request.
pub(crate) type Make = fn(&People, &str) -> anyhow::Result<Vec<u8>>;

/// How people address an application, and what their tokens say.
#[derive(Debug, Clone)]
pub(crate) struct People {
    /// The host that they ask.
    pub(crate) host: String,
    /// Who the tokens are from and for, where that is checked.
    pub(crate) issuer: Option<String>,
    /// What the application accepts tokens by.
    pub(crate) secret: String,
}

impl Default for People {
    /// Those who use the programs that this one starts.
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            issuer: None,
            secret: keys::SECRET.to_owned(),
        }
    }
}

impl People {
    /// One request of each.
    pub(crate) fn all(&self, make: Make) -> anyhow::Result<Vec<Vec<u8>>> {
        (1..=PEOPLE)
            .map(|person| make(self, &person.to_string()))
            .collect()
    }

    /// A request of the `ChatKit` protocol, under a key if it is one that may be sent twice.
    pub(crate) fn chatkit(
        &self,
        user: &str,
        key: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Vec<u8>> {
        self.keyed("POST /api/chatkit", user, key, body)
    }

    /// Taking a batch of changes back.
    pub(crate) fn undo(&self, user: &str, key: &str, batch: &str) -> anyhow::Result<Vec<u8>> {
        let body = json!({ "batch": batch });
        self.keyed("POST /api/me/undo", user, Some(key), &body)
    }

    /// A call of a tool, signed as the backend signs its calls: good for one minute.
    fn call(&self, user: &str, tool: &str, arguments: &Value) -> anyhow::Result<Vec<u8>> {
        let token = AssertionKey::derive(&self.secret.as_str().into())?.mint(user);
        self.call_with(Ok(token), tool, arguments)
    }

    fn call_with(
        &self,
        token: anyhow::Result<String>,
        tool: &str,
        arguments: &Value,
    ) -> anyhow::Result<Vec<u8>> {
        let token = token?;
        let params = json!({ "name": tool, "arguments": arguments });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}:8001\r\nAuthorization: Bearer {token}\r\n\
             Accept: application/json, text/event-stream\r\n",
            self.host
        );
        Ok(with_body(head, &body.to_string()))
    }

    fn keyed(
        &self,
        what: &str,
        user: &str,
        key: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Vec<u8>> {
        let key = key.map(|key| format!("Idempotency-Key: {key}\r\n"));
        let mut request = self.head(what, user, Signature::Secret(&self.secret))?;
        request.push_str(&key.unwrap_or_default());
        Ok(with_body(request, &body.to_string()))
    }

    fn request(
        &self,
        what: &str,
        user: &str,
        signature: Signature<'_>,
        body: &str,
    ) -> anyhow::Result<Vec<u8>> {
        Ok(with_body(self.head(what, user, signature)?, body))
    }

    fn head(&self, what: &str, user: &str, signature: Signature<'_>) -> anyhow::Result<String> {
        let host = &self.host;
        let token = keys::token(user, self.issuer.as_deref(), signature)?;
        Ok(format!(
            "{what} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        ))
    }
}

fn with_body(mut request: String, body: &str) -> Vec<u8> {
    if !body.is_empty() {
        let length = format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        request.push_str(&length);
    }
    request.push_str("\r\n");
    request.push_str(body);
    request.into_bytes()
}

/// The newest 20 tasks of a user.
pub(crate) fn list(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    let signature = Signature::Secret(&people.secret);
    people.request("GET /api/me/tasks?limit=20", user, signature, "")
}

/// The same, with a token as browsers have it.
pub(crate) fn list_as_browser(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.request("GET /api/me/tasks?limit=20", user, Signature::KeyPair, "")
}

/// Of all tasks of a user the newest 20 with these words, which are written as in an address.
pub(crate) fn search(people: &People, user: &str, words: &str) -> anyhow::Result<Vec<u8>> {
    let signature = Signature::Secret(&people.secret);
    let what = format!("GET /api/me/tasks?limit=20&query={words}");
    people.request(&what, user, signature, "")
}

/// One more task.
pub(crate) fn create(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    let body = r#"{"title":"Buy milk","description":"two litres"}"#;
    let signature = Signature::Secret(&people.secret);
    people.request("POST /api/me/tasks", user, signature, body)
}

/// The one task that is there for it, done or open again.
pub(crate) fn toggle(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    let id = TASKS + user.parse::<u32>()?;
    let what = format!("PATCH /api/me/tasks/{id}/complete");
    people.request(&what, user, Signature::Secret(&people.secret), "")
}

/// The stream of events.
pub(crate) fn events(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.request(
        "GET /api/me/events",
        user,
        Signature::Secret(&people.secret),
        "",
    )
}

/// One more task, by the MCP server.
pub(crate) fn add_by_tool(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.call(user, "add_task", &one_more())
}

/// The same with the person's key.
pub(crate) fn add_by_key(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.call_with(Ok(keys::personal_token(user)), "add_task", &one_more())
}

/// The same by an app that the person connected.
pub(crate) fn add_by_app(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.call_with(keys::access_token(user), "add_task", &one_more())
}

/// The newest 20 tasks, by the MCP server.
pub(crate) fn list_by_tool(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.call(user, "list_tasks", &newest())
}

/// The same with the person's key.
pub(crate) fn list_by_key(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.call_with(Ok(keys::personal_token(user)), "list_tasks", &newest())
}

/// The same by an app that the person connected.
pub(crate) fn list_by_app(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.call_with(keys::access_token(user), "list_tasks", &newest())
}

fn one_more() -> Value {
    json!({ "title": "Buy milk" })
}

fn newest() -> Value {
    json!({ "limit": 20 })
}

/// The same of a server that believes whom it is told to work for.
pub(crate) fn add_by_tool_of_python(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.call(
        user,
        "add_task",
        &json!({ "user_id": user, "title": "Buy milk" }),
    )
}

/// Likewise.
pub(crate) fn list_by_tool_of_python(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    people.call(user, "list_tasks", &json!({ "user_id": user, "limit": 20 }))
}

/// A new conversation that begins with an order for one tool call.
pub(crate) fn add_by_chat(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    let body = r#"{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"add buy milk"}],"attachments":[],"inference_options":{}}}}"#;
    let signature = Signature::Secret(&people.secret);
    people.request("POST /api/chatkit", user, signature, body)
}

/// The page on which people sign in; the token is of no concern to it.
pub(crate) fn page(people: &People, user: &str) -> anyhow::Result<Vec<u8>> {
    let signature = Signature::Secret(&people.secret);
    people.request("GET /sign-in", user, signature, "")
}
