//! One message of the assistant.

use serde_json::Value;

/// One message of the assistant: text, tool calls, or both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reply {
    /// What it says; may be empty when it calls tools.
    pub text: String,
    /// Tool names and their arguments; a `Value::String` is sent as it stands, so it may be broken.
    pub calls: Vec<Call>,
}

/// A tool's name and its arguments.
pub(crate) type Call = (String, Value);

impl Reply {
    /// Only text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            calls: Vec::new(),
        }
    }

    /// Only one tool call.
    #[must_use]
    pub fn call(name: impl Into<String>, arguments: Value) -> Self {
        Self::default().and_call(name, arguments)
    }

    /// The same with one more tool call.
    #[must_use]
    pub fn and_call(mut self, name: impl Into<String>, arguments: Value) -> Self {
        self.calls.push((name.into(), arguments));
        self
    }
}
