//! What comes before the first word: opening the turn, the lease on the conversation, and the question.

use std::time::Duration;

use metrics::counter;
use store::{
    conversations::{self, Conversation},
    messages::{self, Role},
    turns::{self, NewTurn, Opened, Place, Runner, Taken},
};
use tokio::{
    select,
    time::{Instant, sleep, sleep_until},
};

use super::{elicited, history::History, state::Turn};
use crate::chat::{
    broadcast::Publisher,
    context::Context,
    event::TurnEvent,
    failure::Failure,
    message::{Message, Payload},
    request::{Question, Refusal, TurnRequest, UserInput},
    text::one_line,
};

const LONGEST_TITLE: usize = 60;
/// How long a turn that waits for the lease does not look whether it is free.
const PAUSE: Duration = Duration::from_millis(200);

/// A turn that this process is to work on.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub runner: Runner,
    pub conversation: Conversation,
    /// The row that it answers, when it was begun before.
    pub message: Option<i64>,
}

/// What came of opening a turn.
pub(crate) enum Open {
    New(Start),
    Known(turns::Turn),
}

/// Opens a turn, or finds the one that was opened under the same key. Everything that may stand against it is asked before
/// anything is stored.
pub(crate) async fn open(
    chat: &Context,
    request: &TurnRequest,
    runner: String,
) -> Result<Open, Refusal> {
    let asked = &request.question;
    let question = asked
        .input()
        .and_then(|input| serde_json::to_value(input).ok());
    let title = match asked {
        Question::Begin(input) => title(&input.text),
        _ => String::new(),
    };
    let new = NewTurn {
        key: request.key.as_deref(),
        request: &asked.fingerprint(),
        place: asked.conversation().map_or(Place::New(&title), Place::In),
        question: question.as_ref(),
        runner: &runner,
    };
    match turns::open(&chat.db, &request.owner, &new, &chat.budget).await? {
        Opened::New(turn, conversation) => Ok(Open::New(Start {
            runner: Runner { turn, name: runner },
            conversation,
            message: None,
        })),
        Opened::Known(turn) => Ok(Open::Known(turn)),
        Opened::OtherRequest => Err(Refusal::KeyReused),
        Opened::Gone => Err(Refusal::NotFound),
        Opened::Shut(conversation) => Err(Refusal::shut(conversation)),
        Opened::Limited(retry_after) => {
            counter!("chat_limited_total").increment(1);
            Err(Refusal::Limited { retry_after })
        }
    }
}

/// Waits for the conversation, takes it, and stores the question; also when nobody listens any more, so that nothing
/// that was said is lost. Gives the turn, what the conversation holds, and the question.
pub(super) async fn begin<'a>(
    chat: &'a Context,
    request: &'a TurnRequest,
    start: &'a Start,
    out: &'a Publisher,
) -> Result<(Turn<'a>, History, Message), Failure> {
    let conversation = &start.conversation;
    if matches!(request.question, Question::Begin(_)) {
        out.send(TurnEvent::Created(conversation.clone()));
    }
    take_lease(chat, request, start, out).await?;
    let turn = Turn::new(chat, request, conversation.id, &start.runner, out);
    note_interrupted(&turn).await?;
    let mut history = History::read(&turn, question_before(request, start)).await?;
    let question = match start.message {
        Some(message) => take_up(&turn, start, &mut history, message).await?,
        None => ask(&turn, start, &mut history).await?,
    };
    Ok((turn, history, question))
}

/// The row that is answered, when it is there already.
fn question_before(request: &TurnRequest, start: &Start) -> Option<i64> {
    let asked = match request.question {
        Question::Again { message, .. } | Question::Elicited { message, .. } => Some(message),
        Question::Begin(_) | Question::Continue { .. } => None,
    };
    start.message.or(asked)
}

async fn take_lease(
    chat: &Context,
    request: &TurnRequest,
    start: &Start,
    out: &Publisher,
) -> Result<(), Failure> {
    let deadline = Instant::now() + chat.limits.turn;
    let mut told = false;
    loop {
        let (owner, conversation) = (&request.owner, start.conversation.id);
        match turns::take(&chat.db, owner, conversation, &start.runner).await? {
            Taken::Yes => return Ok(()),
            Taken::Lost => return Err(Failure::Taken),
            Taken::NotYet if !told => out.send(TurnEvent::Waiting),
            Taken::NotYet => {}
        }
        told = true;
        select! {
            () = sleep(PAUSE) => {}
            () = sleep_until(deadline) => return Err(Failure::Busy),
            () = chat.shutdown.deadline() => return Err(Failure::Ending),
        }
    }
}

