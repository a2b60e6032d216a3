//! What the buttons of a widget do: at once, on the owner's tasks, with no model in between.

use store::{
    conversations::{self, Conversation, Status},
    messages::{self, Message, New, Role},
    tasks,
};

use super::{Chat, Refusal, turn::shut, widgets::TaskList};

/// What a button does with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Marks it done.
    Complete,
    /// Marks it open.
    Reopen,
    /// Deletes it.
    Delete,
}

impl Deed {
    /// The deed of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Complete, Self::Reopen, Self::Delete]
            .into_iter()
            .find(|deed| deed.name() == name)
    }

    /// What it is called in a widget.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "task.complete",
            Self::Reopen => "task.reopen",
            Self::Delete => "task.delete",
        }
    }

    /// What the model is told. Not the task's title: what stands in a note is not data.
    fn note(self, id: i64) -> String {
        let what = match self {
            Self::Complete => "marked as done",
            Self::Reopen => "marked as open again",
            Self::Delete => "deleted",
        };
        format!("The person pressed a button: task {id} was {what}.")
    }
}

/// A press of a button.
#[derive(Debug, Clone, Copy)]
pub struct Press {
    /// In which conversation.
    pub conversation: i64,
    /// In which widget; `None` when the client's own application sends it.
    pub widget: Option<i64>,
    /// What it asks for.
    pub deed: Deed,
    /// For which task. Whether it is the person's is found out here.
    pub task: i64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Pressed {
    /// The widget as it is now.
    pub widget: Option<Message>,
    /// Whether there was such a task.
    pub found: bool,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum CannotPress {
    /// The item is none, or not a widget.
    #[error("there is no such widget")]
    NoWidget,
    /// The conversation does not take it.
    #[error("the conversation does not take it")]
    Refused(#[from] Refusal),
}

impl From<store::Error> for CannotPress {
    fn from(error: store::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl Chat {
    /// The conversation, if it is the person's and something may be said or done in it.
    ///
    /// # Errors
    /// Why not.
    pub async fn open_to(&self, owner: &str, conversation: i64) -> Result<Conversation, Refusal> {
        let found = conversations::get(&self.0.db, owner, conversation).await?;
        let found = found.ok_or(Refusal::NotFound)?;
        match found.status {
            Status::Active => Ok(found),
            Status::Locked | Status::Closed => Err(shut(found)),
        }
    }

    /// Does what a button asks for, and makes its widget anew. Doing it twice is the same as once.
    ///
    /// # Errors
    /// When nothing was done.
    pub async fn press(&self, owner: &str, press: Press) -> Result<Pressed, CannotPress> {
        let db = &self.0.db;
        let conversation = self.open_to(owner, press.conversation).await?.id;
        let list = match press.widget {
            Some(widget) => {
                let row = messages::get(db, owner, conversation, widget).await?;
                let row = row.filter(|row| row.role == Role::Widget);
                let list = row.as_ref().and_then(TaskList::read);
                Some((widget, list.ok_or(CannotPress::NoWidget)?))
            }
            None => None,
        };
        let done = match press.deed {
            Deed::Complete => tasks::set_completed(db, owner, press.task, true).await,
            Deed::Reopen => tasks::set_completed(db, owner, press.task, false).await,
            Deed::Delete => tasks::delete(db, owner, press.task).await,
        };
        let found = match done {
            Ok(_) => true,
            Err(store::Error::NotFound) => false,
            Err(error) => return Err(error.into()),
        };
        if found {
            let note = press.deed.note(press.task);
            messages::append(db, owner, conversation, New::said(Role::System, &note)).await?;
        }
        let widget = match list {
            Some((widget, list)) => {
                let make = |tasks: &[_]| (list.text(tasks), list.payload(tasks));
                messages::remake(db, owner, conversation, widget, &list.ids, make).await?
            }
            None => None,
        };
        Ok(Pressed { widget, found })
    }
}
