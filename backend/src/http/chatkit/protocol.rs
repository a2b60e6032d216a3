//! The requests of the `ChatKit` protocol.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use store::conversations::Order;

use super::{
    ids::{ItemId, ThreadId},
    input::Input,
};

/// A request: what to do, with what.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub r#type: String,
    #[serde(default)]
    pub params: Value,
    /// What the client's own application adds; only its `turn_id` is read.
    #[serde(default)]
    pub metadata: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct CreateThread {
    pub input: Input,
}

#[derive(Debug, Deserialize)]
pub(super) struct AddUserMessage {
    pub thread_id: ThreadId,
    pub input: Input,
}

#[derive(Debug, Deserialize)]
pub(super) struct RetryAfterItem {
    pub thread_id: ThreadId,
    pub item_id: ItemId,
}

/// Of `threads.custom_action` and `threads.sync_custom_action`.
#[derive(Debug, Deserialize)]
pub(super) struct CustomAction {
    pub thread_id: ThreadId,
    #[serde(default)]
    pub item_id: Option<ItemId>,
    pub action: ActionCall,
}

/// What a button of a widget asks for. The payload comes from the client and may be anything.
#[derive(Debug, Deserialize)]
pub(super) struct ActionCall {
    pub r#type: String,
    #[serde(default)]
    pub payload: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct AddStructuredInput {
    pub thread_id: ThreadId,
    pub item_id: ItemId,
    pub input: Submission,
}

/// Answers to the questions of an item.
#[derive(Debug, Deserialize)]
pub(super) struct Submission {
    #[serde(default)]
    pub status: SubmissionStatus,
    #[serde(default)]
    pub answers: BTreeMap<String, SubmittedAnswer>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SubmissionStatus {
    #[default]
    Answered,
    Skipped,
}

#[derive(Debug, Deserialize)]
pub(super) struct SubmittedAnswer {
    #[serde(default)]
    pub values: Vec<String>,
    #[serde(default)]
    pub skipped: bool,
}

/// Of the operations that read no more than which thread.
#[derive(Debug, Deserialize)]
pub(super) struct OneThread {
    pub thread_id: ThreadId,
}

#[derive(Debug, Deserialize)]
pub(super) struct UpdateThread {
    pub thread_id: ThreadId,
    pub title: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ListThreads {
    pub limit: Option<i64>,
    pub order: Option<Direction>,
    pub after: Option<ThreadId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ListItems {
    pub thread_id: ThreadId,
    pub limit: Option<i64>,
    pub order: Option<Direction>,
    pub after: Option<ItemId>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Feedback {
    pub thread_id: ThreadId,
    pub item_ids: Vec<ItemId>,
    pub kind: FeedbackKind,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FeedbackKind {
    Positive,
    Negative,
}

impl FeedbackKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    Asc,
    Desc,
}

/// The order that is asked for; newest first without one.
pub(super) fn order(direction: Option<Direction>) -> Order {
    match direction {
        Some(Direction::Asc) => Order::Asc,
        Some(Direction::Desc) | None => Order::Desc,
    }
}
