//! Where a failed operation becomes an answer: the one place that maps causes to statuses.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use service::problem::Problem;
use utoipa::ToSchema;

use super::conversations::ToolUse;
use crate::chat::{Failure, Refusal};

/// An error answer of this API.
#[derive(Debug)]
pub struct ApiError(Problem);

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<store::Invalid> for ApiError {
    fn from(invalid: store::Invalid) -> Self {
        Self::invalid([invalid])
    }
}

impl ApiError {
    /// 422 that names every field that breaks a rule.
    pub fn invalid(fields: impl IntoIterator<Item = store::Invalid>) -> Self {
        let fields: Vec<_> = fields.into_iter().collect();
        let sentences: Vec<_> = fields.iter().map(|field| field.message.as_str()).collect();
        let problem = Problem::invalid(sentences.join(" "));
        Self(fields.into_iter().fold(problem, |problem, field| {
            problem.field(field.field, field.message, field.code)
        }))
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        match error {
            E::NotFound => Self(Problem::not_found("There is no such task or conversation.")),
            E::Invalid(invalid) => invalid.into(),
            E::KeyReused => Self(
                Problem::invalid("This idempotency key was used for another request.").field(
                    "Idempotency-Key",
                    "The key was used for another request in the last 24 hours.",
                    "reused",
                ),
            ),
            E::NothingRestored(_) => Self(Problem::new(
                StatusCode::CONFLICT,
                "nothing_restored",
                error.to_string(),
            )),
            E::AccountDeleted => Self(Problem::unauthorized()),
            E::Busy => {
                tracing::warn!("every database connection is in use");
                Self(Problem::unavailable(
                    "The service is busy. Try again in a moment.",
                    2,
                ))
            }
            E::Unavailable(cause) => {
                tracing::warn!(cause = cause.map(|c| c.to_string()), "the database is away");
                Self(Problem::unavailable(
                    "The database cannot be reached. Try again in a moment.",
                    2,
                ))
            }
            E::Url(_) | E::Database(_) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "a query failed");
                Self(Problem::internal())
            }
        }
    }
}

/// Why a turn is not begun.
impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let said = refusal.to_string();
        let problem = |code| Problem::new(refusal.status(), code, said.as_str());
        Self(match refusal {
            Refusal::Limited { retry_after } => problem("limited").retry_after(retry_after),
            Refusal::Locked(_) => problem("conversation_locked"),
            Refusal::Closed(_) => problem("conversation_closed"),
            Refusal::KeyReused => problem("invalid").field("Idempotency-Key", &said, "reused"),
            Refusal::NotFound => problem("conversation_not_found"),
            Refusal::AccountDeleted => Problem::unauthorized(),
            Refusal::Storage => problem("storage_unavailable").retry_after(5),
        })
    }
}

impl ApiError {
    /// Why a turn that was begun came to no good end.
    pub(super) fn of_turn(
        failure: &Failure,
        conversation: Option<i64>,
        tool_calls: &[ToolUse],
    ) -> Self {
        let status = failure.status();
        let mut problem = Problem::new(status, failure.code(), failure.to_string());
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT
        ) {
            problem = problem.retry_after(failure.retry_after());
        }
        if let Some(id) = conversation {
            problem = problem.member("conversation_id", Value::from(id));
        }
        if !tool_calls.is_empty() {
            problem = problem.member("tool_calls", json!(tool_calls));
        }
        Self(problem)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// Every error answer (RFC 9457), as `application/problem+json`.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "it describes what the service crate writes")]
pub struct ProblemBody {
    /// Always `about:blank`: the status tells the kind, `code` the case.
    r#type: String,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// A sentence for people.
    detail: String,
    /// A stable word for programs.
    code: String,
    /// Names this request in the logs.
    request_id: Option<String>,
    /// For 422: what is wrong with which field.
    errors: Option<Vec<FieldProblem>>,
    /// Of a turn of the chat: the conversation, to go on with.
    conversation_id: Option<i64>,
    /// Of a turn of the chat: the tools it used before it failed.
    tool_calls: Option<Vec<ToolUse>>,
}

/// What is wrong with one field.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what the service crate writes")]
pub struct FieldProblem {
    /// The field.
    field: String,
    /// A sentence for people.
    message: String,
    /// A stable word for programs.
    code: String,
}
