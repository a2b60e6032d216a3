//! What the log of changes says of a change, and what is told of an undo.
//!
//! The rows are written by trigger (migration 0006): a statement that changes tasks says whose change it is by its
//! [`Author`], and that is all it has to do.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// By what a person changes their tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The pages of this application.
    Page,
    /// Another client of the REST interface.
    Rest,
    /// The chat.
    Chat,
    /// An MCP client.
    Mcp,
}

impl Means {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Rest => "rest",
            Self::Chat => "chat",
            Self::Mcp => "mcp",
        }
    }
}

/// Whose tasks are changed, and what the log says of it.
#[derive(Debug, Clone)]
pub struct Author<'a> {
    owner: &'a str,
    pub(crate) means: Option<Means>,
    source: Option<Cow<'a, str>>,
    batch: Cow<'a, str>,
}

impl<'a> Author<'a> {
    /// Changes of the owner's tasks in a batch of their own.
    #[must_use]
    pub fn new(owner: &'a str, means: Means) -> Self {
        Self {
            means: Some(means),
            ..owner.into()
        }
    }

    /// Changes by a turn of the chat, which are one batch.
    #[must_use]
    pub fn turn(owner: &'a str, turn: i64) -> Self {
        Self {
            source: Some(turn.to_string().into()),
            batch: turn_batch(turn).into(),
            ..Self::new(owner, Means::Chat)
        }
    }

    /// The program that makes the changes, by the name that the person knows it by.
    #[must_use]
    pub fn client(self, name: Option<&'a str>) -> Self {
        Self {
            source: name.map(Cow::Borrowed).or(self.source),
            ..self
        }
    }

    /// The owner of the tasks.
    #[must_use]
    pub fn owner(&self) -> &'a str {
        self.owner
    }

    /// The batch of the changes.
    #[must_use]
    pub fn batch(&self) -> &str {
        &self.batch
    }

    /// What the trigger reads.
    pub(crate) fn origin(&self) -> String {
        let means = self.means.map(Means::as_str);
        json!({ "means": means, "source": self.source, "batch": self.batch }).to_string()
    }
}

impl Author<'_> {
    /// The chat's turn, or the name of the client.
    pub(crate) fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// By what a change can be undone, if it was one.
    pub(crate) fn batch_of(&self, changed: bool) -> Option<String> {
        changed.then(|| self.batch().to_owned())
    }
}

/// By no means that the log could tell.
impl<'a> From<&'a str> for Author<'a> {
    fn from(owner: &'a str) -> Self {
        Self {
            owner,
            means: None,
            source: None,
            batch: Uuid::new_v4().simple().to_string().into(),
        }
    }
}

/// The batch of what a turn of the chat changes.
#[must_use]
pub fn turn_batch(turn: i64) -> String {
    format!("turn-{turn}")
}

/// What came of an undo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The batch that was undone.
    pub batch: String,
    /// The batch that undid it: undoing that does the changes again.
    pub undo_id: String,
    /// The tasks that are again as they were before.
    pub restored: Vec<Restored>,
    /// The tasks that were left alone.
    pub refused: Vec<Refused>,
}

/// A task that an undo put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The task's id, the same as before.
    pub id: i64,
    /// Its title; of a task that is not there any more, since the undo took back its making, the last one.
    pub title: String,
}

/// A task that an undo left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The task's id.
    pub id: i64,
    /// Its title before the batch.
    pub title: String,
    /// Why.
    pub reason: Reason,
}

/// Why an undo leaves a task alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It was changed since.
    Changed,
    /// It was deleted since.
    Gone,
    /// What the log holds of it cannot be read by this release.
    Unreadable,
}

/// A batch that can be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    /// Its id.
    pub batch: String,
    /// By what it was made; `None` when another program made it.
    pub means: Option<String>,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// How many tasks it changed.
    pub tasks: i64,
    /// The title of one of them.
    pub title: String,
    /// What happened to that one.
    pub kind: String,
}
