//! Runs the tool calls of one step, one after the other.

use metrics::counter;
use model::ToolCall;
use serde_json::{Map, Value, json};
use store::{messages::Role, tasks, tools::ChangeTool};

use super::{
    plan::{self, Verdict},
    state::Turn,
};
use crate::chat::{
    built_in_tools::{self, ASK_PERSON, SHOW_TASKS},
    calls::{Call, CallStatus},
    consent::Consent,
    elicitation::Elicitation,
    event::TurnEvent,
    failure::Failure,
    limits::CallLimits,
    message::{Message, Payload},
    task_list::TaskList,
    tools::{Invocation, ToolAnswer, ToolList, ToolsError, call_key},
};

/// How the calls of one step came to their end.
pub(super) enum Ran {
    /// The model reads the results.
    Round(Message),
    /// The person is asked first: the turn ends here, and another one goes on.
    Asked,
}

/// Runs the tool calls of a turn.
pub(super) struct ToolRunner<'a> {
    pub turn: &'a Turn<'a>,
    pub tools: &'a ToolList,
    /// What the person's own words designate.
    pub consent: Consent,
    limits: CallLimits,
}

/// What became of a call that was made.
pub(super) struct Made {
    pub status: CallStatus,
    pub result: Value,
    /// Why the turn cannot go on.
    pub ended: Option<Failure>,
}

impl<'a> ToolRunner<'a> {
    pub fn new(turn: &'a Turn<'a>, tools: &'a ToolList) -> Self {
        Self {
            turn,
            tools,
            consent: Consent::default(),
            limits: CallLimits::new(turn.chat.limits),
        }
    }

    /// Runs what the model wants. The round is stored before anything is applied and again after every call; a call that
    /// was begun is finished and recorded, whoever has left in the meantime.
    pub async fn run(&mut self, wanted: Vec<ToolCall>) -> Result<Ran, Failure> {
        let turn = self.turn;
        let calls: Vec<Call> = wanted.into_iter().map(|call| self.waiting(call)).collect();
        let verdicts = plan::verdicts(turn, self.tools, &self.consent, &calls).await?;
        let mut round = self.begin(calls, verdicts.first()).await?;
        let mut ended: Option<Failure> = None;
        for (index, verdict) in verdicts.iter().enumerate() {
            let Some(call) = round.calls().get(index).cloned() else {
                break;
            };
            let reason = match ended.take() {
                Some(failure) => Some(failure),
                None => turn.must_end().await.or_else(|| self.limits.count(&call)),
            };
            if let Some(failure) = reason {
                round.set_call(index, CallStatus::Skipped, not_made(&failure));
                ended = Some(failure);
                continue;
            }
            match verdict {
                Verdict::Confirm(shall, title) => {
                    let result = json!({ "shall": shall, "title": title });
                    round.set_call(index, CallStatus::Asked, result);
                }
                Verdict::Question(..) => round.set_call(index, CallStatus::Asked, Value::Null),
                Verdict::Make => {}
            }
            turn.tell(TurnEvent::CallStarted {
                round: round.clone(),
                index,
            });
            if *verdict == Verdict::Make {
                let made = self.make(round.id, &call).await;
                ended = made.ended;
                round.set_call(index, made.status, made.result);
                if call.writes && made.status == CallStatus::Done {
                    self.limits.changed();
                }
                if let Some(call) = round.calls().get(index) {
                    self.consent.made(call, self.tools);
                }
            }
            // The next call counts as begun from here on, in case its end is never stored.
            if ended.is_none() && verdicts.get(index + 1) == Some(&Verdict::Make) {
                round.set_call(index + 1, CallStatus::Running, Value::Null);
            }
            turn.save(&round).await?;
            turn.tell(TurnEvent::CallEnded {
                round: round.clone(),
                index,
            });
        }
        let elicitation = match &ended {
            None => elicitation(&mut round, &verdicts),
            Some(failure) => {
                round.withdraw_calls(&not_made(failure));
                None
            }
        };
        if elicitation.is_some() || ended.is_some() {
            turn.save(&round).await?;
        }
        turn.tell(TurnEvent::RoundEnded(round.clone()));
        if let Some(failure) = ended {
            return Err(failure);
        }
        let Some(elicitation) = elicitation else {
            return Ok(Ran::Round(round));
        };
        let text = elicitation.text();
        let payload = Payload::Elicitation(elicitation);
        let row = turn.append(Role::Input, &text, &payload).await?;
        turn.tell(TurnEvent::Stored(row));
        Ok(Ran::Asked)
    }

    /// Stores a round. Its first call counts as begun when it is made at once.
    async fn begin(
        &self,
        mut calls: Vec<Call>,
        first: Option<&Verdict>,
    ) -> Result<Message, Failure> {
        if first == Some(&Verdict::Make)
            && let Some(first) = calls.first_mut()
        {
            first.status = CallStatus::Running;
        }
        let payload = Payload::Calls(calls);
        Ok(self.turn.append(Role::Tool, "", &payload).await?)
    }

    /// Makes a call, and tells what became of it.
    pub async fn make(&self, round: i64, call: &Call) -> Made {
        let (status, result, ended) = match self.apply(round, call).await {
            Ok(ToolAnswer { failed, result }) => {
                let status = if failed {
                    CallStatus::Failed
                } else {
                    CallStatus::Done
                };
                (status, result, None)
            }
            Err(error) => {
                let (status, text) = unanswered(error);
                (status, text.into(), Some(Failure::Tools))
            }
        };
        let known = self.tools.knows(&call.tool) || built_in_tools::is_built_in(&call.tool);
        let tool = if known { call.tool.as_str() } else { "unknown" }.to_owned();
        let outcome = match status {
            CallStatus::Done => "done",
            CallStatus::Unknown => "unknown",
            _ => "failed",
        };
        counter!("chat_tool_calls_total", "tool" => tool, "outcome" => outcome).increment(1);
        Made {
            status,
            result,
            ended,
        }
    }

