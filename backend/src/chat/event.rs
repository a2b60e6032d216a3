//! What a turn tells whoever listens, in no protocol's words.

use store::conversations::Conversation;

use super::{failure::Failure, message::Message};

/// One thing that happened in a turn. Whatever is announced as done is stored.
#[derive(Debug, Clone)]
pub enum TurnEvent {
    /// A conversation was begun.
    Created(Conversation),
    /// The person's message is stored.
    Asked(Message),
    /// The conversation got a title.
    Named(Conversation),
    /// Another turn of the conversation has to end first.
    Waiting,
    /// The question is known; the model is asked now.
    Answering,
    /// The tool calls of an earlier attempt stay, because they changed something.
    Kept(Message),
    /// A piece of the answer. The message stored under this id follows as [`TurnEvent::Said`].
    Text {
        /// Id of the message that is being written.
        id: i64,
        /// What to append to it.
        delta: String,
    },
    /// The assistant's message is whole, or as whole as it will get.
    Said(Message),
    /// A tool call begins.
    CallStarted {
        /// The round as it is stored now.
        round: Message,
        /// Which of its calls.
        index: usize,
    },
    /// A tool call has ended, well or badly.
    CallEnded {
        /// The round as it is stored now.
        round: Message,
        /// Which of its calls.
        index: usize,
    },
    /// All calls of a round have ended.
    RoundEnded(Message),
    /// A row that is stored whole: a widget, a question to the person, or any row of a turn that is told again.
    Stored(Message),
    /// A row that was told before is another now.
    Replaced(Message),
    /// A row that was told before is gone.
    Removed(Message),
    /// Something that the person should know, and that nothing is stored of.
    Notice {
        /// `info`, `warning` or `danger`.
        level: &'static str,
        /// A headline.
        title: Option<String>,
        /// A sentence, in Markdown.
        message: String,
    },
    /// The turn ended before its end. Nothing follows.
    Failed {
        /// Where it happened; `None` when no conversation was reached.
        conversation: Option<i64>,
        /// Why.
        failure: Failure,
    },
    /// The turn is over. Nothing follows.
    Finished {
        /// Where it happened.
        conversation: i64,
    },
}
