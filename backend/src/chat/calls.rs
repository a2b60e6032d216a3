//! Tool calls: what a step of the model asked for, and what became of each.
//!
//! The calls of a step are one row of the conversation. It is written before the first of them is applied and again after
//! each, so that the row never claims less than was done, whatever happens in between.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The model's id for it, unique in its step.
    #[serde(default)]
    pub id: String,
    /// Name of the tool.
    #[serde(default)]
    pub tool: String,
    /// Its arguments, an object; a text where the model wrote something else.
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

impl Call {
    /// Writes down what became of it.
    pub(crate) fn set(&mut self, status: CallStatus, result: impl Into<Value>) {
        self.status = status;
        self.result = result.into();
    }

    /// Whether the call changed something or may have.
    #[must_use]
    pub fn may_have_changed(&self) -> bool {
        use CallStatus::{Done, Running, Unknown};
        self.writes && matches!(self.status, Done | Running | Unknown)
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
