//! Answers that did not come to their end, and how a conversation tells of them.
//!
//! [`Failure`] is the list of reasons. The turn that fails stores the reason behind what it said and did; for a turn
//! whose process died, whoever reads or goes on with the conversation does.

use store::{
    Db,
    conversations::{Order, Page},
    messages, turns,
};

use super::{
    buttons::refresh_lists,
    failure::Failure,
    message::{Message, Payload, Unfinished},
};

/// The words and the payload of the row that says it.
pub(super) fn row(failure: &Failure) -> (String, Payload) {
    let code = failure.code();
    // As a later reader says it: without the seconds to wait from now.
    let text = Failure::recorded(Some(code)).to_string();
    let failure = code.to_owned();
    (text, Payload::Unfinished(Unfinished { failure }))
}

/// A page of what people see of a conversation, as it is now: lists show their tasks of today, and an answer whose
/// process died is marked as unfinished.
///
/// # Errors
/// When the database is away or busy.
pub async fn read(
    db: &Db,
    owner: &str,
    conversation: i64,
    order: Order,
    after: Option<i64>,
    limit: i64,
) -> Result<Page<Message>, store::Error> {
    let (text, payload) = row(&Failure::Interrupted);
    turns::mark_dead(db, owner, conversation, &text, &payload.to_json()).await?;
    let page = messages::list(db, owner, conversation, order, after, limit).await?;
    let mut page = page.map(Message::from);
    refresh_lists(db, owner, &mut page.data).await?;
    Ok(page)
}
