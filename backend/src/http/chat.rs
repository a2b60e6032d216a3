//! `/chat`: a whole turn as one answer.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use service::{json::Json, problem::Problem};
use store::messages::Role;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::Caller,
    conversations::ToolUse,
    error::{ApiError, ProblemBody},
};
use crate::{
    chat::{
        Chat, Message, Question, Subscription, TurnEvent, UserInput,
        elicitation::{Elicitation, Status},
        parse_message,
    },
    state::AppState,
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
/// it, with the `tool_calls` that were made, and the conversation can be gone on with. With an `Idempotency-Key` the same request again is the same turn: it
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
    caller: Caller,
    State(chat): State<Chat>,
    Json(request): Json<ChatRequest>,
) -> Result<Json<ChatResponse>, ApiError> {
    let input = UserInput::from(parse_message(&request.message)?);
    let question = match request.conversation_id {
        Some(conversation) => Question::Continue {
            conversation,
            input,
        },
        None => Question::Begin(input),
    };
    let turn = chat.answer(caller.asks(question, caller.key()?)).await?;
    Ok(Json(collect(turn).await?))
}

async fn collect(mut turn: Subscription) -> Result<ChatResponse, ApiError> {
    let mut said: Vec<String> = Vec::new();
    let mut tool_calls = Vec::new();
    while let Some(event) = turn.recv().await {
        match event {
            TurnEvent::Said(message) => said.push(message.content),
            // Also of a turn that is told again.
            TurnEvent::Stored(row) => {
                tool_calls.extend(row.calls().iter().map(ToolUse::from));
                said.extend(words_of(row));
            }
            TurnEvent::Kept(round) | TurnEvent::RoundEnded(round) => {
                tool_calls.extend(round.calls().iter().map(ToolUse::from));
            }
            TurnEvent::Finished { conversation } => {
                return Ok(ChatResponse {
                    conversation_id: conversation,
                    response: said.join("\n\n"),
                    tool_calls,
                });
            }
            TurnEvent::Failed {
                conversation,
                failure,
            } => return Err(ApiError::of_turn(&failure, conversation, &tool_calls)),
            _ => {}
        }
    }
    // The turn's task ended without a word: it panicked, and the panic is in the log.
    Err(Problem::internal().into())
}

/// What a stored row says to the person: words, a list of tasks, a question that waits for an answer.
fn words_of(message: Message) -> Option<String> {
    let waits = |elicitation: &Elicitation| elicitation.status == Status::Pending;
    let says = match message.role {
        Role::Assistant | Role::Widget | Role::Unfinished => true,
        Role::Input => message.elicitation().is_some_and(waits),
        Role::User | Role::Tool | Role::System => false,
    };
    says.then_some(message.content)
}
