//! What was said and done in a conversation, row by row, in the order of the ids.

mod append;
mod change;
mod read;
mod shown;

use chrono::{DateTime, Utc};
use serde_json::Value;

pub use self::{
    append::{New, append, ask, reserve},
    change::{delete_after, set_feedback, set_payload, set_tool_calls},
    read::{around, count_before, get, list, of_turn},
    shown::{place, remake},
};

/// Who speaks, or what a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The person.
    User,
    /// The model, in words.
    Assistant,
    /// A round of tool calls that the model asked for, with their results.
    Tool,
    /// A widget that the person can act on; `content` is what it says in words.
    Widget,
    /// A question to the person, and the answer once it is given; `content` is the question in words.
    Input,
    /// Says that the answer before it did not come to its end, and why.
    Unfinished,
    /// A note to the model, never shown to people.
    System,
}

impl Role {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::Widget => "widget",
            Self::Input => "input",
            Self::Unfinished => "unfinished",
            Self::System => "system",
        }
    }
}

/// Rows that a predecessor made have `user`, `assistant` and sometimes other words; those are kept from people, as
/// they may be prompts.
impl From<String> for Role {
    fn from(word: String) -> Self {
        match word.as_str() {
            "user" => Self::User,
            "assistant" => Self::Assistant,
            "tool" => Self::Tool,
            "widget" => Self::Widget,
            "input" => Self::Input,
            "unfinished" => Self::Unfinished,
            _ => Self::System,
        }
    }
}

/// One row of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Unique in the database, and the order within the conversation.
    pub id: i64,
    /// Where it belongs.
    pub conversation_id: i64,
    /// Who speaks.
    pub role: Role,
    /// What is said; empty in a round of tool calls.
    pub content: String,
    /// The calls of a round and what became of them.
    pub tool_calls: Option<Value>,
    /// What the row holds beside its words: the parts of a message, a widget, a question with its answer.
    pub payload: Option<Value>,
    /// What the person thought of it: `positive` or `negative`.
    pub feedback: Option<String>,
    /// The turn that wrote it, if one did.
    pub turn_id: Option<i64>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}
