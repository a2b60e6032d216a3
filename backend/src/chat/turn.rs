//! A turn: from a question to its answer.

mod elicited;
mod history;
mod plan;
mod settle;
mod start;
mod state;
mod tool_runner;
mod transcript;
mod waiting;

use chrono::Utc;
use futures_util::StreamExt;
use metrics::{counter, histogram};
use model::{Finish, ModelError, ModelMessage, Part, Parts, StepOutput, Usage};
use store::{
    messages::{self, New, Role},
    turns::{self, Ending, State},
};
use tokio::select;

pub(super) use self::start::{Open, Start, open};
use self::{
    history::History,
    settle::settle,
    state::Turn,
    tool_runner::{Ran, ToolRunner},
    transcript::append_calls,
};
use super::{
    broadcast::Publisher, consent::Consent, context::Context, event::TurnEvent, failure::Failure,
    message::Message, prompt::prompt, request::TurnRequest,
};

/// How a turn comes to its end, when nothing goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Answered,
    /// The person is asked something; the answer begins another turn.
    Asked,
}

/// What the model has cost in a turn so far.
#[derive(Debug, Default)]
struct Cost {
    input: u64,
    output: u64,
    /// The model that answered in the place of the usual one.
    model: Option<String>,
    /// Whether a first word was heard.
    spoken: bool,
}

