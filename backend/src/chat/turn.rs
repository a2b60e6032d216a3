//! A turn: from a question to its answer.

mod begin;
mod calls;
mod input;
mod stop;

use chrono::Utc;
use futures_util::StreamExt;
use metrics::{counter, histogram};
use store::{
    conversations,
    messages::{self, Message, New, Role},
};
use tokio::select;

use self::{
    begin::Turn,
    calls::{Ran, Tally},
    stop::Stop,
};
use super::{
    Ask, Failure, Shared, clock,
    event::{Outbox, TurnEvent},
    failure::Cause,
    history,
    model::{self, ModelError, Part, ToolCall},
};

/// Answers, and tells what happens on the way. Whatever it tells is stored already, but for the
/// words of a message that is still being said. Gives the conversation when it was answered.
pub(super) async fn run(chat: &Shared, ask: Ask, out: Outbox) -> Option<i64> {
    let (conversation, outcome) = match begin::begin(chat, &ask, &out).await {
        Err((conversation, failure)) => (conversation, Err(failure)),
        Ok(turn) => {
            out.send(TurnEvent::Answering);
            let outcome = answer(chat, &ask, &turn, &out).await;
            if let Err(failure) = &outcome {
                leave_note(chat, &ask, &turn, failure).await;
            }
            // Free before the last event, or the next question could come too early.
            let freed =
                conversations::end_turn(&chat.db, &ask.owner, turn.conversation, &turn.name);
            if let Err(error) = freed.await {
                tracing::error!(%error, "a conversation stays locked until its lease ends");
            }
            (Some(turn.conversation), outcome)
        }
    };
    let label = outcome.as_ref().map_or_else(Failure::code, |()| "answered");
    counter!("chat_turns_total", "outcome" => label).increment(1);
    let answered = conversation.filter(|_| outcome.is_ok());
    let last = match (outcome, conversation) {
        (Err(failure), conversation) => TurnEvent::Failed {
            conversation,
            failure,
        },
        (Ok(()), Some(conversation)) => TurnEvent::Finished { conversation },
        (Ok(()), None) => return None,
    };
    out.send(last);
    answered
}

/// The loop: the model speaks, its tool calls are run, it reads the results, until it asks for none.
async fn answer(chat: &Shared, ask: &Ask, turn: &Turn, out: &Outbox) -> Result<(), Failure> {
    let stop = Stop::new(chat, out);
    let tools = select! {
        biased;
        cause = stop.cause() => return Err(cause.into()),
        tools = chat.tools.list() => tools.map_err(|_| Cause::Tools)?,
    };
    let recent = messages::recent(&chat.db, &ask.owner, turn.conversation, chat.max_history);
    let prompt = clock::prompt(Utc::now(), &ask.time_zone, ask.locale.as_deref());
    let mut input = history::to_model(prompt, &recent.await?, &turn.question);
    let mut tally = Tally::new(chat.limits);

    for _ in 0..chat.limits.steps {
        let asked = chat.model.ask(&input, &tools.specs);
        let (reserved, parts) = select! {
            biased;
            cause = stop.cause() => return Err(cause.into()),
            both = async { tokio::join!(messages::reserve(&chat.db), asked) } => both,
        };
        let mut said = Said {
            id: reserved?,
            text: String::new(),
        };
        let heard = listen(parts?, &mut said, &stop, turn, out).await;

        // What was said is kept, however the step ended.
        if !said.text.trim().is_empty() {
            let message = store_words(chat, ask, turn, &said).await?;
            out.send(TurnEvent::Said(message));
            input.push(model::ModelMessage::Assistant {
                text: Some(said.text.clone()),
                calls: vec![],
            });
        }

        let wanted = heard?;
        if wanted.is_empty() {
            return if said.text.trim().is_empty() {
                Err(ModelError::Silent.into())
            } else {
                Ok(())
            };
        }
        match calls::run(chat, ask, turn, &tools, wanted, &mut tally, &stop, out).await? {
            Ran::Round(round) => history::append_round(&mut input, &round),
            Ran::Asked => return Ok(()),
        }
    }
    Err(Cause::TooManySteps.into())
}

/// What the assistant says in one step.
struct Said {
    id: i64,
    text: String,
}

/// Forwards the model's words as they come, until it is done or there is a reason to stop.
async fn listen(
    mut parts: model::Parts,
    said: &mut Said,
    stop: &Stop<'_>,
    turn: &Turn,
    out: &Outbox,
) -> Result<Vec<ToolCall>, Failure> {
    let mut wanted = Vec::new();
    loop {
        let part = select! {
            biased;
            cause = stop.cause() => return Err(cause.into()),
            part = parts.next() => part,
        };
        match part.unwrap_or(Err(ModelError::Cut))? {
            Part::Done => return Ok(wanted),
            Part::ToolCalls(calls) => wanted = calls,
            Part::Usage { .. } | Part::Fallback { .. } => {}
            Part::Text(delta) => {
                if turn.first_words() {
                    histogram!("chat_first_token_seconds").record(turn.begun.elapsed());
                }
                said.text.push_str(&delta);
                out.send(TurnEvent::Text { id: said.id, delta });
            }
        }
    }
}

async fn store_words(
    chat: &Shared,
    ask: &Ask,
    turn: &Turn,
    said: &Said,
) -> Result<Message, Failure> {
    let row = messages::append_reserved(
        &chat.db,
        &ask.owner,
        turn.conversation,
        said.id,
        New::said(Role::Assistant, &said.text),
    );
    Ok(row.await?)
}

/// Tells the next turn's model that this one did not come to its end.
async fn leave_note(chat: &Shared, ask: &Ask, turn: &Turn, failure: &Failure) {
    let (failed, duration_ms) = (failure.code(), turn.begun.elapsed().as_millis());
    if failure.0 == Cause::Left {
        tracing::info!(failure = failed, duration_ms, "a person left a chat turn");
    } else if failure.0 == Cause::Model(ModelError::Unauthorized) {
        tracing::error!(
            failure = failed,
            duration_ms,
            "the model's provider refuses the key: nobody can chat until OPENAI_API_KEY is put right"
        );
    } else {
        tracing::warn!(
            failure = failed,
            duration_ms,
            "a chat turn did not come to its end"
        );
    }
    let note = failure.note();
    let row = messages::append(
        &chat.db,
        &ask.owner,
        turn.conversation,
        New::said(Role::System, &note),
    );
    match row.await {
        Ok(_) | Err(store::Error::NotFound) => {}
        Err(error) => tracing::error!(%error, "the note about an unfinished answer is not stored"),
    }
}
