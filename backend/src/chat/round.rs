//! A tool round: the calls one step of the model asked for, and what became of each.
//!
//! It is a row of its own, written before the first call is applied and again after every call, so
//! that whatever happens in between, the row never claims less than was done.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::messages::{Message, Role};

/// The calls of one step, in order. Its id is its message's.
#[derive(Debug, Clone)]
pub struct Round {
    /// Id of the message row.
    pub id: i64,
    /// The conversation it belongs to.
    pub conversation_id: i64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Never empty.
    pub calls: Vec<Call>,
}

/// One tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The model's name for it, unique in its round.
    #[serde(default)]
    pub id: String,
    /// Name of the tool.
    #[serde(default)]
    pub tool: String,
    /// Its arguments, an object.
    #[serde(default)]
    pub args: Value,
    /// What became of it.
    #[serde(default)]
    pub status: CallStatus,
    /// What the tool answered, or why there is no answer. `null` until then.
    #[serde(default)]
    pub result: Value,
    /// Whether the tool can change anything.
    #[serde(default)]
    pub writes: bool,
    /// What the model's provider wants back with the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
}

/// What became of a tool call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Not begun.
    Waiting,
    /// Begun; when nobody works on the turn any more, it is not known whether it was applied.
    Running,
    /// Applied.
    #[default]
    Done,
    /// Refused by the tool; nothing changed.
    Failed,
    /// Sent, but the answer was lost: it may have been applied.
    Unknown,
    /// Never sent.
    Skipped,
    /// Not sent before the person says so.
    Asked,
}

impl Round {
    /// Reads the round a message holds. Messages of other kinds hold none.
    #[must_use]
    pub fn read(message: &Message) -> Option<Self> {
        if message.role != Role::Tool {
            return None;
        }
        let calls: Vec<Call> = serde_json::from_value(message.tool_calls.clone()?).ok()?;
        (!calls.is_empty()).then_some(Self {
            id: message.id,
            conversation_id: message.conversation_id,
            created_at: message.created_at,
            calls,
        })
    }

    /// Whether the round changed something or may have.
    #[must_use]
    pub fn changed_something(&self) -> bool {
        self.calls.iter().any(Call::may_have_changed)
    }

    /// Whether a call is being made, as far as the row knows.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.calls
            .iter()
            .any(|call| call.status == CallStatus::Running)
    }

    /// Writes down what became of a call.
    pub(crate) fn set(&mut self, index: usize, status: CallStatus, result: Value) {
        if let Some(call) = self.calls.get_mut(index) {
            call.status = status;
            call.result = result;
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(&self.calls).unwrap_or_default()
    }
}

impl Call {
    /// Whether the call changed something or may have.
    #[must_use]
    pub fn may_have_changed(&self) -> bool {
        self.writes
            && matches!(
                self.status,
                CallStatus::Done | CallStatus::Running | CallStatus::Unknown
            )
    }

    /// The task the call was about, when its answer names one.
    #[must_use]
    pub fn task_id(&self) -> Option<i64> {
        self.result
            .get("task_id")
            .or_else(|| self.result.get("id"))
            .and_then(Value::as_i64)
    }

    /// What the model reads as the call's result.
    pub(crate) fn for_model(&self) -> String {
        match self.status {
            CallStatus::Waiting | CallStatus::Skipped if self.result.is_null() => {
                "This call was not made.".to_owned()
            }
            CallStatus::Asked => {
                "The person is asked about this call. It was not made yet.".to_owned()
            }
            CallStatus::Running => "It is not known whether this call was applied: the answer was \
                                    lost. Look before making it again."
                .to_owned(),
            _ => match &self.result {
                Value::String(text) => text.clone(),
                result => result.to_string(),
            },
        }
    }
}
