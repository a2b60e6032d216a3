//! Conversations as threads, and pages of them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use store::conversations::{self, Conversation};

use super::{
    ids::thread_id,
    items::{Empty, Item},
};
use crate::chat::Message;

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
        Self::new(conversation, Page::new(Vec::new(), false, Item::id))
    }

    fn id(&self) -> &str {
        &self.id
    }
}

impl<T> Page<T> {
    /// A page that says where the next one begins, if there is one.
    fn new(data: Vec<T>, has_more: bool, id: impl Fn(&T) -> &str) -> Self {
        let last = data.last().filter(|_| has_more);
        Self {
            after: last.map(|last| id(last).to_owned()),
            data,
            has_more,
        }
    }
}

impl Page<Thread> {
    pub fn of_threads(page: conversations::Page<Conversation>) -> Self {
        let threads = page.data.into_iter().map(Thread::bare).collect();
        Self::new(threads, page.has_more, Thread::id)
    }
}

impl Page<Item> {
    pub fn of_items(messages: &[Message], has_more: bool) -> Self {
        let items = messages.iter().map(Item::stored).collect();
        Self::new(items, has_more, Item::id)
    }
}
