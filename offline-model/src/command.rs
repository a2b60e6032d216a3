//! What a user can want.

use crate::when::Span;

/// One thing the user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Add(Vec<NewTask>),
    /// To add a task without saying which.
    AddWhat,
    List(Status),
    /// To see one task, or those about something.
    Find(Target),
    Summary,
    /// To see what is due at some time.
    Due(Span),
    Complete(Target),
    Reopen(Target),
    Delete(Target),
    /// To delete even everything: the question was asked and answered.
    DeleteSure(Target),
    Update(Target, Change),
    /// Sounds like a task, but nobody said what to do with it.
    Offer(Vec<NewTask>),
    Say(SmallTalk),
    Unknown,
}

/// A task to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewTask {
    pub title: String,
    pub description: Option<String>,
    /// The title was quoted, and stays as it is whatever its words say.
    pub verbatim: bool,
}

/// What becomes of a task; with nothing here, the user has not said what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub title: Option<String>,
    pub description: Option<String>,
    /// When it is to be due from now on, in the user's words or as a line of a description.
    pub due: Option<String>,
}

/// Which tasks of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    All,
    Pending,
    Completed,
}

/// How the user names a task, or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// By number.
    Ids(Vec<i64>),
    /// By words of the title: one task.
    Words(String),
    /// By words of the title: all that match.
    Every(String),
    /// By its place in the list shown last.
    Place(Ordinal),
    /// "it": the task spoken of last.
    Last,
    /// "them": the tasks spoken of last.
    Them,
    /// "it", where it is the task this very message adds.
    JustAdded,
    /// All tasks of a kind.
    All(Status),
    /// Not at all.
    Missing,
}

/// A place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ordinal {
    /// Counted from zero.
    Nth(usize),
    Last,
}

/// What people say to be polite, and yes and no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SmallTalk {
    Hello,
    Thanks,
    Bye,
    Yes,
    No,
    Help,
}

impl Command {
    /// The task it is about, where it is about one.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::Find(target)
            | Self::Complete(target)
            | Self::Reopen(target)
            | Self::Delete(target)
            | Self::DeleteSure(target)
            | Self::Update(target, _) => Some(target),
            _ => None,
        }
    }

    /// The same for another task.
    pub fn on(&self, target: Target) -> Self {
        match self {
            Self::Find(_) => Self::Find(target),
            Self::Complete(_) => Self::Complete(target),
            Self::Reopen(_) => Self::Reopen(target),
            Self::Delete(_) => Self::Delete(target),
            Self::DeleteSure(_) => Self::DeleteSure(target),
            Self::Update(_, change) => Self::Update(target, change.clone()),
            other => other.clone(),
        }
    }
}
