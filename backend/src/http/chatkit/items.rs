//! Messages as the items of a thread.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use store::messages::{Message, Role};

use super::{
    threads::thread_id,
    words::{Kept, Part},
    workflow::Workflow,
};
use crate::chat::{Asking, Round, asking};

#[derive(Debug, Serialize)]
pub(super) struct Item {
    id: String,
    thread_id: String,
    created_at: DateTime<Utc>,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind {
    UserMessage {
        content: Vec<Part>,
        attachments: [Empty; 0],
        #[serde(skip_serializing_if = "Option::is_none")]
        quoted_text: Option<String>,
        inference_options: Empty,
    },
    AssistantMessage {
        content: Vec<Content>,
    },
    Workflow {
        workflow: Workflow,
    },
    Widget {
        widget: Value,
        copy_text: String,
    },
    StructuredInput {
        status: asking::Status,
        inputs: Vec<asking::Input>,
    },
}

/// `{}`.
#[derive(Debug, Serialize)]
pub(super) struct Empty {}

/// A part of what the assistant says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Content {
    OutputText {
        text: String,
        annotations: [Empty; 0],
    },
}

pub(super) fn message_id(message: i64) -> String {
    format!("msg_{message}")
}

pub(super) fn round_id(message: i64) -> String {
    format!("wf_{message}")
}

impl Item {
    /// A stored message as it is shown. Whatever it is, it is shown: a page must not have holes.
    pub fn stored(message: &Message) -> Self {
        if let Some(round) = Round::read(message) {
            return Self::round(&round);
        }
        let kind = match message.role {
            Role::User => Some(user_message(message)),
            Role::Widget => widget(message),
            Role::Input => Asking::read(message).map(|asking| Kind::StructuredInput {
                status: asking.status,
                inputs: asking.inputs,
            }),
            _ => None,
        };
        let said = || Kind::AssistantMessage {
            content: vec![Content::output(message.content.clone())],
        };
        Self::new(message, kind.unwrap_or_else(said))
    }

    fn new(message: &Message, kind: Kind) -> Self {
        Self {
            id: message_id(message.id),
            thread_id: thread_id(message.conversation_id),
            created_at: message.created_at,
            kind,
        }
    }

    /// An answer that is about to be written.
    pub fn unwritten(message: i64, conversation: i64) -> Self {
        Self {
            id: message_id(message),
            thread_id: thread_id(conversation),
            created_at: Utc::now(),
            kind: Kind::AssistantMessage {
                content: Vec::new(),
            },
        }
    }

    /// A tool round that is over, or that nobody works on any more.
    pub fn round(round: &Round) -> Self {
        Self::workflow(round, Workflow::ended(round))
    }

    /// A tool round whose first call has begun.
    pub fn begun(round: &Round) -> Self {
        Self::workflow(round, Workflow::begun(round))
    }

    /// A tool round of which one call runs.
    pub fn running(round: &Round) -> Self {
        Self::workflow(round, Workflow::running(round))
    }

    fn workflow(round: &Round, workflow: Workflow) -> Self {
        Self {
            id: round_id(round.id),
            thread_id: thread_id(round.conversation_id),
            created_at: round.created_at,
            kind: Kind::Workflow { workflow },
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }
}

/// With its parts as they came, where there is more than plain text.
fn user_message(message: &Message) -> Kind {
    let kept = message
        .payload
        .as_ref()
        .and_then(|payload| serde_json::from_value(payload.clone()).ok());
    let Kept {
        content,
        quoted_text,
    } = kept.unwrap_or_else(|| Kept {
        content: vec![Part::InputText {
            text: message.content.clone(),
        }],
        quoted_text: None,
    });
    Kind::UserMessage {
        content,
        attachments: [],
        quoted_text,
        inference_options: Empty {},
    }
}

fn widget(message: &Message) -> Option<Kind> {
    let widget = message.payload.as_ref()?.get("widget")?;
    Some(Kind::Widget {
        widget: widget.clone(),
        copy_text: message.content.clone(),
    })
}

impl Content {
    pub fn output(text: String) -> Self {
        Self::OutputText {
            text,
            annotations: [],
        }
    }
}
