//! Runs the tool calls of one step, one after the other.

mod show;

use metrics::counter;
use model::ToolCall;
use serde_json::{Map, Value, json};
use store::messages::{self, New, Role};

use super::{
    Stop, Turn,
    plan::{self, Verdict},
    tally::Tally,
};
use crate::chat::{
    Ask, Asking, Failure, Shared,
    event::{Outbox, TurnEvent},
    failure::Cause,
    own_tools::{self, ASK_PERSON, SHOW_TASKS},
    round::{Call, CallStatus, Round},
    tools::{Answer, Invocation, ToolList, ToolsError, call_key},
};

/// How the calls of one step came to their end.
pub(super) enum Ran {
    /// The model reads the results.
    Round(Round),
    /// The person is asked first: the turn ends here, and another one goes on.
    Asked,
}

/// What every call of a turn is made with.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a> {
    pub chat: &'a Shared,
    pub ask: &'a Ask,
    pub turn: &'a Turn,
    pub tools: &'a ToolList,
    pub out: &'a Outbox,
}

/// Runs what the model wants. The round is stored before anything is applied and again after every
/// call; a call that was begun is finished and recorded, whoever has left in the meantime.
pub(super) async fn run(
    maker: &Maker<'_>,
    wanted: Vec<ToolCall>,
    tally: &mut Tally,
    stop: &Stop<'_>,
) -> Result<Ran, Failure> {
    let (chat, ask, out) = (maker.chat, maker.ask, maker.out);
    let calls: Vec<Call> = wanted
        .into_iter()
        .map(|wanted| waiting(maker.tools, wanted))
        .collect();
    let verdicts = plan::plan(chat, &ask.owner, maker.tools, &calls, tally).await?;
    let mut round = maker.store_new(calls, verdicts.first()).await?;
    let mut ended: Option<Cause> = None;
    for (index, verdict) in verdicts.iter().enumerate() {
        let Some(call) = round.calls.get(index).cloned() else {
            break;
        };
        let reason = match ended.take() {
            Some(cause) => Some(cause),
            None => stop.now().await.or_else(|| tally.count(&call)),
        };
        if let Some(cause) = reason {
            round.set(index, CallStatus::Skipped, not_made(&cause));
            ended = Some(cause);
            continue;
        }
        match verdict {
            Verdict::Confirm(deed, title) => {
                let result = json!({ "shall": deed, "title": title });
                round.set(index, CallStatus::Asked, result);
            }
            Verdict::Question(..) => round.set(index, CallStatus::Asked, Value::Null),
            Verdict::Make => {}
        }
        out.send(TurnEvent::CallStarted {
            round: round.clone(),
            index,
        });
        let mut status = CallStatus::Asked;
        if *verdict == Verdict::Make {
            let made = maker.make(&round, &call).await;
            (status, ended) = (made.status, made.ended);
            round.set(index, status, made.result);
        }
        if call.writes && status == CallStatus::Done {
            tally.changed();
            tally.deleted += usize::from(maker.tools.destroys(&call.tool));
        }
        // The next call counts as begun from here on, in case its end is never stored.
        let next = verdicts.get(index + 1);
        if ended.is_none()
            && next == Some(&Verdict::Make)
            && let Some(next) = round.calls.get_mut(index + 1)
        {
            next.status = CallStatus::Running;
        }
        maker.save(&round).await?;
        out.send(TurnEvent::CallEnded {
            round: round.clone(),
            index,
        });
    }
    let asking = match &ended {
        None => asking(&mut round, &verdicts),
        Some(cause) => {
            withdraw(&mut round, &not_made(cause));
            maker.save(&round).await?;
            None
        }
    };
    if asking.is_some() {
        maker.save(&round).await?;
    }
    out.send(TurnEvent::RoundEnded(round.clone()));
    if let Some(cause) = ended {
        return Err(cause.into());
    }
    let Some(asking) = asking else {
        return Ok(Ran::Round(round));
    };
    let (text, payload) = (asking.text(), asking.payload());
    let row = New::said(Role::Input, &text)
        .with_payload(Some(&payload))
        .by(&maker.turn.runner);
    let row = messages::append(&chat.db, &ask.owner, maker.turn.conversation, row).await?;
    out.send(TurnEvent::Stored(row));
    Ok(Ran::Asked)
}

