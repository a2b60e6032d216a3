//! What a user can want.

/// One thing the user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// To add these tasks; none where nobody said which.
    Add(Vec<NewTask>),
    /// Sounds like tasks, but nobody said what to do with them.
    Offer(Vec<NewTask>),
    /// To do something with tasks that are there.
    On(Act, Target, Change),
    List(Status),
    Summary,
    /// To see what is due at some time, in words; without words, what is overdue.
    Due(Option<String>),
    /// To take back what was changed last.
    Undo,
    /// To go on with what was not finished.
    GoOn,
    /// To talk about something else than tasks, or to say `yes` or `no`: the name of the answer.
    Talk(&'static str),
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// None, or nobody said which.
    None,
    Title(String),
    /// A new description, that keeps when the task is due.
    Description(String),
    /// One more line of the description.
    Note(String),
    /// When it is due from now on, in the user's words: "tomorrow at 5".
    Due(String),
    /// How much later it is due from now on: "two days".
    Later(String),
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
    /// By its place in the list shown last, counted from zero; without one, at its end.
    Place(Option<usize>),
    /// "it": the task spoken of last, or the one that the same message adds.
    It,
    /// "them": the tasks spoken of last.
    Them,
    /// All tasks of a kind.
    All(Status),
    /// The same, after the question whether to delete them was answered.
    Confirmed(Status),
    /// Not at all.
    Missing,
}

impl Act {
    /// The tool for it.
    pub fn tool(self) -> String {
        format!("{self:?}_task").to_lowercase()
    }
}

impl Status {
    pub fn holds(self, completed: bool) -> bool {
        self == Self::All || (self == Self::Completed) == completed
    }
}
