//! Turns: a question and the work on its answer, whoever does it.

/// Who works on a turn. Another one has another name, also for the same turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// The turn.
    pub turn: i64,
    /// Never used twice.
    pub name: String,
}
