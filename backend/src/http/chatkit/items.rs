//! Conversations as threads, messages as their items.

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::{
    conversations::{self, Conversation},
    messages::{Message, Role},
};

use super::labels;
use crate::chat::{Call, CallStatus, Round};

/// No image in an answer may be loaded from anywhere: a task's text could make the model write an
/// image whose address carries the conversation away. An empty list would mean the opposite.
const IMAGE_DOMAINS: [&str; 1] = ["images.invalid"];

#[derive(Debug, Serialize)]
pub(super) struct Thread {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    created_at: DateTime<Utc>,
    status: Status,
    allowed_image_domains: [&'static str; 1],
    metadata: Empty,
    items: Page<Item>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Status {
    Active,
}

/// `{}`.
#[derive(Debug, Serialize)]
pub(super) struct Empty {}

#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    data: Vec<T>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

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
        content: [Content; 1],
        attachments: [Empty; 0],
        inference_options: Empty,
    },
    AssistantMessage {
        content: Vec<Content>,
    },
    Workflow {
        workflow: Workflow,
    },
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Content {
    InputText {
        text: String,
    },
    OutputText {
        text: String,
        annotations: [Empty; 0],
    },
}

#[derive(Debug, Serialize)]
struct Workflow {
    r#type: &'static str,
    tasks: Vec<Task>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<Summary>,
    expanded: bool,
}

#[derive(Debug, Serialize)]
struct Summary {
    title: String,
    icon: &'static str,
}

/// One line of a workflow: a tool call.
#[derive(Debug, Serialize)]
pub(super) struct Task {
    r#type: &'static str,
    title: String,
    icon: &'static str,
    status_indicator: &'static str,
}

pub(super) fn thread_id(conversation: i64) -> String {
    format!("thr_{conversation}")
}

pub(super) fn message_id(message: i64) -> String {
    format!("msg_{message}")
}

pub(super) fn round_id(message: i64) -> String {
    format!("wf_{message}")
}

impl Thread {
    pub fn new(conversation: Conversation, items: Page<Item>) -> Self {
        Self {
            id: thread_id(conversation.id),
            title: conversation.title,
            created_at: conversation.created_at,
            status: Status::Active,
            allowed_image_domains: IMAGE_DOMAINS,
            metadata: Empty {},
            items,
        }
    }

    /// Without its items, as lists and events show it.
    pub fn bare(conversation: Conversation) -> Self {
        Self::new(
            conversation,
            Page {
                data: Vec::new(),
                has_more: false,
                after: None,
            },
        )
    }
}

impl Page<Thread> {
    pub fn of_threads(page: conversations::Page<Conversation>) -> Self {
        let data: Vec<Thread> = page.data.into_iter().map(Thread::bare).collect();
        let last = data.last().map(|thread| thread.id.clone());
        Self {
            data,
            has_more: page.has_more,
            after: last.filter(|_| page.has_more),
        }
    }
}

impl Page<Item> {
    pub fn of_items(page: &conversations::Page<Message>) -> Self {
        let data: Vec<Item> = page.data.iter().map(Item::stored).collect();
        let last = data.last().map(|item| item.id.clone());
        Self {
            data,
            has_more: page.has_more,
            after: last.filter(|_| page.has_more),
        }
    }
}

impl Item {
    /// A stored message as it is shown. Whatever it is, it is shown: a page must not have holes.
    pub fn stored(message: &Message) -> Self {
        if let Some(round) = Round::read(message) {
            return Self::round(&round);
        }
        let text = message.content.clone();
        let kind = match message.role {
            Role::User => Kind::UserMessage {
                content: [Content::InputText { text }],
                attachments: [],
                inference_options: Empty {},
            },
            _ => Kind::AssistantMessage {
                content: vec![Content::output(text)],
            },
        };
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
        let tasks = round.calls.iter().map(Task::ended).collect();
        let (title, icon) = labels::summary(round);
        Self::workflow(round, tasks, Some(Summary { title, icon }))
    }

    /// A tool round whose first call has begun.
    pub fn begun(round: &Round) -> Self {
        Self::workflow(
            round,
            round.calls.first().map(Task::running).into_iter().collect(),
            None,
        )
    }

    fn workflow(round: &Round, tasks: Vec<Task>, summary: Option<Summary>) -> Self {
        Self {
            id: round_id(round.id),
            thread_id: thread_id(round.conversation_id),
            created_at: round.created_at,
            kind: Kind::Workflow {
                workflow: Workflow {
                    r#type: "custom",
                    tasks,
                    summary,
                    expanded: false,
                },
            },
        }
    }
}

impl Content {
    pub fn output(text: String) -> Self {
        Self::OutputText {
            text,
            annotations: [],
        }
    }
}

impl Task {
    pub fn running(call: &Call) -> Self {
        Self::new(labels::doing(call), labels::icon(call), "loading")
    }

    pub fn ended(call: &Call) -> Self {
        match call.status {
            CallStatus::Done => Self::new(labels::done(call), labels::icon(call), "complete"),
            _ => Self::new(labels::not_done(call), "info", "complete"),
        }
    }

    fn new(title: String, icon: &'static str, status_indicator: &'static str) -> Self {
        Self {
            r#type: "custom",
            title,
            icon,
            status_indicator,
        }
    }
}
