//! `/chat`: a whole turn as one answer.

use axum::extract::State;
use http::{Extensions, HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::{json::Json, middleware::request_id, problem::Problem};
use store::messages::{Message, Role};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiError, Owner, conversations::ToolUse, error::ProblemBody, idempotency};
use crate::{
    AppState,
    chat::{
        Ask, Asking, Chat, Failure, FailureKind, Inbox, Question, Refusal, Round, TurnEvent, Words,
        asking::Status, locale, parse_message, time_zone,
    },
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(chat))
}

/// A message, and where it belongs.
#[derive(Debug, Deserialize, ToSchema)]
struct ChatRequest {
    /// The conversation to go on with; without it a new one begins.
    #[serde(default)]
    conversation_id: Option<i64>,
    /// 1 to 10,000 characters after trimming.
    #[schema(min_length = 1, max_length = 10_000)]
    message: String,
}

/// What was said and done.
#[derive(Debug, Serialize, ToSchema)]
struct ChatResponse {
    /// The conversation, to go on with.
    conversation_id: i64,
    /// What the assistant says, in Markdown.
    response: String,
    /// The tools it used, in order.
    tool_calls: Vec<ToolUse>,
}

/// Says something to the assistant and waits for its answer. One message at a time in a conversation: a second one
/// waits for the answer to the first. A problem that comes after the message was stored has the `conversation_id` in
/// it, and the conversation can be gone on with. With an `Idempotency-Key` the same request again is the same turn: it
/// is listened to while it runs, told again when it is over, and taken up when it did not come to its end; no tool call
/// is made twice.
#[utoipa::path(
    post,
    path = "/api/{user_id}/chat",
    tag = "chat",
    params(
        ("user_id" = String, Path, description = "The caller's id, or `me`"),
        ("X-Timezone" = Option<String>, Header, description = "The caller's time zone, such as `Europe/Berlin`"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters: the same again is the same turn")
    ),
    request_body = ChatRequest,
    responses(
        (status = 200, description = "The answer", body = ChatResponse),
        (status = 404, description = "No such conversation", body = ProblemBody),
        (status = 409, description = "Nothing may be said in the conversation, or its last message is still being answered", body = ProblemBody),
        (status = 422, description = "A rule is broken, or the key came with another request", body = ProblemBody),
        (status = 429, description = "The caller has asked for too much; `Retry-After` says when to go on", body = ProblemBody),
        (status = 502, description = "The model failed", body = ProblemBody),
        (status = 503, description = "The model or the tools cannot be reached", body = ProblemBody),
        (status = 504, description = "The model was too slow", body = ProblemBody)
    )
)]
async fn chat(
    owner: Owner,
    State(chat): State<Chat>,
    headers: HeaderMap,
    extensions: Extensions,
    Json(request): Json<ChatRequest>,
) -> Result<Json<ChatResponse>, ApiError> {
    let words = Words::from(parse_message(&request.message)?);
    let what = match request.conversation_id {
        Some(conversation) => Question::Continue {
            conversation,
            words,
        },
        None => Question::Begin(words),
    };
    let owner = owner.id().to_owned();
    let time_zone = requested_time_zone(&headers);
    let ask = Ask {
        owner,
        what,
        time_zone,
        locale: requested_locale(&headers),
        request_id: request_id(&extensions).to_owned(),
        key: idempotency::key(&headers)?.map(str::to_owned),
    };
    let inbox = chat.answer(ask).await.map_err(refused)?;
    Ok(Json(collect(inbox).await?))
}

/// The caller's time zone, as far as the request tells.
pub(super) fn requested_time_zone(headers: &HeaderMap) -> String {
    time_zone(
        headers
            .get("x-timezone")
            .and_then(|zone| zone.to_str().ok()),
    )
}

/// The caller's locale, as far as the request tells.
pub(super) fn requested_locale(headers: &HeaderMap) -> Option<String> {
    locale(
        headers
            .get("accept-language")
            .and_then(|languages| languages.to_str().ok()),
    )
}

async fn collect(mut inbox: Inbox) -> Result<ChatResponse, Problem> {
    let mut said: Vec<String> = Vec::new();
    let mut tool_calls = Vec::new();
    while let Some(event) = inbox.recv().await {
        match event {
            TurnEvent::Said(message) => said.push(message.content),
            // Also of a turn that is told again.
            TurnEvent::Stored(row) => {
                let round = Round::read(&row);
                let calls = round.iter().flat_map(|round| &round.calls);
                tool_calls.extend(calls.map(ToolUse::from));
                said.extend(words_of(row));
            }
            TurnEvent::Kept(round) | TurnEvent::RoundEnded(round) => {
                tool_calls.extend(round.calls.iter().map(ToolUse::from));
            }
            TurnEvent::Finished { conversation } => {
                let response = said.join("\n\n");
                return Ok(ChatResponse {
                    conversation_id: conversation,
                    response,
                    tool_calls,
                });
            }
            TurnEvent::Failed {
                conversation,
                failure,
            } => {
                return Err(problem(&failure, conversation));
            }
            _ => {}
        }
    }
    // The turn's task ended without a word: it panicked, and the panic is in the log.
    Err(Problem::internal())
}

/// Why a turn is not begun, as a problem.
pub(super) fn refused(refusal: Refusal) -> Problem {
    let said = refusal.to_string();
    let conflict = |code, why: String| Problem::new(StatusCode::CONFLICT, code, why);
    match refusal {
        Refusal::Limited {
            retry_after,
            message,
        } => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "limited", message).retry_after(retry_after)
        }
        Refusal::Locked(why) => conflict("conversation_locked", why),
        Refusal::Closed(why) => conflict("conversation_closed", why),
        Refusal::KeyReused => Problem::invalid(&said).field("Idempotency-Key", said, "reused"),
        Refusal::NotFound => Problem::new(StatusCode::NOT_FOUND, "conversation_not_found", said),
        Refusal::Storage => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "storage_unavailable", said)
                .retry_after(5)
        }
    }
}

/// What a stored row says to the person: words, a list of tasks, a question that waits for an answer.
fn words_of(message: Message) -> Option<String> {
    let waits = || Asking::read(&message).is_some_and(|asking| asking.status == Status::Pending);
    let says = match message.role {
        Role::Assistant | Role::Widget => true,
        Role::Input => waits(),
        Role::User | Role::Tool | Role::System => false,
    };
    says.then_some(message.content)
}

fn problem(failure: &Failure, conversation: Option<i64>) -> Problem {
    let status = match failure.kind() {
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Conflict => StatusCode::CONFLICT,
        FailureKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        FailureKind::Upstream => StatusCode::BAD_GATEWAY,
        FailureKind::Slow => StatusCode::GATEWAY_TIMEOUT,
        FailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut problem = Problem::new(status, failure.code(), failure.message());
    if matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT
    ) {
        problem = problem.retry_after(failure.retry_after());
    }
    match conversation {
        Some(id) => problem.member("conversation_id", Value::from(id)),
        None => problem,
    }
}
