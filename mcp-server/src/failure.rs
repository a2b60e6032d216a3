//! What a model is told when a tool cannot do what it was asked.

use std::{borrow::Cow, error::Error as _};

use rmcp::{
    ErrorData,
    handler::server::tool::IntoCallToolResult,
    model::{CallToolResponse, CallToolResult, ContentBlock},
};
use serde::{Deserialize, Serialize};
use store::{Error, Invalid};

const FIND_THE_ID: &str = "Call list_tasks to see the user's tasks and their ids.";

/// A failed call, as a result the model can act on.
///
/// It is sent as text and never as structured content: clients check structured content against the tool's output
/// schema even when it is an error, and then throw the message away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// A stable word for programs.
    pub(crate) code: Cow<'static, str>,
    /// What is wrong, in a sentence.
    pub(crate) message: Cow<'static, str>,
    /// What to do next, in a sentence.
    pub(crate) hint: Cow<'static, str>,
}

impl Failure {
    fn new(
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code: Cow::Borrowed(code),
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// The arguments break a rule.
    pub(crate) fn invalid(
        message: impl Into<Cow<'static, str>>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new("invalid", message, hint)
    }

    /// The caller has no such task; whether somebody else has it is not told.
    pub(crate) fn no_task(id: i64) -> Self {
        Self::new(
            "not_found",
            format!("There is no task with id {id}."),
            FIND_THE_ID,
        )
    }

    /// The caller made no such change, or none that stands.
    pub(crate) fn nothing_to_undo() -> Self {
        Self::new(
            "not_found",
            "There is no such change to undo.",
            "Changes can be undone for 30 days. Do not claim that anything was changed.",
        )
    }

    /// The code of a result that is a failure.
    pub(crate) fn code_in(result: &CallToolResult) -> Option<Cow<'static, str>> {
        if result.is_error != Some(true) {
            return None;
        }
        let text = result.content.first().and_then(ContentBlock::as_text);
        let failure = text.and_then(|text| serde_json::from_str::<Self>(&text.text).ok());
        Some(failure.map_or(Cow::Borrowed("error"), |failure| failure.code))
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        let hint = format!("Correct `{}` and call the tool again.", invalid.field);
        Self::invalid(invalid.message, hint)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::NotFound => Self::new("not_found", "There is no such task.", FIND_THE_ID),
            Error::AccountDeleted => Self::new(
                "unauthorized",
                "The account is deleted.",
                "Nothing can be done for it any more. Do not claim that anything was changed.",
            ),
            Error::KeyReused => Self::new(
                "conflict",
                "This call was already made with other arguments.",
                "Make it as a new call.",
            ),
            Error::NothingRestored(_) => Self::new(
                "conflict",
                error.to_string(),
                "Tell the user which task was in the way. Do not claim that anything was undone.",
            ),
            Error::Busy | Error::Unavailable(_) => {
                tracing::warn!(error = %error, cause = ?error.source(), "the database did not answer");
                Self::new(
                    "unavailable",
                    "The task list is temporarily unavailable.",
                    "Tell the user to try again in a moment. Do not claim that anything was changed.",
                )
            }
            Error::Url(_) | Error::Database(_) => {
                tracing::error!(error = %error, cause = ?error.source(), "a tool call failed");
                Self::new(
                    "internal",
                    "Something went wrong on the server.",
                    "Tell the user that it did not work. Calling again is unlikely to help.",
                )
            }
        }
    }
}

impl IntoCallToolResult for Failure {
    fn into_call_tool_result(self) -> Result<CallToolResponse, ErrorData> {
        let text = serde_json::to_string(&self)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        Ok(CallToolResult::error(vec![ContentBlock::text(text)]).into())
    }
}
