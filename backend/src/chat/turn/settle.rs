//! Finds out what became of calls whose answer was lost, before the model hears of them.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use store::{
    messages::{self, Message},
    task::Task,
    tasks,
};

use crate::chat::{
    Call, CallStatus, Failure, Round, Shared,
    event::{Outbox, TurnEvent},
    tools::{KEYED, call_key},
};

/// The store knows a key for 24 hours; an older call stays unknown.
const KNOWN_FOR: TimeDelta = TimeDelta::hours(23);

/// Settles every call of these rows that nobody works on and whose outcome is not known, and stores what was found.
pub(in crate::chat) async fn settle(
    chat: &Shared,
    owner: &str,
    rows: &mut [Message],
    out: &Outbox,
) -> Result<(), Failure> {
    for row in rows {
        let Some(mut round) = Round::read(row) else {
            continue;
        };
        if Utc::now() - round.created_at > KNOWN_FOR {
            continue;
        }
        let before = round.calls.clone();
        let id = round.id;
        for call in &mut round.calls {
            settle_call(chat, owner, id, call).await?;
        }
        if round.calls != before {
            *row = messages::set_tool_calls(&chat.db, owner, row.id, &round.to_json()).await?;
            out.send(TurnEvent::Replaced(row.clone()));
        }
    }
    Ok(())
}

async fn settle_call(
    chat: &Shared,
    owner: &str,
    round: i64,
    call: &mut Call,
) -> Result<(), Failure> {
    let (status, result) = match call.status {
        CallStatus::Waiting => (CallStatus::Skipped, "This call was not made.".into()),
        CallStatus::Running | CallStatus::Unknown if !call.writes => {
            (CallStatus::Failed, "The answer was lost.".into())
        }
        CallStatus::Running | CallStatus::Unknown if KEYED.contains(&call.tool.as_str()) => {
            // The MCP server's keys carry its own mark in the store.
            let key = format!("mcp:{}", call_key(round, &call.id));
            match tasks::outcome(&chat.db, owner, &key).await? {
                Some(task) => (CallStatus::Done, answer(&call.tool, &task)),
                None => (
                    CallStatus::Failed,
                    "This was not applied. Nothing was changed.".into(),
                ),
            }
        }
        _ => return Ok(()),
    };
    call.status = status;
    call.result = result;
    Ok(())
}

/// What the tool would have answered.
fn answer(tool: &str, task: &Task) -> Value {
    let deed = match tool {
        "add_task" => "created",
        "complete_task" => "completed",
        "delete_task" => "deleted",
        _ => "updated",
    };
    json!({ "task_id": task.id, "status": deed, "title": task.title })
}
