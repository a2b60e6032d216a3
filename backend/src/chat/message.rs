//! A row of a conversation, and what it carries beside its text.
//!
//! This is the one place where the JSON of the columns `payload` and `tool_calls` is read and written. Replicas of two
//! releases share the rows during an upgrade, so the shapes stay as they are; what cannot be read counts as nothing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use store::{
    Db, Error, Invalid,
    messages::{self, Role},
};

use super::{
    calls::{Call, CallStatus},
    elicitation::Elicitation,
    failure::Failure,
    task_list::TaskList,
};

/// The longest message of a person, in characters.
pub const LONGEST_MESSAGE: usize = 10_000;

/// A row of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Unique in the database, and the order within the conversation.
    pub id: i64,
    /// Where it belongs.
    pub conversation_id: i64,
    /// Who speaks, or what it is.
    pub role: Role,
    /// What is said; empty where tools are called.
    pub content: String,
    /// What it carries beside that.
    pub payload: Payload,
    /// What the person thought of it: `positive` or `negative`.
    pub feedback: Option<String>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

/// What a row carries beside its text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Payload {
    /// Nothing, or what this release cannot read.
    None,
    /// The parts of a person's message.
    User(UserParts),
    /// The tool calls of a step of the model, at least one.
    Calls(Vec<Call>),
    /// A list of tasks with buttons.
    TaskList(TaskList),
    /// A question to the person, and the answer once it is given.
    Elicitation(Elicitation),
    /// Why an answer did not come to its end.
    Unfinished(Unfinished),
}

/// Why an answer did not come to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unfinished {
    /// The [`Failure::code`].
    pub failure: String,
}

/// What a person's message holds beside its text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct UserParts {
    /// The parts as they came, where there is more than plain text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<Part>,
    /// What the person said it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted_text: Option<String>,
    /// The tasks mentioned by tag, which the person has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned: Vec<i64>,
    /// The question that the message is nothing but the answer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<i64>,
}

/// A part of a message, which is shown again as it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Words.
    InputText {
        /// As they were typed.
        text: String,
    },
    /// A mention.
    InputTag {
        /// What is mentioned.
        id: String,
        /// What it is called.
        text: String,
        /// What the client keeps with it.
        #[serde(default)]
        data: Map<String, Value>,
        /// What kind it is of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// Whether a click on it does something.
        #[serde(default)]
        interactive: bool,
    },
}

impl From<messages::Message> for Message {
    fn from(row: messages::Message) -> Self {
        let payload = match row.role {
            Role::User => read(row.payload).map(Payload::User),
            Role::Tool => read(row.tool_calls)
                .filter(|calls: &Vec<Call>| !calls.is_empty())
                .map(Payload::Calls),
            Role::Widget => read(row.payload).map(Payload::TaskList),
            Role::Input => read(row.payload).map(Payload::Elicitation),
            Role::Unfinished => read(row.payload).map(Payload::Unfinished),
            Role::Assistant | Role::System => None,
        };
        Self {
            id: row.id,
            conversation_id: row.conversation_id,
            role: row.role,
            content: row.content,
            payload: payload.unwrap_or(Payload::None),
            feedback: row.feedback,
            created_at: row.created_at,
        }
    }
}

fn read<T: DeserializeOwned>(column: Option<Value>) -> Option<T> {
    serde_json::from_value(column?).ok()
}

impl Message {
    /// The tool calls of the row; none when it is of another kind.
    #[must_use]
    pub fn calls(&self) -> &[Call] {
        match &self.payload {
            Payload::Calls(calls) => calls,
            _ => &[],
        }
    }

    pub(crate) fn calls_mut(&mut self) -> &mut [Call] {
        match &mut self.payload {
            Payload::Calls(calls) => calls,
            _ => &mut [],
        }
    }

    /// Writes down what became of one of its calls.
    pub(crate) fn set_call(&mut self, index: usize, status: CallStatus, result: impl Into<Value>) {
        if let Some(call) = self.calls_mut().get_mut(index) {
            call.set(status, result);
        }
    }

    /// Its calls that wait for the person are not made any more.
    pub(crate) fn withdraw_calls(&mut self, why: &str) {
        for call in self.calls_mut() {
            if call.status == CallStatus::Asked {
                call.set(CallStatus::Skipped, why);
            }
        }
    }

