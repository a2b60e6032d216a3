//! What comes before the first word: the conversation, the right to speak in it, the question.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use store::{
    conversations::{self, Conversation, Order, PAGE_MAX},
    messages::{self, Message, New, Role},
};
use uuid::Uuid;

use super::input;
use crate::chat::{
    Ask, Failure, Question, Shared,
    event::{Outbox, TurnEvent},
    failure::Cause,
    round::Round,
};

const LONGEST_TITLE: usize = 60;

/// A turn that has the conversation to itself.
pub(super) struct Turn {
    pub conversation: i64,
    /// Its name in the conversation's lease.
    pub name: String,
    pub question: Message,
    pub begun: Instant,
    spoken: AtomicBool,
}

impl Turn {
    /// True once.
    pub fn first_words(&self) -> bool {
        !self.spoken.swap(true, Ordering::Relaxed)
    }
}

/// Takes the conversation and stores the question. A failure after the conversation is known says
/// which one it is.
pub(super) async fn begin(
    chat: &Shared,
    ask: &Ask,
    out: &Outbox,
) -> Result<Turn, (Option<i64>, Failure)> {
    let begun = Instant::now();
    let conversation = open(chat, ask, out)
        .await
        .map_err(|failure| (None, failure))?;
    let here = |failure: Failure| (Some(conversation.id), failure);

    let name = Uuid::new_v4().to_string();
    let taken = conversations::begin_turn(&chat.db, &ask.owner, conversation.id, &name).await;
    if !taken.map_err(|error| here(error.into()))? {
        return Err(here(Cause::Busy.into()));
    }
    match question(chat, ask, &conversation, out).await {
        Ok(question) => Ok(Turn {
            conversation: conversation.id,
            name,
            question,
            begun,
            spoken: AtomicBool::new(false),
        }),
        Err(failure) => {
            let freed = conversations::end_turn(&chat.db, &ask.owner, conversation.id, &name).await;
            if let Err(error) = freed {
                tracing::error!(%error, "a conversation stays locked until its lease ends");
            }
            Err(here(failure))
        }
    }
}

async fn open(chat: &Shared, ask: &Ask, out: &Outbox) -> Result<Conversation, Failure> {
    match &ask.what {
        Question::Begin(words) => {
            let title = title(&words.text);
            let begun = conversations::create(&chat.db, &ask.owner, Some(&title)).await?;
            out.send(TurnEvent::Created(begun.clone()));
            Ok(begun)
        }
        Question::Continue { conversation, .. }
        | Question::Again { conversation, .. }
        | Question::Input { conversation, .. } => {
            let found = conversations::get(&chat.db, &ask.owner, *conversation).await?;
            Ok(found.ok_or(Cause::Gone)?)
        }
    }
}

async fn question(
    chat: &Shared,
    ask: &Ask,
    conversation: &Conversation,
    out: &Outbox,
) -> Result<Message, Failure> {
    let words = match &ask.what {
        Question::Begin(words) | Question::Continue { words, .. } => words,
        Question::Input { item, answer, .. } => {
            return input::apply(chat, ask, conversation.id, *item, answer, out).await;
        }
        Question::Again { message, .. } => {
            return again(chat, ask, conversation.id, *message, out).await;
        }
    };
    let row = messages::append(
        &chat.db,
        &ask.owner,
        conversation.id,
        New::said(Role::User, &words.text).with_payload(words.payload.as_ref()),
    );
    let question = row.await?;
    out.send(TurnEvent::Asked(question.clone()));
    if conversation.title.is_none() {
        let title = title(&words.text);
        let named = conversations::name(&chat.db, &ask.owner, conversation.id, &title);
        if let Some(named) = named.await? {
            out.send(TurnEvent::Named(named));
        }
    } else if matches!(ask.what, Question::Begin(_)) {
        out.send(TurnEvent::Named(conversation.clone()));
    }
    Ok(question)
}

/// Forgets what came after a question, but for the rounds of its own turn that changed something:
/// the model has to see them, or it would do the same again.
async fn again(
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
    let mut after = question.id;
    let mut kept = Vec::new();
    'turn: loop {
        let rows = messages::list(
            &chat.db,
            &ask.owner,
            conversation,
            Order::Asc,
            Some(after),
            PAGE_MAX,
        );
        let page = rows.await?;
        for row in &page.data {
            if row.role == Role::User {
                break 'turn;
            }
            after = row.id;
            kept.extend(Round::read(row).filter(Round::changed_something));
        }
        if !page.has_more {
            break;
        }
    }
    let ids: Vec<i64> = kept.iter().map(|round| round.id).collect();
    messages::delete_after(&chat.db, &ask.owner, conversation, question.id, &ids).await?;
    for round in kept {
        out.send(TurnEvent::Kept(round));
    }
    Ok(question)
}

/// The first line of the first message, as far as it fits, cut between words.
fn title(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= LONGEST_TITLE {
        return line;
    }
    let cut: String = line.chars().take(LONGEST_TITLE - 1).collect();
    let cut = match cut.rsplit_once(' ') {
        Some((words, _)) if words.chars().count() >= LONGEST_TITLE / 2 => words,
        _ => cut.as_str(),
    };
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_title_is_the_first_line_cut_between_words() {
        assert_eq!(title("add milk"), "add milk");
        assert_eq!(title("\n  add milk \nand bread"), "add milk");
        let long = "remind me to water the plants every second day while I am away in June";
        assert_eq!(
            title(long),
            "remind me to water the plants every second day while I am…"
        );
        assert_eq!(title(&"ü".repeat(100)).chars().count(), 60);
    }
}
