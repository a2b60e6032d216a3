//! What a person answers to a question of the assistant's.

use store::messages::Message;

use crate::chat::{Ask, Failure, InputAnswer, Shared, event::Outbox, failure::Cause};

/// Writes the answer down and does what it allows. Gives the person's message that the turn goes on to answer.
#[expect(clippy::unused_async, reason = "no question is asked yet")]
pub(super) async fn apply(
    _chat: &Shared,
    _ask: &Ask,
    _conversation: i64,
    _item: i64,
    _answer: &InputAnswer,
    _out: &Outbox,
) -> Result<Message, Failure> {
    Err(Cause::NotAQuestion.into())
}
