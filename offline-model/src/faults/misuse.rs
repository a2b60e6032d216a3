//! The faults that show as wrong tool calls rather than as a broken wire.

use serde_json::{Value, json};

use super::Fault;
use crate::Reply;
use crate::history::Turn;

/// The first step of a turn is a mistake on purpose: answering the step after it, the rules must
/// not take it for work that was done.
pub(crate) fn forget_mistake(turn: &mut Turn, faults: &[Fault]) -> bool {
    let mistaken = faults
        .iter()
        .any(|fault| matches!(fault, Fault::BadArguments | Fault::UnknownTool));
    if mistaken && !turn.steps.is_empty() {
        turn.steps.remove(0);
        return false;
    }
    mistaken
}

/// What a misbehaving model says instead of `reply`; `step` counts the steps of the turn so far.
pub(crate) fn mislead(reply: Reply, faults: &[Fault], step: usize, mistake_due: bool) -> Reply {
    let mut reply = reply;
    for fault in faults {
        match fault {
            Fault::Endless => {
                reply = Reply::call("list_tasks", json!({ "status": "pending" }));
            }
            Fault::EndlessVaried => {
                reply = Reply::call("list_tasks", json!({ "status": "pending", "again": step }));
            }
            Fault::BadArguments if mistake_due => {
                for (_, arguments) in &mut reply.calls {
                    *arguments = Value::String(broken(arguments));
                }
            }
            Fault::UnknownTool if mistake_due => {
                reply = Reply::call("launch_rocket", json!({ "to": "the moon" }));
            }
            _ => {}
        }
    }
    reply
}

fn broken(arguments: &Value) -> String {
    let text = arguments.to_string();
    let without_end: String = text
        .chars()
        .take(text.chars().count().saturating_sub(2))
        .collect();
    if without_end.is_empty() {
        "{\"".to_owned()
    } else {
        without_end
    }
}
