//! What comes of a command.

use crate::command::{Act, Command};
use crate::reply::Call;
use crate::results::Task;

/// A step towards the answer.
#[derive(Debug)]
pub(crate) enum Outcome {
    Call(Call),
    /// To be said, and not the result of a call.
    Say(String),
    /// A question; its last line tells the next turn what was asked.
    Ask(String),
    /// A question that the person can answer by choosing.
    Choose(Box<Choice>),
    /// Tasks that were looked for.
    Found(Vec<Task>),
}

/// Several tasks fit, or come near.
#[derive(Debug)]
pub(crate) struct Choice {
    pub act: Act,
    /// What is to be done with the one that is chosen.
    pub command: Command,
    pub candidates: Vec<Task>,
    /// The question for those whom nobody can show choices to.
    pub in_words: String,
}
