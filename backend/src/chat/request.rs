//! What a person asks for, and why it may be refused before anything is done.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::conversations::{Conversation, Status};

use super::{elicitation::ElicitedAnswer, message::UserParts};

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct TurnRequest {
    /// Who.
    pub owner: String,
    /// What.
    pub question: Question,
    /// The name of their time zone; empty when it is not known.
    pub time_zone: String,
    /// The language and country of their browser, such as `ur-PK`.
    pub locale: Option<String>,
    /// What their request is called in every log it passes.
    pub request_id: String,
    /// The client's name for the turn: the same again is the same turn.
    pub key: Option<String>,
}

/// What is to be answered.
#[derive(Debug, Clone)]
pub enum Question {
    /// The first message of a new conversation.
    Begin(UserInput),
    /// The next message of a conversation.
    Continue {
        /// Which.
        conversation: i64,
        /// The message.
        input: UserInput,
    },
    /// A message that was answered already, badly or not to the end. What came after it is forgotten, but for tool calls
    /// that changed something.
    Again {
        /// Which conversation.
        conversation: i64,
        /// Which message.
        message: i64,
    },
    /// The answer to a question of the assistant's.
    Elicited {
        /// Which conversation.
        conversation: i64,
        /// The row of the question.
        message: i64,
        /// What the person chose.
        answer: ElicitedAnswer,
    },
}

/// What a person says. It is kept in this form until it is a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserInput {
    /// The text for the model, trimmed and not empty.
    pub text: String,
    /// The parts as they came, when there is more than plain text.
    #[serde(default)]
    pub payload: Option<UserParts>,
}

impl From<String> for UserInput {
    fn from(text: String) -> Self {
        Self {
            text,
            payload: None,
        }
    }
}

impl Question {
    /// Where it is asked, when that is known already.
    #[must_use]
    pub fn conversation(&self) -> Option<i64> {
        match self {
            Self::Begin(_) => None,
            Self::Continue { conversation, .. }
            | Self::Again { conversation, .. }
            | Self::Elicited { conversation, .. } => Some(*conversation),
        }
    }

    /// What is said in it, if that is no row yet.
    pub(super) fn input(&self) -> Option<&UserInput> {
        match self {
            Self::Begin(input) | Self::Continue { input, .. } => Some(input),
            Self::Again { .. } | Self::Elicited { .. } => None,
        }
    }

    /// What makes two requests the same. Its hash is stored, so its form outlives a release.
    pub(super) fn fingerprint(&self) -> Value {
        match self {
            Self::Begin(UserInput { text, payload }) => json!(["begin", text, payload]),
            Self::Continue {
                conversation,
                input: UserInput { text, payload },
            } => json!(["continue", conversation, text, payload]),
            Self::Again {
                conversation,
                message,
            } => json!(["again", conversation, message]),
            Self::Elicited {
                conversation,
                message,
                answer: ElicitedAnswer { skipped, answers },
            } => json!(["input", conversation, message, skipped, answers]),
        }
    }
}

/// Why a turn is not begun. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person asked for too much.
    #[error("You have asked for a lot lately. Please go on {}.", wait(*retry_after))]
    Limited {
        /// Seconds after which there is room again.
        retry_after: u32,
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
    /// The person's account is deleted.
    #[error("This account is deleted.")]
    AccountDeleted,
    /// The database is away.
    #[error("The conversation cannot be saved right now. Please try again in a moment.")]
    Storage,
}

impl Refusal {
    /// The status of an answer that has nothing else to tell.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Locked(_) | Self::Closed(_) => StatusCode::CONFLICT,
            Self::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::AccountDeleted => StatusCode::UNAUTHORIZED,
            Self::Storage => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Why nothing may be said or done in a conversation that is not active.
    pub(super) fn shut(conversation: Conversation) -> Self {
        let why = conversation.status_reason;
        match conversation.status {
            Status::Closed => {
                Self::Closed(why.unwrap_or_else(|| "This conversation is closed.".into()))
            }
            _ => Self::Locked(why.unwrap_or_else(|| "This conversation is locked.".into())),
        }
    }
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            store::Error::AccountDeleted => Self::AccountDeleted,
            error => {
                tracing::error!(%error, "a turn cannot be opened");
                Self::Storage
            }
        }
    }
}

fn wait(seconds: u32) -> String {
    match seconds {
        0..=1 => "in a second".to_owned(),
        2..=90 => format!("in {seconds} seconds"),
        91..=5_400 => format!("in {} minutes", seconds.div_ceil(60)),
        _ => format!("in {} hours", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_said_in_words_that_people_use() {
        assert_eq!(wait(1), "in a second");
        assert_eq!(wait(45), "in 45 seconds");
        assert_eq!(wait(601), "in 11 minutes");
        assert_eq!(wait(80_000), "in 23 hours");
    }
}
