//! What a user can want.

/// One thing the user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// To add these tasks; none where nobody said which.
    Add(Vec<NewTask>),
    /// To do something with tasks that are there.
    On(Act, Target, Change),
    List(Status),
    Summary,
    /// To see what is due at some time, in words; without words, what is overdue.
    Due(Option<String>),
    /// Sounds like tasks, but nobody said what to do with them.
    Offer(Vec<NewTask>),
    /// To take back what was changed last.
    Undo,
    /// To go on with what was not finished.
    GoOn,
    Say(Talk),
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

/// What can be done with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Complete,
    Reopen,
    Delete,
    Update,
    Show,
}

/// What becomes of a task that is updated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Change {
    #[default]
    Unsaid,
    Title(String),
    /// A new description, that keeps when the task is due.
    Description(String),
    /// One more line of the description.
    Note(String),
    /// When it is due from now on, in the user's words: "tomorrow at 5".
    Due(String),
    /// How much later it is due from now on: "two days".
    Later(String),
    /// The title and the description it had before.
    Back(Option<String>, Option<String>),
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
    /// By its place in the list shown last, counted from zero.
    Nth(usize),
    /// At the end of the list shown last.
    LastOne,
    /// The first of these that is still there.
    FirstOf(Vec<i64>),
    /// "it": the task spoken of last.
    It,
    /// "them": the tasks spoken of last.
    Them,
    /// "it", where it is the task this very message adds.
    JustAdded,
    /// All tasks of a kind.
    All(Status),
    /// The same, after the question whether to delete them was answered.
    Confirmed(Status),
    /// Not at all.
    Missing,
}

/// What people say to be polite, or to talk about something else than tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    Hello,
    Thanks,
    Bye,
    Yes,
    No,
    Help,
    /// "Who are you?"
    Who,
}

impl Command {
    pub fn on(act: Act, target: Target) -> Self {
        Self::On(act, target, Change::default())
    }

    /// The task it is about, where it is about one.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Self::On(_, target, _) => Some(target),
            _ => None,
        }
    }

    /// The same for another task.
    pub fn about(self, target: Target) -> Self {
        match self {
            Self::On(act, _, change) => Self::On(act, target, change),
            other => other,
        }
    }
}