/// The question that the round's calls wait for. One at a time: a question of the model's goes before one of ours, whose
/// calls are dropped then.
fn asking(round: &mut Round, verdicts: &[Verdict]) -> Option<Asking> {
    for (call, verdict) in round.calls.iter().zip(verdicts) {
        if let Verdict::Question(question, options) = verdict {
            let (id, call) = (round.id, call.id.clone());
            for other in &mut round.calls {
                if other.status == CallStatus::Asked && other.id != call {
                    other.status = CallStatus::Skipped;
                    other.result =
                        "The person is asked something else first. Nothing was changed.".into();
                }
            }
            return Some(Asking::question(
                id,
                call,
                question.clone(),
                options.clone(),
            ));
        }
    }
    let waits = round.calls.iter().zip(verdicts);
    let (calls, deeds): (Vec<String>, Vec<&str>) = waits
        .filter_map(|(call, verdict)| match verdict {
            Verdict::Confirm(deed, _) => Some((call.id.clone(), deed.as_str())),
            _ => None,
        })
        .unzip();
    let question = plan::confirmation(&deeds);
    (!calls.is_empty()).then(|| Asking::confirmation(round.id, calls, question))
}

/// Calls that wait for the person are not made any more.
pub(super) fn withdraw(round: &mut Round, why: &Value) {
    for call in &mut round.calls {
        if call.status == CallStatus::Asked {
            call.status = CallStatus::Skipped;
            call.result = why.clone();
        }
    }
}

/// What became of a call that was made.
pub(super) struct Made {
    pub status: CallStatus,
    pub result: Value,
    /// Why the turn cannot go on.
    pub ended: Option<Cause>,
}

impl Maker<'_> {
    /// Stores a round. Its first call counts as begun when it is made at once.
    async fn store_new(
        &self,
        mut calls: Vec<Call>,
        first: Option<&Verdict>,
    ) -> Result<Round, Failure> {
        if first == Some(&Verdict::Make)
            && let Some(first) = calls.first_mut()
        {
            first.status = CallStatus::Running;
        }
        let json = serde_json::to_value(&calls).unwrap_or_default();
        let new = New::round(&json).by(&self.turn.runner);
        let row = messages::append(&self.chat.db, &self.ask.owner, self.turn.conversation, new);
        let row = row.await?;
        Ok(Round {
            id: row.id,
            conversation_id: row.conversation_id,
            created_at: row.created_at,
            calls,
        })
    }

    pub async fn save(&self, round: &Round) -> Result<messages::Message, Failure> {
        let json = round.to_json();
        Ok(messages::set_tool_calls(&self.chat.db, &self.ask.owner, round.id, &json).await?)
    }

    /// Makes a call, and tells what became of it.
    pub async fn make(&self, round: &Round, call: &Call) -> Made {
        let (status, result, ended) = match self.apply(round, call).await {
            Ok(Answer { failed, result }) => {
                let status = if failed {
                    CallStatus::Failed
                } else {
                    CallStatus::Done
                };
                (status, result, None)
            }
            Err(error) => {
                let (status, result) = unanswered(error);
                (status, result, Some(Cause::Tools))
            }
        };
        let known = self.tools.knows(&call.tool) || own_tools::is_own(&call.tool);
        let tool = if known {
            call.tool.clone()
        } else {
            "unknown".to_owned()
        };
        counter!("chat_tool_calls_total", "tool" => tool, "outcome" => word(status)).increment(1);
        Made {
            status,
            result,
            ended,
        }
    }

    async fn apply(&self, round: &Round, call: &Call) -> Result<Answer, ToolsError> {
        let Some(args) = arguments(call) else {
            return Ok(refused(
                "The arguments are not a JSON object. Nothing was changed.",
            ));
        };
        match call.tool.as_str() {
            SHOW_TASKS => return Ok(self.show(&args).await),
            ASK_PERSON => {
                let why = own_tools::question_to_ask(&args).err();
                return Ok(refused(
                    why.as_deref().unwrap_or("Ask one question at a time."),
                ));
            }
            tool if !self.tools.knows(tool) => {
                return Ok(refused("There is no such tool. Nothing was changed."));
            }
            _ => {}
        }
        let request = Invocation {
            user: &self.ask.owner,
            request_id: &self.ask.request_id,
            tool: &call.tool,
            args,
            key: call_key(round.id, &call.id),
        };
        self.chat.tools.call(self.tools, &request).await
    }
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
        writes: !own_tools::is_own(&wanted.name) && tools.writes(&wanted.name),
        tool: wanted.name,
        // What is not an object is kept as text: the model is told, and nothing is called.
        args: args.unwrap_or(Value::String(wanted.arguments)),
        status: CallStatus::Waiting,
        result: Value::Null,
        extra: wanted.extra,
    }
}

fn arguments(call: &Call) -> Option<Map<String, Value>> {
    call.args.as_object().cloned()
}

pub(super) fn refused(message: &str) -> Answer {
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

fn word(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Done => "done",
        CallStatus::Failed => "failed",
        CallStatus::Unknown => "unknown",
        CallStatus::Asked => "asked",
        CallStatus::Waiting | CallStatus::Running | CallStatus::Skipped => "skipped",
    }
}
