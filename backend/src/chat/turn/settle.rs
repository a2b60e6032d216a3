//! Finds out what became of calls whose answer was lost, before the model hears of them.

use chrono::{TimeDelta, Utc};
use serde_json::Value;
use store::{
    tasks,
    tools::{ChangeTool, stored_key},
};

use super::state::Turn;
use crate::chat::{
    calls::{Call, CallStatus},
    failure::Failure,
    message::Message,
    tools::call_key,
};

/// The store knows a key for 24 hours; an older call stays unknown.
const KNOWN_FOR: TimeDelta = TimeDelta::hours(23);

/// Settles every call of these rows that nobody works on and whose outcome is not known, and stores what was found.
pub(super) async fn settle(turn: &Turn<'_>, rows: &mut [Message]) -> Result<(), Failure> {
    for row in rows {
        if Utc::now() - row.created_at > KNOWN_FOR {
            continue;
        }
        let (id, before) = (row.id, row.calls().to_vec());
        for call in row.calls_mut() {
            settle_call(turn, id, call).await?;
        }
        if row.calls() != before {
            turn.replace(row).await?;
        }
    }
    Ok(())
}

async fn settle_call(turn: &Turn<'_>, round: i64, call: &mut Call) -> Result<(), Failure> {
    let (status, result): (_, Value) = match (call.status, ChangeTool::named(&call.tool)) {
        (CallStatus::Waiting, _) => (CallStatus::Skipped, "This call was not made.".into()),
        (CallStatus::Running | CallStatus::Unknown, _) if !call.writes => {
            (CallStatus::Failed, "The answer was lost.".into())
        }
        (CallStatus::Running | CallStatus::Unknown, Some(tool)) => {
            let key = stored_key(&call_key(round, &call.id));
            match tasks::outcome(&turn.chat.db, &turn.request.owner, &key, tool).await? {
                Some(answer) => (CallStatus::Done, answer),
                None => (
                    CallStatus::Failed,
                    "This was not applied. Nothing was changed.".into(),
                ),
            }
        }
        _ => return Ok(()),
    };
    call.set(status, result);
    Ok(())
}
