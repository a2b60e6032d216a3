//! The people of the benchmark, and the requests they send.

use crate::keys::{self, Signature};

/// So many people share the load: each has a row that counts the tasks, and one hot row would be measured instead.
pub(crate) const PEOPLE: u32 = 1_000;
/// Has 100,000 tasks.
pub(crate) const BUSY: &str = "busy";
/// Has 20 tasks, and nobody else touches them.
pub(crate) const CALM: &str = "calm";

/// The newest 20 tasks of a user.
pub(crate) fn list(user: &str) -> anyhow::Result<Vec<u8>> {
    request("GET /api/me/tasks?limit=20", user, Signature::Secret, "")
}

/// The same, with a token as browsers have it.
pub(crate) fn list_as_browser(user: &str) -> anyhow::Result<Vec<u8>> {
    request("GET /api/me/tasks?limit=20", user, Signature::KeyPair, "")
}

/// One more task.
pub(crate) fn create(user: &str) -> anyhow::Result<Vec<u8>> {
    let body = r#"{"title":"Buy milk","description":"two litres"}"#;
    request("POST /api/me/tasks", user, Signature::Secret, body)
}

/// A new conversation that begins with an order for one tool call.
pub(crate) fn add_by_chat(user: &str) -> anyhow::Result<Vec<u8>> {
    let body = r#"{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"add buy milk"}],"attachments":[],"inference_options":{}}}}"#;
    request("POST /api/chatkit", user, Signature::Secret, body)
}

fn request(what: &str, user: &str, signature: Signature, body: &str) -> anyhow::Result<Vec<u8>> {
    let token = keys::token(user, signature)?;
    let mut request =
        format!("{what} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n");
    if !body.is_empty() {
        let length = format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        request.push_str(&length);
    }
    request.push_str("\r\n");
    request.push_str(body);
    Ok(request.into_bytes())
}

/// One request for each of the people.
pub(crate) fn of_everybody(
    make: fn(&str) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<Vec<u8>>> {
    (1..=PEOPLE)
        .map(|person| make(&person.to_string()))
        .collect()
}