/// Answers, and tells what happens on the way. Whatever it tells is stored already, but for the
/// words of a message that is still being said. Says whether the question was answered.
pub(super) async fn run(
    chat: &Context,
    request: &TurnRequest,
    start: &Start,
    out: &Publisher,
) -> bool {
    let mut cost = Cost::default();
    let outcome = match start::begin(chat, request, start, out).await {
        Err(failure) => Err(failure),
        Ok((turn, history, question)) => {
            turn.tell(TurnEvent::Answering);
            let outcome = answer(&turn, history, &question, &mut cost).await;
            if let Err(failure) = &outcome {
                leave_note(&turn, failure).await;
            }
            outcome
        }
    };
    // Free before the last event, or the next question would have to wait for nothing.
    end(chat, request, start, &outcome, &cost, out).await;
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

/// The loop: the model speaks, its tool calls are run, it reads the results, until it asks for none.
async fn answer(
    turn: &Turn<'_>,
    mut history: History,
    question: &Message,
    cost: &mut Cost,
) -> Result<End, Failure> {
    let chat = turn.chat;
    let tools = select! {
        biased;
        failure = turn.ended() => return Err(failure),
        tools = chat.tools.list() => tools.map_err(|_| Failure::Tools)?,
    };
    let mut runner = ToolRunner::new(turn, &tools);
    elicited::resolve(&runner, &mut history, question).await?;
    history.cut(turn, question.id).await?;
    settle(turn, &mut history.rows).await?;
    let (time_zone, locale) = (&turn.request.time_zone, turn.request.locale.as_deref());
    let prompt = prompt(Utc::now(), time_zone, locale);
    runner.consent = Consent::read(&history.rows, question, &tools, &prompt);
    let mut input = history.to_model(prompt, time_zone);
    drop(history);

    for _ in 0..chat.limits.steps {
        let asked = waiting::ask(turn, &input, &tools.offered);
        let (reserved, parts) = select! {
            biased;
            failure = turn.ended() => return Err(failure),
            both = async { tokio::join!(messages::reserve(&chat.db), asked) } => both,
        };
        let id = reserved?;
        let mut output = StepOutput::default();
        let heard = listen(turn, id, parts?, &mut output, cost).await;
        let Usage {
            input: read,
            output: written,
        } = output.cost(&input);
        cost.input = cost.input.saturating_add(read);
        cost.output = cost.output.saturating_add(written);

        // What was said is kept, however the step ended.
        let silent = output.text.trim().is_empty();
        if !silent {
            store_answer(turn, id, &output.text).await?;
            input.push(ModelMessage::Assistant {
                text: Some(output.text),
                calls: vec![],
            });
        }

        heard?;
        if output.calls.is_empty() {
            if silent {
                return Err(ModelError::Silent.into());
            }
            if output.finish == Finish::Length {
                let row = turn.append_unfinished(&Failure::OutOfRoom).await?;
                turn.tell(TurnEvent::Stored(row));
            }
            return Ok(End::Answered);
        }
        match runner.run(output.calls).await? {
            Ran::Round(round) => append_calls(&mut input, round.calls()),
            Ran::Asked => return Ok(End::Asked),
        }
    }
    Err(Failure::TooManySteps)
}

/// Forwards the model's words as they come, until it is done or there is a reason to stop.
async fn listen(
    turn: &Turn<'_>,
    id: i64,
    mut parts: Parts,
    output: &mut StepOutput,
    cost: &mut Cost,
) -> Result<(), Failure> {
    while !output.done {
        let part = select! {
            biased;
            failure = turn.ended() => return Err(failure),
            part = parts.next() => part,
        };
        let part = part.unwrap_or(Err(ModelError::Cut))?;
        match &part {
            Part::Text(delta) => {
                if !std::mem::replace(&mut cost.spoken, true) {
                    histogram!("chat_first_token_seconds").record(turn.begun.elapsed());
                }
                let delta = delta.clone();
                turn.tell(TurnEvent::Text { id, delta });
            }
            Part::Fallback { model } => {
                cost.model = Some(model.clone());
                turn.tell(TurnEvent::Notice {
                    level: "info",
                    title: None,
                    message: "The usual language model is away; another one answers.".to_owned(),
                });
            }
            _ => {}
        }
        output.push(part);
    }
    Ok(())
}

async fn store_answer(turn: &Turn<'_>, id: i64, text: &str) -> Result<(), Failure> {
    let new = New::said(Role::Assistant, text)
        .by(turn.runner)
        .reserved(id);
    let (db, owner) = (&turn.chat.db, &turn.request.owner);
    let row = messages::append(db, owner, turn.conversation, new).await?;
    turn.tell(TurnEvent::Said(row.into()));
    Ok(())
}

/// Tells people and the next turn's model that this one did not come to its end.
async fn leave_note(turn: &Turn<'_>, failure: &Failure) {
    let (code, duration_ms) = (failure.code(), turn.begun.elapsed().as_millis());
    match failure {
        Failure::Left => {
            tracing::info!(failure = code, duration_ms, "a person left a chat turn");
        }
        _ if failure.needs_operator() => {
            tracing::error!(failure = code, duration_ms, "{}", failure.for_operator());
        }
        _ => tracing::warn!(failure = code, duration_ms, "{}", failure.for_operator()),
    }
    match turn.append_unfinished(failure).await {
        Ok(_) | Err(store::Error::NotFound) => {}
        Err(error) => tracing::error!(%error, "that an answer is unfinished is not stored"),
    }
}

async fn end(
    chat: &Context,
    request: &TurnRequest,
    start: &Start,
    outcome: &Result<End, Failure>,
    cost: &Cost,
    out: &Publisher,
) {
    let (state, label) = match outcome {
        Ok(End::Answered) => (State::Finished, "answered"),
        Ok(End::Asked) => (State::Waiting, "asked"),
        Err(failure @ Failure::Left) => (State::Left, failure.code()),
        Err(failure) => (State::Failed, failure.code()),
    };
    counter!("chat_turns_total", "outcome" => label).increment(1);
    counter!("chat_tokens_total", "direction" => "input").increment(cost.input);
    counter!("chat_tokens_total", "direction" => "output").increment(cost.output);
    let tokens = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let ending = Ending {
        state,
        outcome: label,
        model: cost.model.as_ref().unwrap_or(&chat.model_name),
        input_tokens: tokens(cost.input),
        output_tokens: tokens(cost.output),
    };
    match turns::end(&chat.db, &request.owner, &start.runner, ending).await {
        Ok(Some(full)) => out.send(TurnEvent::Named(full)),
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%error, "a conversation stays taken until its lease ends");
        }
    }
}
