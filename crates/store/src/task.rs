//! A task and the rules it obeys. The rules are here once, as types: REST and MCP refuse the same input in the same
//! words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::Invalid;

/// The longest title, in characters after trimming.
pub const TITLE_MAX: usize = 200;
/// The longest description, in characters.
pub const DESCRIPTION_MAX: usize = 2_000;
/// The longest search, in characters after trimming.
pub const SEARCH_MAX: usize = 200;

/// A task as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Task {
    /// Unique in the database.
    pub id: i64,
    /// The owner.
    pub user_id: String,
    /// One line; rows that a predecessor made may be longer than [`TITLE_MAX`].
    pub title: String,
    /// Free text, never blank.
    pub description: Option<String>,
    /// Whether it is done.
    pub completed: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A title: 1 to 200 characters after trimming, at least one of them visible, on one line, no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// Trims, joins lines and checks.
    ///
    /// # Errors
    /// `empty`, `too_long` or `control_character`, on field `title`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text::one_line(text.trim());
        if text::is_blank(&text) {
            return Err(Invalid::new(
                "title",
                "empty",
                "The title must not be empty.",
            ));
        }
        if text.chars().count() > TITLE_MAX {
            let message = format!("The title must be at most {TITLE_MAX} characters long.");
            return Err(Invalid::new("title", "too_long", message));
        }
        if text.chars().any(char::is_control) {
            let message = "The title must not hold control characters.";
            return Err(Invalid::new("title", "control_character", message));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A description: at most 2,000 characters, no control characters but newline and tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// Trims and checks; blank text is no description. Windows line ends become newlines.
    ///
    /// # Errors
    /// `too_long` or `control_character`, on field `description`.
    pub fn parse(text: &str) -> Result<Option<Self>, Invalid> {
        let text = text.trim().replace("\r\n", "\n");
        if text.chars().count() > DESCRIPTION_MAX {
            let message =
                format!("The description must be at most {DESCRIPTION_MAX} characters long.");
            return Err(Invalid::new("description", "too_long", message));
        }
        if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
        {
            let message =
                "The description must not hold control characters other than newline and tab.";
            return Err(Invalid::new("description", "control_character", message));
        }
        Ok((!text::is_blank(&text)).then_some(Self(text)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Words that a task must have, each of them as a part of its title or description, be it written otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(String);

impl Search {
    /// Trims and checks; a text without anything to see searches for nothing.
    ///
    /// # Errors
    /// `too_long`, on field `query`.
    pub fn parse(text: &str) -> Result<Option<Self>, Invalid> {
        let text = text.trim().replace('\0', " ");
        if text.chars().count() > SEARCH_MAX {
            let message = format!("The query must be at most {SEARCH_MAX} characters long.");
            return Err(Invalid::new("query", "too_long", message));
        }
        Ok((!text::is_blank(&text)).then_some(Self(text)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a new task is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// Its title.
    pub title: Title,
    /// Its description, if any.
    pub description: Option<Description>,
}

/// The fields of a task to change; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskChange {
    /// A new title.
    pub title: Option<Title>,
    /// A new description, or `Some(None)` to remove it.
    pub description: Option<Option<Description>>,
    /// Done or not.
    pub completed: Option<bool>,
}

/// Which tasks a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Every task.
    #[default]
    All,
    /// Those not done.
    Pending,
    /// Those done.
    Completed,
}

impl Status {
    /// The value of `completed` that a row must have, if it matters.
    #[must_use]
    pub fn completed(self) -> Option<bool> {
        match self {
            Self::All => None,
            Self::Pending => Some(false),
            Self::Completed => Some(true),
        }
    }
}

/// How a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Newest first.
    #[default]
    Created,
    /// By title, without regard to case and accents.
    Title,
}

/// How many tasks a person has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All of them.
    pub total: i64,
    /// Those not done.
    pub pending: i64,
    /// Those done.
    pub completed: i64,
}
