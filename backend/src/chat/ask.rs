//! What a person asks for, and why it may be refused before anything is done.

use std::collections::BTreeMap;

use serde_json::Value;

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who.
    pub owner: String,
    /// What.
    pub what: Question,
    /// The name of their time zone; empty when it is not known.
    pub time_zone: String,
    /// The language and country of their browser, such as `ur-PK`.
    pub locale: Option<String>,
    /// What their request is called in every log it passes.
    pub request_id: String,
    /// The client's name for the turn: the same again is the same turn.
    pub key: Option<String>,
}

/// The message to be answered.
#[derive(Debug, Clone)]
pub enum Question {
    /// The first one of a new conversation.
    Begin(Words),
    /// The next one of a conversation.
    Continue {
        /// Which.
        conversation: i64,
        /// The message.
        words: Words,
    },
    /// One that was answered already, badly or not to the end. What came after it is forgotten,
    /// but for tool rounds that changed something.
    Again {
        /// Which conversation.
        conversation: i64,
        /// Which message.
        message: i64,
    },
    /// The answer to a question of the assistant's.
    Input {
        /// Which conversation.
        conversation: i64,
        /// The row of the question.
        item: i64,
        /// What the person chose.
        answer: InputAnswer,
    },
}

impl Question {
    /// Where it is asked, when that is known already.
    #[must_use]
    pub fn conversation(&self) -> Option<i64> {
        match self {
            Self::Begin(_) => None,
            Self::Continue { conversation, .. }
            | Self::Again { conversation, .. }
            | Self::Input { conversation, .. } => Some(*conversation),
        }
    }
}

/// What a person says.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The text for the model, trimmed and not empty.
    pub text: String,
    /// The parts as they came, when there is more than plain text.
    pub payload: Option<Value>,
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// What a person chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputAnswer {
    /// Nothing: the question is left open for good.
    pub skipped: bool,
    /// What was chosen, by the question's id.
    pub answers: BTreeMap<String, Vec<String>>,
}

/// Why a turn is not begun. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person asked for too much.
    #[error("{message}")]
    Limited {
        /// Seconds after which there is room again.
        retry_after: u32,
        /// A sentence for the person.
        message: String,
    },
    /// Nothing may be said in the conversation now. Says why.
    #[error("{0}")]
    Locked(String),
    /// Nothing may be said in the conversation any more. Says why.
    #[error("{0}")]
    Closed(String),
    /// The key was used for another question.
    #[error("This idempotency key was used for another message.")]
    KeyReused,
    /// No such conversation, or not the person's.
    #[error("This conversation no longer exists.")]
    NotFound,
    /// The database is away.
    #[error("The conversation cannot be saved right now. Please try again in a moment.")]
    Storage,
}
