//! Opening a turn: everything that may stand against it, before anything is done.

use metrics::counter;
use serde_json::{Value, json};
use store::{
    conversations::{Conversation, Status},
    turns::{self, NewTurn, Opened, Place, Runner},
};

use super::begin::title;
use crate::chat::{Ask, Question, Refusal, Shared, Words};

/// A turn that this process is to work on.
#[derive(Debug, Clone)]
pub(in crate::chat) struct Start {
    pub runner: Runner,
    pub conversation: Conversation,
    /// The row that it answers, when it was begun before.
    pub message: Option<i64>,
}

/// What came of opening a turn.
pub(in crate::chat) enum Open {
    New(Start),
    Known(turns::Turn),
}

/// Opens a turn, or finds the one that was opened under the same key.
pub(in crate::chat) async fn open(
    chat: &Shared,
    ask: &Ask,
    runner: String,
) -> Result<Open, Refusal> {
    let request = request(&ask.what);
    let question =
        words(&ask.what).map(|words| json!({ "text": words.text, "payload": words.payload }));
    let title = match &ask.what {
        Question::Begin(words) => title(&words.text),
        _ => String::new(),
    };
    let new = NewTurn {
        key: ask.key.as_deref(),
        request: &request,
        place: ask
            .what
            .conversation()
            .map_or(Place::New(&title), Place::In),
        question: question.as_ref(),
        runner: &runner,
    };
    match turns::open(&chat.db, &ask.owner, &new, &chat.budget).await? {
        Opened::New(turn, conversation) => Ok(Open::New(Start {
            runner: Runner { turn, name: runner },
            conversation,
            message: None,
        })),
        Opened::Known(turn) => Ok(Open::Known(turn)),
        Opened::OtherRequest => Err(Refusal::KeyReused),
        Opened::Gone => Err(Refusal::NotFound),
        Opened::Shut(conversation) => Err(shut(conversation)),
        Opened::Limited(retry_after) => {
            counter!("chat_limited_total").increment(1);
            Err(Refusal::Limited {
                retry_after,
                message: limited(retry_after),
            })
        }
    }
}

fn words(what: &Question) -> Option<&Words> {
    match what {
        Question::Begin(words) | Question::Continue { words, .. } => Some(words),
        Question::Again { .. } | Question::Input { .. } => None,
    }
}

/// What makes two requests the same.
fn request(what: &Question) -> Value {
    match what {
        Question::Begin(words) => json!(["begin", words.text, words.payload]),
        Question::Continue {
            conversation,
            words,
        } => json!(["continue", conversation, words.text, words.payload]),
        Question::Again {
            conversation,
            message,
        } => json!(["again", conversation, message]),
        Question::Input {
            conversation,
            item,
            answer,
        } => json!(["input", conversation, item, answer.skipped, answer.answers]),
    }
}

/// Why nothing may be said or done in a conversation that is not active.
pub(in crate::chat) fn shut(conversation: Conversation) -> Refusal {
    let why = conversation.status_reason;
    match conversation.status {
        Status::Closed => {
            Refusal::Closed(why.unwrap_or_else(|| "This conversation is closed.".into()))
        }
        _ => Refusal::Locked(why.unwrap_or_else(|| "This conversation is locked.".into())),
    }
}

fn limited(seconds: u32) -> String {
    let wait = match seconds {
        0..=1 => "in a second".to_owned(),
        2..=90 => format!("in {seconds} seconds"),
        91..=5_400 => format!("in {} minutes", seconds.div_ceil(60)),
        _ => format!("in {} hours", seconds.div_ceil(3_600)),
    };
    format!("You have asked for a lot lately. Please go on {wait}.")
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            error => {
                tracing::error!(%error, "a turn cannot be opened");
                Self::Storage
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::limited;

    #[test]
    fn how_long_to_wait_is_said_in_words_that_people_use() {
        assert!(limited(1).ends_with("in a second."));
        assert!(limited(45).ends_with("in 45 seconds."));
        assert!(limited(601).ends_with("in 11 minutes."));
        assert!(limited(80_000).ends_with("in 23 hours."));
    }
}
