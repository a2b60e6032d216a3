//! The conversations a person had with the assistant.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::json::{Json, Query};
use store::{
    Db,
    conversations::{self, Order, PAGE_MAX},
    messages::Role,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Id, Owner},
    chatkit,
    error::{ApiError, ProblemBody},
};
use crate::{
    chat::{self, Call, CallStatus, Chat},
    state::AppState,
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_conversations))
        .routes(routes!(list_messages))
        .routes(routes!(delete_conversation))
        .routes(routes!(running_turn))
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
struct Conversation {
    id: i64,
    title: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// Something that was said or done in a conversation.
#[derive(Debug, Serialize, ToSchema)]
struct Message {
    id: i64,
    /// `user` or `assistant`.
    role: &'static str,
    /// What was said; empty where tools were used.
    content: String,
    /// The tools that were used.
    tool_calls: Vec<ToolUse>,
    /// Where the answer before it did not come to its end: why, in a word. `content` says it in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    unfinished: Option<&'static str>,
    created_at: DateTime<Utc>,
}

/// A use of a tool.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ToolUse {
    /// The tool's name.
    tool: String,
    /// What it was given.
    #[schema(value_type = Object)]
    args: Value,
    /// What it answered; a text when it failed.
    result: Value,
}

impl From<&Call> for ToolUse {
    fn from(call: &Call) -> Self {
        let result = match (call.status, &call.result) {
            // A turn that is still running, or a process that died.
            (CallStatus::Running, Value::Null) => "The outcome is not known.".into(),
            (CallStatus::Waiting, Value::Null) => "This call was not made.".into(),
            (_, result) => result.clone(),
        };
        Self {
            tool: call.tool.clone(),
            args: call.args.clone(),
            result,
        }
    }
}

impl From<chat::Message> for Message {
    fn from(message: chat::Message) -> Self {
        Self {
            id: message.id,
            role: if message.role == Role::User {
                "user"
            } else {
                "assistant"
            },
            tool_calls: message.calls().iter().map(ToolUse::from).collect(),
            unfinished: message.failure().map(|failure| failure.code()),
            content: message.content,
            created_at: message.created_at,
        }
    }
}

/// The path of one conversation.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it describes what `Owner` and `Id` read")]
struct ConversationPath {
    /// The caller's id, or `me`
    user_id: String,
    /// The conversation's id
    id: i64,
}

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Part {
    /// At most so many, 1 to 200; 200 when it is left out.
    limit: Option<i64>,
    /// Those after this id, in the order of the list.
    after: Option<i64>,
}

/// The caller's conversations, newest first.
#[utoipa::path(
    get,
    path = "/api/{user_id}/conversations",
    tag = "chat",
    params(("user_id" = String, Path, description = "The caller's id, or `me`"), Part),
    responses((status = 200, description = "The conversations", body = [Conversation]))
)]
async fn list_conversations(
    owner: Owner,
    State(db): State<Db>,
    Query(part): Query<Part>,
) -> Result<Json<Vec<Conversation>>, ApiError> {
    let limit = part.limit.unwrap_or(PAGE_MAX);
    let page = conversations::list(&db, owner.id(), Order::Desc, part.after, limit).await?;
    let conversations = page.data.into_iter().map(|found| Conversation {
        id: found.id,
        title: found.title,
        created_at: found.created_at,
        updated_at: found.updated_at,
    });
    Ok(Json(conversations.collect()))
}

/// What was said and done in a conversation, oldest first.
#[utoipa::path(
    get,
    path = "/api/{user_id}/conversations/{id}/messages",
    tag = "chat",
    params(ConversationPath, Part),
    responses(
        (status = 200, description = "The messages", body = [Message]),
        (status = 404, description = "No such conversation", body = ProblemBody)
    )
)]
async fn list_messages(
    owner: Owner,
    Id(id): Id,
    State(db): State<Db>,
    Query(part): Query<Part>,
) -> Result<Json<Vec<Message>>, ApiError> {
    conversations::get(&db, owner.id(), id)
        .await?
        .ok_or(store::Error::NotFound)?;
    let limit = part.limit.unwrap_or(PAGE_MAX);
    let page = chat::read(&db, owner.id(), id, Order::Asc, part.after, limit).await?;
    Ok(Json(page.data.into_iter().map(Message::from).collect()))
}

/// Deletes a conversation with everything said in it. Tasks stay as they are.
#[utoipa::path(
    delete,
    path = "/api/{user_id}/conversations/{id}",
    tag = "chat",
    params(ConversationPath),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such conversation", body = ProblemBody)
    )
)]
async fn delete_conversation(
    owner: Owner,
    Id(id): Id,
    State(db): State<Db>,
) -> Result<StatusCode, ApiError> {
    conversations::delete(&db, owner.id(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The turn that runs in a conversation: what was said so far in it, then what follows, as a stream of the ChatKit
/// protocol. Leaving it stops nothing.
#[utoipa::path(
    get,
    path = "/api/{user_id}/conversations/{id}/turn",
    tag = "chat",
    params(ConversationPath),
    responses(
        (status = 200, description = "A stream of events", content_type = "text/event-stream", body = String),
        (status = 204, description = "No turn runs"),
        (status = 404, description = "No such conversation", body = ProblemBody)
    )
)]
async fn running_turn(
    owner: Owner,
    Id(id): Id,
    State(chat): State<Chat>,
) -> Result<Response, ApiError> {
    Ok(match chat.watch(owner.id(), id).await? {
        Some(turn) => chatkit::show(turn, Some(id)).await,
        None => StatusCode::NO_CONTENT.into_response(),
    })
}
