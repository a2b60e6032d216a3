//! The events of the protocol.

use serde::Serialize;
use serde_json::{Value, json};

use super::{
    items::{Content, Item, Task},
    threads::Thread,
};
use crate::chat::Refusal;

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum Frame {
    #[serde(rename = "thread.created")]
    ThreadCreated { thread: Thread },
    #[serde(rename = "thread.updated")]
    ThreadUpdated { thread: Thread },
    #[serde(rename = "thread.item.added")]
    ItemAdded { item: Item },
    #[serde(rename = "thread.item.updated")]
    ItemUpdated { item_id: String, update: Update },
    #[serde(rename = "thread.item.done")]
    ItemDone { item: Item },
    #[serde(rename = "thread.item.removed")]
    ItemRemoved { item_id: String },
    #[serde(rename = "thread.item.replaced")]
    ItemReplaced { item: Item },
    #[serde(rename = "stream_options")]
    StreamOptions { stream_options: StreamOptions },
    #[serde(rename = "progress_update")]
    Progress {
        text: &'static str,
        icon: &'static str,
    },
    #[serde(rename = "client_effect")]
    ClientEffect { name: &'static str, data: Value },
    #[serde(rename = "notice")]
    Notice {
        level: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    #[serde(rename = "error")]
    Error {
        code: &'static str,
        message: String,
        allow_retry: bool,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct StreamOptions {
    pub allow_cancel: bool,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum Update {
    #[serde(rename = "assistant_message.content_part.added")]
    PartAdded {
        content_index: usize,
        content: Content,
    },
    #[serde(rename = "assistant_message.content_part.text_delta")]
    TextDelta { content_index: usize, delta: String },
    #[serde(rename = "assistant_message.content_part.done")]
    PartDone {
        content_index: usize,
        content: Content,
    },
    #[serde(rename = "workflow.task.added")]
    TaskAdded { task_index: usize, task: Task },
    #[serde(rename = "workflow.task.updated")]
    TaskUpdated { task_index: usize, task: Task },
}

impl Frame {
    /// An error that the person reads.
    pub fn error(code: &'static str, message: impl Into<String>, allow_retry: bool) -> Self {
        Self::Error {
            code,
            message: message.into(),
            allow_retry,
        }
    }

    /// All that is told of something that is not even begun.
    pub fn refused(refusal: &Refusal) -> Self {
        let passing = matches!(refusal, Refusal::Storage);
        let code = if passing { "stream.error" } else { "custom" };
        Self::error(code, refusal.to_string(), passing)
    }

    /// Tells the page around the chat that its list is out of date.
    pub fn tasks_changed(ids: &[i64]) -> Self {
        Self::ClientEffect {
            name: "tasks_changed",
            data: json!({ "ids": ids }),
        }
    }
}
