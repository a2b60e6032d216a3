//! What a person answers to a question of the assistant's.

use store::messages::Message;

use super::open::Start;
use crate::chat::{Ask, Failure, InputAnswer, Shared, event::Outbox, failure::Cause};

/// Writes the answer down and does what it allows. Gives the person's message that the turn goes on to answer. The
/// same answer once more, when a turn is taken up, finds it written.
#[expect(clippy::unused_async, reason = "no question is asked yet")]
pub(super) async fn apply(
    _chat: &Shared,
    _ask: &Ask,
    _start: &Start,
    _item: i64,
    _answer: &InputAnswer,
    _out: &Outbox,
) -> Result<Message, Failure> {
    Err(Cause::NotAQuestion.into())
}

/// Takes what a person says as the answer to the question that waits for one, where it is one.
#[expect(clippy::unused_async, reason = "no question is asked yet")]
pub(super) async fn answered_by_words(
    _chat: &Shared,
    _ask: &Ask,
    _start: &Start,
    _said: &Message,
    _out: &Outbox,
) -> Result<(), Failure> {
    Ok(())
}
