//! Runs the tool calls of one step, one after the other.

use std::collections::HashMap;

use metrics::counter;
use serde_json::{Map, Value, json};
use store::messages::{self, New};

use super::{Stop, Turn};
use crate::chat::{
    Ask, Failure, Limits, Shared,
    event::{Outbox, TurnEvent},
    failure::Cause,
    model::ToolCall,
    round::{Call, CallStatus, Round},
    tools::{Answer, Invocation, ToolList, ToolsError, call_key},
};

/// What a turn has called so far.
pub(super) struct Tally {
    limits: Limits,
    calls: usize,
    seen: HashMap<(String, String), Seen>,
}

#[derive(Default)]
struct Seen {
    times: usize,
    writes: bool,
}

impl Tally {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            calls: 0,
            seen: HashMap::new(),
        }
    }

    /// Counts a call, or says why it must not be made.
    fn count(&mut self, call: &Call) -> Option<Cause> {
        self.calls += 1;
        let seen = self
            .seen
            .entry((call.tool.clone(), call.args.to_string()))
            .or_default();
        seen.times += 1;
        seen.writes = call.writes;
        if seen.times >= self.limits.repeats {
            Some(Cause::Repeating)
        } else if self.calls > self.limits.calls {
            Some(Cause::TooManyCalls)
        } else {
            None
        }
    }

    /// After a change it makes sense to look again.
    fn changed(&mut self) {
        self.seen.retain(|_, seen| seen.writes);
    }
}

/// How the calls of one step came to their end.
#[expect(dead_code, reason = "nothing is asked of the person yet")]
pub(super) enum Ran {
    /// The model reads the results.
    Round(Round),
    /// The person is asked first: the turn ends here, and another one goes on.
    Asked,
}

/// Runs what the model wants. The round is stored before anything is applied and again after every
/// call; a call that was begun is finished and recorded, whoever has left in the meantime.
#[expect(
    clippy::too_many_arguments,
    reason = "the loop's own state, spelled out at its one call"
)]
pub(super) async fn run(
    chat: &Shared,
    ask: &Ask,
    turn: &Turn,
    tools: &ToolList,
    wanted: Vec<ToolCall>,
    tally: &mut Tally,
    stop: &Stop<'_>,
    out: &Outbox,
) -> Result<Ran, Failure> {
    let mut round = store_new(chat, ask, turn, tools, wanted).await?;
    let mut ended: Option<Cause> = None;
    for index in 0..round.calls.len() {
        let Some(call) = round.calls.get(index).cloned() else {
            break;
        };
        let reason = match ended.take() {
            Some(cause) => Some(cause),
            None => stop.now().await.or_else(|| tally.count(&call)),
        };
        if let Some(cause) = reason {
            note(&mut round, index, CallStatus::Skipped, not_made(&cause));
            ended = Some(cause);
            continue;
        }
        out.send(TurnEvent::CallStarted {
            round: round.clone(),
            index,
        });
        let (status, result) = match apply(chat, ask, tools, &round, &call).await {
            Ok(Answer {
                failed: false,
                result,
            }) => (CallStatus::Done, result),
            Ok(Answer {
                failed: true,
                result,
            }) => (CallStatus::Failed, result),
            Err(error) => {
                ended = Some(Cause::Tools);
                unanswered(error)
            }
        };
        let tool = if tools.knows(&call.tool) {
            call.tool.clone()
        } else {
            "unknown".to_owned()
        };
        counter!("chat_tool_calls_total", "tool" => tool, "outcome" => word(status)).increment(1);
        note(&mut round, index, status, result);
        if call.writes && status == CallStatus::Done {
            tally.changed();
        }
        // The next call counts as begun from here on, in case its end is never stored.
        if ended.is_none()
            && let Some(next) = round.calls.get_mut(index + 1)
        {
            next.status = CallStatus::Running;
        }
        save(chat, ask, &round).await?;
        out.send(TurnEvent::CallEnded {
            round: round.clone(),
            index,
        });
    }
    if ended.is_some() {
        save(chat, ask, &round).await?;
    }
    out.send(TurnEvent::RoundEnded(round.clone()));
    ended.map_or(Ok(Ran::Round(round)), |cause| Err(cause.into()))
}