    /// Why the answer before it did not come to its end, if the row says that of one.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match &self.payload {
            Payload::Unfinished(Unfinished { failure }) => Some(Failure::recorded(Some(failure))),
            _ if self.role == Role::Unfinished => Some(Failure::Interrupted),
            _ => None,
        }
    }

    /// The question to the person, if the row is one.
    #[must_use]
    pub fn elicitation(&self) -> Option<&Elicitation> {
        match &self.payload {
            Payload::Elicitation(elicitation) => Some(elicitation),
            _ => None,
        }
    }

    /// What the person's message holds beside its text.
    #[must_use]
    pub fn parts(&self) -> Option<&UserParts> {
        match &self.payload {
            Payload::User(parts) => Some(parts),
            _ => None,
        }
    }

    /// The tasks that the person mentions by tag.
    pub(crate) fn mentioned(&self) -> &[i64] {
        self.parts().map_or(&[], |parts| &parts.mentioned)
    }

    /// Whether it is a message of the person's that stands for itself. One that only answers a question does not: the
    /// model reads the answer where it was asked.
    pub(crate) fn begins_exchange(&self) -> bool {
        self.role == Role::User && self.parts().is_none_or(|parts| parts.answers.is_none())
    }

    /// Whether one of its calls changed something or may have.
    pub(crate) fn changed_something(&self) -> bool {
        self.calls().iter().any(Call::may_have_changed)
    }

    /// Stores the text and the payload as they are now.
    pub(crate) async fn save(&self, db: &Db, owner: &str) -> Result<(), Error> {
        let payload = self.payload.to_json();
        let saved = if self.role == Role::Tool {
            messages::set_tool_calls(db, owner, self.id, &payload).await
        } else {
            messages::set_payload(db, owner, self.id, &self.content, &payload).await
        };
        saved.map(drop)
    }
}

impl Payload {
    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The message as it is stored: trimmed, with something to see in it, not too long.
///
/// # Errors
/// Says which rule is broken.
pub fn parse_message(text: &str) -> Result<String, Invalid> {
    // PostgreSQL's text has no zero character.
    let text = text.replace('\0', "");
    let text = text.trim();
    let refused = |code, message: &str| Invalid {
        field: "message",
        code,
        message: message.into(),
    };
    if text::is_blank(text) {
        return Err(refused("required", "The message must not be empty."));
    }
    if text.chars().count() > LONGEST_MESSAGE {
        return Err(refused(
            "too_long",
            "The message must have at most 10,000 characters.",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_trimmed_and_has_one_to_ten_thousand_characters() {
        assert_eq!(parse_message("  hi\0 \n").unwrap(), "hi");
        assert_eq!(parse_message(" \n").unwrap_err().code, "required");
        assert!(parse_message(&"ü".repeat(10_000)).is_ok());
        assert_eq!(
            parse_message(&"ü".repeat(10_001)).unwrap_err().code,
            "too_long"
        );
    }

    fn row(role: Role, payload: Value, tool_calls: Value) -> Message {
        Message::from(messages::Message {
            id: 1,
            conversation_id: 1,
            role,
            content: String::new(),
            tool_calls: Some(tool_calls),
            payload: Some(payload),
            feedback: None,
            turn_id: None,
            created_at: DateTime::UNIX_EPOCH,
        })
    }

    /// As the release before this one writes them, and reads them.
    #[test]
    fn rows_keep_the_shapes_that_other_releases_read() {
        let tag = json!({"type": "input_tag", "id": "task_1", "text": "Milk", "data": {}, "interactive": true});
        let input = json!({
            "id": "q1", "type": "multiple_choice", "question": "Shall I?", "options": [{"value": "No"}],
            "multiple": false, "answer": {"values": ["No"], "skipped": false},
        });
        for (role, payload) in [
            (
                Role::User,
                json!({"content": [tag], "quoted_text": "why?", "mentioned": [1]}),
            ),
            (Role::User, json!({"answers": 7})),
            (
                Role::Widget,
                json!({"widget": {"type": "ListView"}, "tasks": [2, 1], "title": "Groceries"}),
            ),
            (
                Role::Input,
                json!({
                    "kind": "confirmation", "status": "answered", "inputs": [input], "round": 3, "calls": ["c"],
                }),
            ),
        ] {
            assert_eq!(
                row(role, payload.clone(), Value::Null).payload.to_json(),
                payload
            );
        }
        let calls = json!([{
            "id": "c", "tool": "add_task", "args": {"title": "Milk"}, "status": "running", "result": null, "writes": true,
        }]);
        assert_eq!(
            row(Role::Tool, Value::Null, calls.clone())
                .payload
                .to_json(),
            calls
        );
    }

    #[test]
    fn what_cannot_be_read_counts_as_nothing() {
        for role in [Role::User, Role::Widget, Role::Input, Role::Tool] {
            assert_eq!(
                row(role, json!([1]), json!([])).payload,
                Payload::None,
                "{role:?}"
            );
        }
        let call = row(
            Role::Tool,
            Value::Null,
            json!([{"tool": "add_task", "args": {}, "result": {}}]),
        );
        assert_eq!(call.calls()[0].status, CallStatus::Done);
    }
}
