//! What the task endpoints take and give. Reading a body into the store's types is checking it.

#![expect(
    clippy::option_option,
    reason = "left out, null and a text are three different wishes"
)]

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use store::{
    Invalid,
    task::{self, Description, NewTask, TaskChange, Title},
};
use utoipa::ToSchema;

use crate::http::error::ApiError;

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub struct Task {
    /// Unique.
    id: i64,
    /// The owner.
    user_id: String,
    /// One line.
    title: String,
    /// Free text, or null.
    #[schema(required)]
    description: Option<String>,
    /// Whether it is done.
    completed: bool,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl From<task::Task> for Task {
    fn from(task: task::Task) -> Self {
        Self {
            id: task.id,
            user_id: task.user_id,
            title: task.title,
            description: task.description,
            completed: task.completed,
            created_at: task.created_at,
            updated_at: task.updated_at,
        }
    }
}

/// A task to create.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CreateTask {
    /// 1 to 200 characters after trimming, one line.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// At most 2,000 characters; blank is null.
    #[schema(max_length = 2000)]
    description: Option<String>,
}

impl CreateTask {
    pub(super) fn parse(&self) -> Result<NewTask, ApiError> {
        let title = Title::parse(&self.title);
        let description = Description::parse(self.description.as_deref().unwrap_or_default());
        match (title, description) {
            (Ok(title), Ok(description)) => Ok(NewTask { title, description }),
            (title, description) => Err(all_of([title.err(), description.err()])),
        }
    }
}

/// A task's fields to replace; those left out stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReplaceTask {
    /// 1 to 200 characters after trimming, one line.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
    /// At most 2,000 characters; null or blank removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Option<Option<String>>,
    /// Done or not.
    completed: Option<bool>,
}

impl ReplaceTask {
    pub(super) fn parse(self) -> Result<TaskChange, ApiError> {
        let patch = PatchTask {
            title: Some(self.title),
            description: self.description,
            completed: self.completed,
        };
        patch.parse()
    }
}

/// A task's fields to change; those left out stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PatchTask {
    /// 1 to 200 characters after trimming, one line.
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 200, value_type = String, required = false)]
    title: Option<String>,
    /// At most 2,000 characters; null or blank removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Option<Option<String>>,
    /// Done or not.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = bool, required = false)]
    completed: Option<bool>,
}

impl PatchTask {
    pub(super) fn parse(self) -> Result<TaskChange, ApiError> {
        let title = self.title.as_deref().map(Title::parse).transpose();
        let description = self
            .description
            .map(|text| Description::parse(text.as_deref().unwrap_or_default()))
            .transpose();
        match (title, description) {
            (Ok(title), Ok(description)) => Ok(TaskChange {
                title,
                description,
                completed: self.completed,
            }),
            (title, description) => Err(all_of([title.err(), description.err()])),
        }
    }
}

/// Whether a task is done.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Completion {
    /// Left out: the other of what it is.
    pub(super) completed: Option<bool>,
}

fn all_of(errors: [Option<Invalid>; 2]) -> ApiError {
    ApiError::invalid(errors.into_iter().flatten())
}

/// Tells a field that is null from one that is left out (serde's `Option` does not).
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