/// Stores the round with its first call begun.
async fn store_new(
    chat: &Shared,
    ask: &Ask,
    turn: &Turn,
    tools: &ToolList,
    wanted: Vec<ToolCall>,
) -> Result<Round, Failure> {
    let mut calls: Vec<Call> = wanted
        .into_iter()
        .map(|wanted| waiting(tools, wanted))
        .collect();
    if let Some(first) = calls.first_mut() {
        first.status = CallStatus::Running;
    }
    let json = serde_json::to_value(&calls).unwrap_or_default();
    let row = messages::append(
        &chat.db,
        &ask.owner,
        turn.conversation,
        New::round(&json).by(&turn.runner),
    );
    let row = row.await?;
    Ok(Round {
        id: row.id,
        conversation_id: row.conversation_id,
        created_at: row.created_at,
        calls,
    })
}

fn waiting(tools: &ToolList, wanted: ToolCall) -> Call {
    let text = wanted.arguments.trim();
    let args = if text.is_empty() {
        Ok(json!({}))
    } else {
        serde_json::from_str(text)
    };
    Call {
        id: wanted.id,
        writes: tools.writes(&wanted.name),
        tool: wanted.name,
        // What is not an object is kept as text: the model is told, and nothing is called.
        args: args.unwrap_or(Value::String(wanted.arguments)),
        status: CallStatus::Waiting,
        result: Value::Null,
        extra: wanted.extra,
    }
}

async fn apply(
    chat: &Shared,
    ask: &Ask,
    tools: &ToolList,
    round: &Round,
    call: &Call,
) -> Result<Answer, ToolsError> {
    let Some(args) = arguments(call) else {
        return Ok(refused(
            "The arguments are not a JSON object. Nothing was changed.",
        ));
    };
    if !tools.knows(&call.tool) {
        return Ok(refused("There is no such tool. Nothing was changed."));
    }
    let request = Invocation {
        user: &ask.owner,
        request_id: &ask.request_id,
        tool: &call.tool,
        args,
        key: call_key(round.id, &call.id),
    };
    chat.tools.call(tools, &request).await
}

fn arguments(call: &Call) -> Option<Map<String, Value>> {
    call.args.as_object().cloned()
}

fn refused(message: &str) -> Answer {
    Answer {
        failed: true,
        result: Value::String(message.to_owned()),
    }
}

fn unanswered(error: ToolsError) -> (CallStatus, Value) {
    let (status, text) = match error {
        ToolsError::Unreachable => (
            CallStatus::Failed,
            "The tasks could not be reached. Nothing was changed.",
        ),
        ToolsError::Lost => (
            CallStatus::Unknown,
            "The answer was lost: it is not known whether this was applied. \
             Look before doing it again.",
        ),
    };
    (status, Value::String(text.to_owned()))
}

fn not_made(cause: &Cause) -> Value {
    let why = match cause {
        Cause::Repeating => "the same call was made too often",
        Cause::TooManyCalls => "too many calls for one turn",
        Cause::Tools => "the tasks could not be reached",
        _ => "the turn had ended",
    };
    Value::String(format!("This call was not made: {why}."))
}

fn note(round: &mut Round, index: usize, status: CallStatus, result: Value) {
    if let Some(call) = round.calls.get_mut(index) {
        call.status = status;
        call.result = result;
    }
}

async fn save(chat: &Shared, ask: &Ask, round: &Round) -> Result<(), Failure> {
    let json = round.to_json();
    Ok(
        messages::set_tool_calls(&chat.db, &ask.owner, round.id, &json)
            .await
            .map(drop)?,
    )
}

fn word(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Done => "done",
        CallStatus::Failed => "failed",
        CallStatus::Unknown => "unknown",
        CallStatus::Asked => "asked",
        CallStatus::Waiting | CallStatus::Running | CallStatus::Skipped => "skipped",
    }
}
