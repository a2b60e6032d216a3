//! What comes before the first word: the right to speak in the conversation, and the question.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use store::{
    conversations::{self, Conversation},
    messages::{self, Message, New, Role},
    turns::{self, Runner, Taken},
};
use tokio::{
    select,
    time::{Instant, sleep, sleep_until},
};

use super::{
    cost::Cost,
    heartbeat::Heartbeat,
    input,
    open::Start,
    resume::{forget_after, take_up},
};
use crate::chat::{
    Ask, Failure, Question, Shared,
    event::{Outbox, TurnEvent},
    failure::Cause,
};

const LONGEST_TITLE: usize = 60;
/// How long a turn that waits in line does not look whether it may go on.
const LINE: Duration = Duration::from_millis(200);

/// A turn that has the conversation to itself.
pub(super) struct Turn {
    pub conversation: i64,
    /// In whose name its rows are written.
    pub runner: Runner,
    pub question: Message,
    pub begun: Instant,
    pub heartbeat: Heartbeat,
    pub cost: Cost,
    spoken: AtomicBool,
}

impl Turn {
    /// True once.
    pub fn first_words(&self) -> bool {
        !self.spoken.swap(true, Ordering::Relaxed)
    }
}

/// Waits for the conversation, takes it, and stores the question; also when nobody listens any more, so that nothing
/// that was said is lost.
pub(super) async fn begin(
    chat: &Shared,
    ask: &Ask,
    start: &Start,
    out: &Outbox,
) -> Result<Turn, Failure> {
    let begun = Instant::now();
    let (runner, conversation) = (&start.runner, &start.conversation);
    if matches!(ask.what, Question::Begin(_)) {
        out.send(TurnEvent::Created(conversation.clone()));
    }
    wait_in_line(chat, ask, start, out).await?;
    let heartbeat = Heartbeat::start(chat.db.clone(), ask.owner.clone(), runner.clone());
    pick_up_the_dead(chat, ask, start, out).await?;
    let question = match start.message {
        Some(message) => take_up(chat, ask, start, message, out).await?,
        None => question(chat, ask, start, out).await?,
    };
    Ok(Turn {
        conversation: conversation.id,
        runner: runner.clone(),
        question,
        begun,
        heartbeat,
        cost: Cost::default(),
        spoken: AtomicBool::new(false),
    })
}

async fn wait_in_line(
    chat: &Shared,
    ask: &Ask,
    start: &Start,
    out: &Outbox,
) -> Result<(), Failure> {
    let deadline = Instant::now() + chat.limits.turn;
    let mut told = false;
    loop {
        let taken = turns::take(&chat.db, &ask.owner, start.conversation.id, &start.runner).await?;
        match taken {
            Taken::Yes => return Ok(()),
            Taken::Lost => return Err(Cause::Taken.into()),
            Taken::NotYet if !told => out.send(TurnEvent::Waiting),
            Taken::NotYet => {}
        }
        told = true;
        select! {
            () = sleep(LINE) => {}
            () = sleep_until(deadline) => return Err(Cause::Busy.into()),
            () = chat.shutdown.deadline() => return Err(Cause::Ending.into()),
        }
    }
}

/// What turns left behind whose process died: a question that was never stored is stored now, and the model is told
/// that they did not come to their end.
async fn pick_up_the_dead(
    chat: &Shared,
    ask: &Ask,
    start: &Start,
    out: &Outbox,
) -> Result<(), Failure> {
    let (conversation, runner) = (start.conversation.id, &start.runner);
    let dead = turns::abandoned(&chat.db, &ask.owner, conversation, runner).await?;
    for dead in dead {
        if let Some(words) = &dead.question {
            let text = words["text"].as_str().unwrap_or_default();
            let payload = Some(&words["payload"]).filter(|payload| !payload.is_null());
            // It stays that turn's question, so that nobody who sends it again stores it twice.
            let asked = Runner {
                turn: dead.id,
                name: runner.name.clone(),
            };
            let row = messages::ask(&chat.db, &ask.owner, conversation, &asked, text, payload);
            let row = row.await?;
            out.send(TurnEvent::Stored(row));
        } else if dead.message_id.is_none() {
            continue;
        }
        let note = Failure::from(Cause::Interrupted).note();
        let new = New::said(Role::System, &note).by(runner);
        messages::append(&chat.db, &ask.owner, conversation, new).await?;
    }
    Ok(())
}

/// The message to be answered, stored now unless it was there before.
async fn question(
    chat: &Shared,
    ask: &Ask,
    start: &Start,
    out: &Outbox,
) -> Result<Message, Failure> {
    let (owner, conversation, runner) = (&ask.owner, &start.conversation, &start.runner);
    let words = match &ask.what {
        Question::Begin(words) | Question::Continue { words, .. } => words,
        Question::Again { message, .. } => {
            let question = forget_after(chat, ask, conversation.id, *message, out).await?;
            turns::answers(&chat.db, owner, runner, question.id).await?;
            return Ok(question);
        }
        Question::Input { item, answer, .. } => {
            let question = input::apply(chat, ask, conversation.id, *item, answer).await?;
            turns::answers(&chat.db, owner, runner, question.id).await?;
            return Ok(question);
        }
    };
    let payload = input::answering(chat, ask, conversation.id, words).await?;
    let asked = messages::ask(
        &chat.db,
        owner,
        conversation.id,
        runner,
        &words.text,
        payload.as_ref(),
    );
    let question = asked.await?;
    out.send(TurnEvent::Asked(question.clone()));
    if let Some(named) = named(chat, ask, conversation, &words.text).await? {
        out.send(TurnEvent::Named(named));
    }
    Ok(question)
}

/// The conversation with its title, when that is news.
async fn named(
    chat: &Shared,
    ask: &Ask,
    conversation: &Conversation,
    text: &str,
) -> Result<Option<Conversation>, Failure> {
    if conversation.title.is_some() {
        let begun = matches!(ask.what, Question::Begin(_));
        return Ok(begun.then(|| conversation.clone()));
    }
    let title = title(text);
    Ok(conversations::name(&chat.db, &ask.owner, conversation.id, &title).await?)
}

/// The first line of the first message, as far as it fits, cut between words.
pub(super) fn title(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        // What is quoted was said before.
        .filter(|line| !line.starts_with('>'))
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
        assert_eq!(title("> You have one task.\n\nwhich one?"), "which one?");
        let long = "remind me to water the plants every second day while I am away in June";
        assert_eq!(
            title(long),
            "remind me to water the plants every second day while I am…"
        );
        assert_eq!(title(&"ü".repeat(100)).chars().count(), 60);
    }
}