/// What turns left behind whose process died: a question that was never stored is stored now, and it is written down that
/// they did not come to their end.
async fn note_interrupted(turn: &Turn<'_>) -> Result<(), Failure> {
    let (db, owner) = (&turn.chat.db, &turn.request.owner);
    for dead in turns::abandoned(db, owner, turn.conversation, turn.runner).await? {
        if let Some(question) = dead.question {
            // It stays that turn's question, so that nobody who sends it again stores it twice.
            let asked = Runner {
                turn: dead.id,
                name: turn.runner.name.clone(),
            };
            let input = serde_json::from_value(question).unwrap_or(String::new().into());
            let row = store_question(turn, &asked, input).await?;
            turn.tell(TurnEvent::Stored(row));
        } else if dead.message_id.is_none() {
            continue;
        }
        turn.append_unfinished(&Failure::Interrupted).await?;
    }
    Ok(())
}

async fn store_question(
    turn: &Turn<'_>,
    runner: &Runner,
    input: UserInput,
) -> Result<Message, Failure> {
    let (db, owner, id) = (&turn.chat.db, &turn.request.owner, turn.conversation);
    let payload = input.payload.map(|parts| Payload::User(parts).to_json());
    let row = messages::ask(db, owner, id, runner, &input.text, payload.as_ref()).await?;
    Ok(row.into())
}

/// The question of a new turn.
async fn ask(turn: &Turn<'_>, start: &Start, history: &mut History) -> Result<Message, Failure> {
    let question = match &turn.request.question {
        Question::Begin(input) | Question::Continue { input, .. } => {
            let input = elicited::answering(history, input.clone());
            return say(turn, start, history, input).await;
        }
        Question::Again { message, .. } => {
            let question = history.get(*message).filter(|row| row.role == Role::User);
            let question = question.cloned().ok_or(Failure::NotAQuestion)?;
            let kept = history.forget_after(turn, *message).await?;
            for event in kept {
                turn.tell(event);
            }
            question
        }
        Question::Elicited {
            message, answer, ..
        } => elicited::write_answer(turn, history, *message, answer).await?,
    };
    let (db, owner) = (&turn.chat.db, &turn.request.owner);
    turns::answers(db, owner, turn.runner, question.id).await?;
    Ok(question)
}

/// A message that is stored now. A conversation without a title gets one.
async fn say(
    turn: &Turn<'_>,
    start: &Start,
    history: &mut History,
    input: UserInput,
) -> Result<Message, Failure> {
    let question = store_question(turn, turn.runner, input).await?;
    history.rows.push(question.clone());
    turn.tell(TurnEvent::Asked(question.clone()));
    let conversation = &start.conversation;
    let named = if conversation.title.is_some() {
        let begun = matches!(turn.request.question, Question::Begin(_));
        begun.then(|| conversation.clone())
    } else {
        let (db, owner) = (&turn.chat.db, &turn.request.owner);
        let title = title(&question.content);
        conversations::name(db, owner, conversation.id, &title).await?
    };
    if let Some(named) = named {
        turn.tell(TurnEvent::Named(named));
    }
    Ok(question)
}

/// The question of a turn that was begun before and did not come to its end. What was said to it is removed, what was
/// changed stays.
async fn take_up(
    turn: &Turn<'_>,
    start: &Start,
    history: &mut History,
    message: i64,
) -> Result<Message, Failure> {
    let question = history.get(message).cloned().ok_or(Failure::Superseded)?;
    let asked = &turn.request.question;
    if asked.input().is_some() {
        turn.tell(TurnEvent::Asked(question.clone()));
    }
    if let Question::Begin(_) = asked {
        turn.tell(TurnEvent::Named(start.conversation.clone()));
    }
    let (answer, gone_on) = history.answer_to(message);
    if gone_on {
        for row in answer {
            turn.tell(TurnEvent::Stored(row));
        }
        return Err(Failure::Superseded);
    }
    let kept = history.forget_after(turn, message).await?;
    for row in answer.into_iter().filter(|row| !row.changed_something()) {
        turn.tell(TurnEvent::Removed(row));
    }
    for event in kept {
        turn.tell(event);
    }
    match asked {
        Question::Elicited {
            message, answer, ..
        } => elicited::write_answer(turn, history, *message, answer).await,
        _ => Ok(question),
    }
}

/// The first line of the first message.
fn title(text: &str) -> String {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    // What is quoted was said before.
    let own = lines().find(|line| !line.starts_with('>'));
    one_line(
        own.or_else(|| lines().next()).unwrap_or_default(),
        LONGEST_TITLE,
    )
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
    }
}
