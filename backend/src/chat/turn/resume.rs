//! Answering a question that was worked on before.

use store::{
    conversations::{Order, PAGE_MAX},
    messages::{self, Message, Role},
};

use super::{input, open::Start};
use crate::chat::{
    Ask, Failure, Question, Shared,
    event::{Outbox, TurnEvent},
    failure::Cause,
    round::Round,
};

/// Forgets what came after a question, but for the rounds of its own turn that changed something:
/// the model has to see them, or it would do the same again.
pub(super) async fn forget_after(
    chat: &Shared,
    ask: &Ask,
    conversation: i64,
    message: i64,
    out: &Outbox,
) -> Result<Message, Failure> {
    let question = messages::get(&chat.db, &ask.owner, conversation, message)
        .await?
        .filter(|message| message.role == Role::User)
        .ok_or(Cause::NotAQuestion)?;
    let after = After::read(chat, ask, conversation, question.id).await?;
    forget(chat, ask, conversation, question.id, &after).await?;
    for round in after.changes() {
        out.send(TurnEvent::Kept(round));
    }
    Ok(question)
}

/// Takes up a turn that was begun before and did not come to its end, on its own question. What it said is removed,
/// what it changed is kept. Gives the question.
pub(super) async fn take_up(
    chat: &Shared,
    ask: &Ask,
    start: &Start,
    message: i64,
    out: &Outbox,
) -> Result<Message, Failure> {
    let conversation = start.conversation.id;
    let row = messages::get(&chat.db, &ask.owner, conversation, message)
        .await?
        .ok_or(Cause::Superseded)?;
    let after = After::read(chat, ask, conversation, message).await?;
    if matches!(ask.what, Question::Begin(_) | Question::Continue { .. }) {
        out.send(TurnEvent::Asked(row.clone()));
    }
    if let Question::Begin(_) = ask.what {
        out.send(TurnEvent::Named(start.conversation.clone()));
    }
    if after.gone_on {
        for row in after.rows {
            out.send(TurnEvent::Stored(row));
        }
        return Err(Cause::Superseded.into());
    }
    forget(chat, ask, conversation, message, &after).await?;
    for row in after.rows.iter().filter(|row| !changed(row)) {
        out.send(TurnEvent::Removed(row.clone()));
    }
    for round in after.changes() {
        out.send(TurnEvent::Kept(round));
    }
    match &ask.what {
        Question::Input { item, answer, .. } => {
            input::apply(chat, ask, conversation, *item, answer).await
        }
        _ => Ok(row),
    }
}

/// The rows after a question that belong to its answer, as people see them.
struct After {
    rows: Vec<Message>,
    /// Whether something else was asked since.
    gone_on: bool,
}

impl After {
    async fn read(
        chat: &Shared,
        ask: &Ask,
        conversation: i64,
        question: i64,
    ) -> Result<Self, Failure> {
        let mut rows = Vec::new();
        let mut last = question;
        loop {
            let page = messages::list(
                &chat.db,
                &ask.owner,
                conversation,
                Order::Asc,
                Some(last),
                PAGE_MAX,
            );
            let page = page.await?;
            for row in page.data {
                if row.role == Role::User {
                    return Ok(Self {
                        rows,
                        gone_on: true,
                    });
                }
                last = row.id;
                rows.push(row);
            }
            if !page.has_more {
                return Ok(Self {
                    rows,
                    gone_on: false,
                });
            }
        }
    }

    fn changes(&self) -> Vec<Round> {
        let rounds = self.rows.iter().filter_map(Round::read);
        rounds.filter(Round::changed_something).collect()
    }
}

fn changed(row: &Message) -> bool {
    Round::read(row).is_some_and(|round| round.changed_something())
}

async fn forget(
    chat: &Shared,
    ask: &Ask,
    conversation: i64,
    question: i64,
    after: &After,
) -> Result<(), Failure> {
    let kept: Vec<i64> = after.changes().iter().map(|round| round.id).collect();
    Ok(messages::delete_after(&chat.db, &ask.owner, conversation, question, &kept).await?)
}
