//! Conversations as threads, and pages of them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::{
    conversations::{self, Conversation},
    messages::Message,
};

use super::items::{Empty, Item};

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

/// Whether anything may be said in a thread. Clients only show it; the turns obey it.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Status {
    Active,
    Locked {
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Closed {
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct Page<T> {
    data: Vec<T>,
    has_more: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

pub(super) fn thread_id(conversation: i64) -> String {
    format!("thr_{conversation}")
}

impl Thread {
    pub fn new(conversation: Conversation, items: Page<Item>) -> Self {
        let reason = conversation.status_reason;
        Self {
            id: thread_id(conversation.id),
            title: conversation.title,
            created_at: conversation.created_at,
            status: match conversation.status {
                conversations::Status::Active => Status::Active,
                conversations::Status::Locked => Status::Locked { reason },
                conversations::Status::Closed => Status::Closed { reason },
            },
            allowed_image_domains: IMAGE_DOMAINS,
            metadata: Empty {},
            items,
        }
    }

    /// Without its items, as lists and events show it.
    pub fn bare(conversation: Conversation) -> Self {
        let items = Page {
            data: Vec::new(),
            has_more: false,
            after: None,
        };
        Self::new(conversation, items)
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
        let last = data.last().map(|item| item.id().to_owned());
        Self {
            data,
            has_more: page.has_more,
            after: last.filter(|_| page.has_more),
        }
    }
}
