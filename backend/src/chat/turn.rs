//! A turn: from a question to its answer.

mod begin;
mod calls;
mod cost;
mod heartbeat;
mod input;
mod open;
mod plan;
mod resume;
mod settle;
mod stop;
mod tally;
mod warrant;

use chrono::Utc;
use futures_util::StreamExt;
use metrics::{counter, histogram};
use model::{ModelError, Part, ToolCall};
use store::{
    messages::{self, Message, New, Role},
    turns::{self, Ending, State},
};
use tokio::select;

pub(super) use self::input::only_answers;
use self::{
    begin::Turn,
    calls::{Maker, Ran},
    cost::{Cost, Sum},
    stop::Stop,
    tally::Tally,
    warrant::Warrant,
};
pub(super) use self::{
    open::{Open, Start, open, shut},
    settle::settle,
};
use super::{
    Ask, Failure, Shared, clock,
    event::{Outbox, TurnEvent},
    failure::Cause,
    history,
};

/// How a turn comes to its end, when nothing goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Answered,
    /// The person is asked something; the answer begins another turn.
    Asked,
}

/// Answers, and tells what happens on the way. Whatever it tells is stored already, but for the
/// words of a message that is still being said. Says whether the question was answered.
pub(super) async fn run(chat: &Shared, ask: &Ask, start: &Start, out: &Outbox) -> bool {
    let (outcome, cost) = match begin::begin(chat, ask, start, out).await {
        Err(failure) => (Err(failure), Sum::default()),
        Ok(turn) => {
            out.send(TurnEvent::Answering);
            let outcome = answer(chat, ask, &turn, out).await;
            if let Err(failure) = &outcome {
                leave_note(chat, ask, &turn, failure).await;
            }
            (outcome, turn.cost.so_far())
        }
    };
    // Free before the last event, or the next question would have to wait for nothing.
    end(chat, ask, start, &outcome, cost, out).await;
    let conversation = start.conversation.id;
    let answered = matches!(outcome, Ok(End::Answered));
    out.send(match outcome {
        Ok(_) => TurnEvent::Finished { conversation },
        Err(failure) => TurnEvent::Failed {
            conversation: Some(conversation),
            failure,
        },
    });
    answered
}

async fn end(
    chat: &Shared,
    ask: &Ask,
    start: &Start,
    outcome: &Result<End, Failure>,
    cost: Sum,
    out: &Outbox,
) {
    let (state, label) = match outcome {
        Ok(End::Answered) => (State::Finished, "answered"),
        Ok(End::Asked) => (State::Waiting, "asked"),
        Err(failure) if failure.0 == Cause::Left => (State::Left, failure.code()),
        Err(failure) => (State::Failed, failure.code()),
    };
    counter!("chat_turns_total", "outcome" => label).increment(1);
    counter!("chat_tokens_total", "direction" => "input").increment(cost.input);
    counter!("chat_tokens_total", "direction" => "output").increment(cost.output);
    let tokens = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let model = cost.model.as_ref().unwrap_or(&chat.model_name);
    let ending = Ending {
        state,
        outcome: label,
        model,
        input_tokens: tokens(cost.input),
        output_tokens: tokens(cost.output),
    };
    match turns::end(&chat.db, &ask.owner, &start.runner, ending).await {
        Ok(Some(full)) => out.send(TurnEvent::Named(full)),
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%error, "a conversation stays taken until its lease ends");
        }
    }
}

/// The loop: the model speaks, its tool calls are run, it reads the results, until it asks for none.
async fn answer(chat: &Shared, ask: &Ask, turn: &Turn, out: &Outbox) -> Result<End, Failure> {
    let stop = Stop::new(chat, turn, out);
    let tools = select! {
        biased;
        cause = stop.cause() => return Err(cause.into()),
        tools = chat.tools.list() => tools.map_err(|_| Cause::Tools)?,
    };
    let maker = Maker {
        chat,
        ask,
        turn,
        tools: &tools,
        out,
    };
    let mut tally = Tally::new(chat.limits);
    input::resolve(&maker, &mut tally, &stop).await?;
    let mut past = history::read(chat, &ask.owner, &turn.question).await?;
    settle(chat, &ask.owner, &mut past.messages, out).await?;
    tally.warrant = Warrant::read(&past.messages, &turn.question);
    let prompt = clock::prompt(Utc::now(), &ask.time_zone, ask.locale.as_deref());
    let mut input = history::to_model(prompt, &past);

    for _ in 0..chat.limits.steps {
        let asked = chat.model.ask(&input, &tools.offered);
        let (reserved, parts) = select! {
            biased;
            cause = stop.cause() => return Err(cause.into()),
            both = async { tokio::join!(messages::reserve(&chat.db), asked) } => both,
        };
        let mut said = Said::under(reserved?);
        let heard = listen(parts?, &mut said, &stop, turn, out).await;
        said.count(&turn.cost, &input, heard.as_deref().unwrap_or_default());

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
                Ok(End::Answered)
            };
        }
        match calls::run(&maker, wanted, &mut tally, &stop).await? {
            Ran::Round(round) => history::append_round(&mut input, &round),
            Ran::Asked => return Ok(End::Asked),
        }
    }
    Err(Cause::TooManySteps.into())
}

/// What the assistant says in one step.
struct Said {
    id: i64,
    text: String,
    /// What the provider counted.
    usage: Option<(u64, u64)>,
}

impl Said {
    fn under(id: i64) -> Self {
        Self {
            id,
            text: String::new(),
            usage: None,
        }
    }

    fn count(&self, cost: &Cost, read: &[model::ModelMessage], wanted: &[ToolCall]) {
        match self.usage {
            Some((input, output)) => cost.add(input, output),
            None => cost.estimate(read, &self.text, wanted),
        }
    }
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
            Part::Usage(usage) => said.usage = Some((usage.input, usage.output)),
            Part::Fallback { model } => {
                turn.cost.answered_by(model);
                out.send(TurnEvent::Notice {
                    level: "info",
                    title: None,
                    message: "The usual language model is away; another one answers.".to_owned(),
                });
            }
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
        New::said(Role::Assistant, &said.text).by(&turn.runner),
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
        New::said(Role::System, &note).by(&turn.runner),
    );
    match row.await {
        Ok(_) | Err(store::Error::NotFound) => {}
        Err(error) => tracing::error!(%error, "the note about an unfinished answer is not stored"),
    }
}