    async fn apply(&self, round: i64, call: &Call) -> Result<ToolAnswer, ToolsError> {
        let Some(args) = call.args.as_object() else {
            let why = "The arguments are not a JSON object. Nothing was changed.";
            return Ok(ToolAnswer::refused(why));
        };
        match call.tool.as_str() {
            SHOW_TASKS => {
                let shown = self.show(args).await;
                return Ok(shown.unwrap_or_else(|why| ToolAnswer::refused(&why)));
            }
            ASK_PERSON => {
                let why = built_in_tools::question_to_ask(args).err();
                let why = why.as_deref().unwrap_or("Ask one question at a time.");
                return Ok(ToolAnswer::refused(why));
            }
            tool if !self.tools.knows(tool) => {
                let why = "There is no such tool. Nothing was changed.";
                return Ok(ToolAnswer::refused(why));
            }
            _ => {}
        }
        let mut args = args.clone();
        if ChangeTool::named(&call.tool) == Some(ChangeTool::Undo)
            && args.get("undo_id").is_none_or(Value::is_null)
            && let Some(last) = self.consent.last_change()
        {
            args.insert("undo_id".to_owned(), last.into());
        }
        let request = Invocation {
            user: &self.turn.request.owner,
            request_id: &self.turn.request.request_id,
            tool: &call.tool,
            args,
            key: call_key(round, &call.id),
            turn: self.turn.runner.turn,
        };
        self.turn.chat.tools.call(self.tools, &request).await
    }

    /// Shows tasks to the person as a list with buttons, made from the person's own rows. The model hears which tasks it
    /// shows, or why it shows none.
    async fn show(&self, args: &Map<String, Value>) -> Result<ToolAnswer, String> {
        let (ids, title) = built_in_tools::list_to_show(args)?;
        let failed = |error: store::Error| {
            tracing::error!(%error, "a list of tasks cannot be shown");
            "The tasks could not be read. Nothing was shown.".to_owned()
        };
        let (db, owner) = (&self.turn.chat.db, &self.turn.request.owner);
        let found = tasks::by_ids(db, owner, &ids).await.map_err(failed)?;
        if found.is_empty() {
            return Err("None of these tasks exists. Nothing was shown.".to_owned());
        }
        let missing = |id: &i64| found.iter().all(|task| task.id != *id);
        let missing: Vec<i64> = ids.into_iter().filter(missing).collect();
        // What is not there is not shown as gone.
        let ids = found.iter().map(|task| task.id).collect();
        let list = TaskList::new(ids, title, &found);
        let (text, payload) = (list.text(&found), Payload::TaskList(list));
        let row = self.turn.append(Role::Widget, &text, &payload).await;
        self.turn.tell(TurnEvent::Stored(row.map_err(failed)?));
        let shown = found
            .iter()
            .map(|task| json!({ "id": task.id, "title": task.title }));
        Ok(ToolAnswer {
            failed: false,
            result: json!({ "shown": shown.collect::<Vec<_>>(), "not_found": missing }),
        })
    }

    fn waiting(&self, wanted: ToolCall) -> Call {
        let text = wanted.arguments.trim();
        let args = if text.is_empty() {
            Ok(json!({}))
        } else {
            serde_json::from_str(text)
        };
        Call {
            id: wanted.id,
            writes: !built_in_tools::is_built_in(&wanted.name) && self.tools.writes(&wanted.name),
            tool: wanted.name,
            // What is not an object is kept as text: the model is told, and nothing is called.
            args: args.unwrap_or(Value::String(wanted.arguments)),
            status: CallStatus::Waiting,
            result: Value::Null,
            extra: wanted.extra,
        }
    }
}

/// The question that the round's calls wait for. One at a time: a question of the model's goes before one of ours, whose
/// calls are dropped then.
fn elicitation(round: &mut Message, verdicts: &[Verdict]) -> Option<Elicitation> {
    let id = round.id;
    let calls = round.calls_mut();
    for (index, verdict) in verdicts.iter().enumerate() {
        if let Verdict::Question(question, options) = verdict {
            let asks = calls.get(index)?.id.clone();
            for other in calls {
                if other.status == CallStatus::Asked && other.id != asks {
                    let why = "The person is asked something else first. Nothing was changed.";
                    other.set(CallStatus::Skipped, why);
                }
            }
            let (question, options) = (question.clone(), options.clone());
            return Some(Elicitation::question(id, asks, question, options));
        }
    }
    let waits = calls.iter().zip(verdicts);
    let (calls, shall): (Vec<String>, Vec<&str>) = waits
        .filter_map(|(call, verdict)| match verdict {
            Verdict::Confirm(shall, _) => Some((call.id.clone(), shall.as_str())),
            _ => None,
        })
        .unzip();
    let question = plan::confirmation(&shall);
    (!calls.is_empty()).then(|| Elicitation::confirmation(id, calls, question))
}

fn unanswered(error: ToolsError) -> (CallStatus, &'static str) {
    match error {
        ToolsError::Unreachable => (
            CallStatus::Failed,
            "The tasks could not be reached. Nothing was changed.",
        ),
        ToolsError::Lost => (
            CallStatus::Unknown,
            "The answer was lost: it is not known whether this was applied. \
             Look before doing it again.",
        ),
    }
}

fn not_made(failure: &Failure) -> String {
    let why = match failure {
        Failure::Repeating => "the same call was made too often",
        Failure::TooManyCalls => "too many calls for one turn",
        Failure::Tools => "the tasks could not be reached",
        _ => "the turn had ended",
    };
    format!("This call was not made: {why}.")
}
