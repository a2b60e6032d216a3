//! What the buttons of a list do: at once, on the owner's tasks, with no model in between.

use store::{
    Db,
    changes::{Author, Means},
    conversations::{self, Conversation, Status},
    messages::{self, New, Role},
    tasks,
};

use super::{
    message::{Message, Payload},
    request::Refusal,
    task_list::{TaskAction, TaskList},
};

/// A press of a button.
#[derive(Debug, Clone, Copy)]
pub struct Press {
    /// In which conversation.
    pub conversation: i64,
    /// In which widget; `None` when the client's own application sends it.
    pub widget: Option<i64>,
    /// What it asks for.
    pub action: TaskAction,
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

/// The conversation, if it is the person's and something may be said or done in it.
pub(super) async fn open_to(
    db: &Db,
    owner: &str,
    conversation: i64,
) -> Result<Conversation, Refusal> {
    let found = conversations::get(db, owner, conversation).await?;
    let found = found.ok_or(Refusal::NotFound)?;
    match found.status {
        Status::Active => Ok(found),
        Status::Locked | Status::Closed => Err(Refusal::shut(found)),
    }
}

/// Does what a button asks for, and draws its list anew. Doing it twice is the same as once.
pub(super) async fn press(db: &Db, owner: &str, press: Press) -> Result<Pressed, CannotPress> {
    let conversation = open_to(db, owner, press.conversation).await?.id;
    let list = match press.widget {
        Some(widget) => {
            let row = messages::get(db, owner, conversation, widget).await?;
            match row.map(|row| Message::from(row).payload) {
                Some(Payload::TaskList(list)) => Some((widget, list)),
                _ => return Err(CannotPress::NoWidget),
            }
        }
        None => None,
    };
    let author = Author::new(owner, Means::Chat);
    let (done, what) = match press.action {
        TaskAction::Complete => (
            tasks::set_completed(db, author, press.task, true).await,
            "marked as done",
        ),
        TaskAction::Reopen => (
            tasks::set_completed(db, author, press.task, false).await,
            "marked as open again",
        ),
        TaskAction::Delete => (tasks::delete(db, author, press.task).await, "deleted"),
    };
    let found = match done {
        Ok(_) => true,
        Err(store::Error::NotFound) => false,
        Err(error) => return Err(error.into()),
    };
    if found {
        // Not the task's title: what stands in a note is not data.
        let note = format!(
            "The person pressed a button: task {} was {what}.",
            press.task
        );
        messages::append(db, owner, conversation, New::said(Role::System, &note)).await?;
    }
    let widget = match list {
        Some((widget, TaskList { ids, title, .. })) => {
            let redraw = |tasks: &[_]| {
                let list = TaskList::new(ids.clone(), title, tasks);
                (list.text(tasks), Payload::TaskList(list).to_json())
            };
            messages::remake(db, owner, conversation, widget, &ids, redraw).await?
        }
        None => None,
    };
    Ok(Pressed {
        widget: widget.map(Message::from),
        found,
    })
}

/// Draws the lists among some rows as their tasks are now: a list that was shown yesterday tells today's truth.
///
/// # Errors
/// When the database is away or busy.
pub(super) async fn refresh_lists(
    db: &Db,
    owner: &str,
    rows: &mut [Message],
) -> Result<(), store::Error> {
    let lists = rows.iter().filter_map(|row| match &row.payload {
        Payload::TaskList(list) => Some(list),
        _ => None,
    });
    let mut ids: Vec<i64> = lists.flat_map(|list| list.ids.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    ids.sort_unstable();
    ids.dedup();
    let tasks = tasks::by_ids(db, owner, &ids).await?;
    for row in rows {
        if let Payload::TaskList(list) = &mut row.payload {
            *list = TaskList::new(std::mem::take(&mut list.ids), list.title.take(), &tasks);
            row.content = list.text(&tasks);
        }
    }
    Ok(())
}
