//! A person's conversations as a file to keep, and their deletion all at once.
//!
//! The file is written while it is read, page by page: it takes as little memory for ten years of
//! conversations as for one.

mod json;
mod markdown;

use axum::{
    BoxError,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use futures_util::stream;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::json::Query;
use store::{
    Db,
    conversations::{self, Conversation, Order, Page},
    export,
    messages::Role,
};
use tokio::sync::mpsc::{self, Sender};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::Owner,
    error::{ApiError, ProblemBody},
};
use crate::{
    chat::{Call, Message, elicitation::Elicitation},
    state::AppState,
};

/// How many conversations, and how many messages, are read at once.
const PAGE: i64 = 100;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(export_conversations))
        .routes(routes!(delete_conversations))
}

/// What is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// `json`, which programs read, or `markdown`, which people read.
    #[serde(default)]
    #[param(inline)]
    format: Format,
    /// The one conversation that is wanted; all of them without it.
    conversation: Option<i64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Markdown,
}

/// Everything that was said and done in the caller's conversations, oldest first, as a file. Notes between the
/// application and the model are not in it.
#[utoipa::path(
    get,
    path = "/api/{user_id}/conversations/export",
    tag = "chat",
    params(("user_id" = String, Path, description = "The caller's id, or `me`"), Wanted),
    responses(
        (status = 200, description = "The file", content(
            (Exported = "application/json"),
            (String = "text/markdown")
        )),
        (status = 404, description = "No such conversation", body = ProblemBody),
        (status = 422, description = "A format that there is not", body = ProblemBody)
    )
)]
async fn export_conversations(
    owner: Owner,
    State(db): State<Db>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let now = Utc::now();
    let (name, content_type) = match wanted.format {
        Format::Json => ("json", "application/json"),
        Format::Markdown => ("md", "text/markdown; charset=utf-8"),
    };
    let name = match wanted.conversation {
        Some(id) => format!("conversation-{id}.{name}"),
        None => format!("conversations-{}.{name}", now.format("%Y-%m-%d")),
    };
    let mut writer = Writer {
        db,
        owner: owner.id().to_owned(),
        format: wanted.format,
    };
    // What is wrong at the beginning is an answer of its own, and not a file that breaks off.
    let first = writer.first(wanted.conversation).await?;
    let (out, pieces) = mpsc::channel(1);
    tokio::spawn(async move {
        if let Err(error) = writer.write(first, now, &out).await {
            // A client that has left does not hear of it.
            drop(out.send(Err(error)).await);
        }
    });
    let pieces = stream::unfold(pieces, |mut pieces| async move {
        let piece: Piece = pieces.recv().await?;
        Some((piece, pieces))
    });
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// Deletes all of the caller's conversations with everything said in them. Tasks stay as they are. An answer that is
/// being given ends.
#[utoipa::path(
    delete,
    path = "/api/{user_id}/conversations",
    tag = "chat",
    params(("user_id" = String, Path, description = "The caller's id, or `me`")),
    responses((status = 204, description = "Deleted, if there were any"))
)]
async fn delete_conversations(owner: Owner, State(db): State<Db>) -> Result<StatusCode, ApiError> {
    conversations::delete_all(&db, owner.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is in the file.
#[derive(Debug, Serialize, ToSchema)]
struct Exported {
    exported_at: DateTime<Utc>,
    conversations: Vec<ExportedConversation>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ExportedConversation {
    id: i64,
    title: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    messages: Vec<ExportedMessage>,
}

/// Something that was said or done.
#[derive(Debug, Serialize, ToSchema)]
struct ExportedMessage {
    id: i64,
    /// `user` or `assistant`.
    role: &'static str,
    /// What was said, in Markdown; empty where tools were used.
    content: String,
    /// What the person said it about.
    #[serde(skip_serializing_if = "Option::is_none")]
    quoted: Option<String>,
    /// What the person answered to a question of the assistant's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answer: Vec<String>,
    /// What was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deeds: Vec<ExportedToolUse>,
    /// What the person thought of it: `positive` or `negative`.
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<String>,
    created_at: DateTime<Utc>,
}

/// The use of a tool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedDeed)]
struct ExportedToolUse {
    tool: String,
    /// The task that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// `done`, `failed`, `unknown`, `skipped`, `asked`, `running` or `waiting`.
    outcome: Value,
}

impl From<Message> for ExportedMessage {
    fn from(message: Message) -> Self {
        let quoted = message.parts().and_then(|parts| parts.quoted_text.clone());
        let elicitation = message.elicitation().into_iter();
        let answer = elicitation.flat_map(Elicitation::values).cloned().collect();
        let deeds = message.calls().iter().map(ExportedToolUse::from).collect();
        Self {
            id: message.id,
            role: match message.role {
                Role::User => "user",
                _ => "assistant",
            },
            quoted: quoted.filter(|quoted| !quoted.trim().is_empty()),
            answer,
            deeds,
            content: message.content,
            feedback: message.feedback,
            created_at: message.created_at,
        }
    }
}

impl From<&Call> for ExportedToolUse {
    fn from(call: &Call) -> Self {
        let argument = call.args.get("task_id").and_then(Value::as_i64);
        Self {
            tool: call.tool.clone(),
            task_id: call.task_id().or(argument),
            title: text(&call.result, "title").or_else(|| text(&call.args, "title")),
            outcome: serde_json::to_value(call.status).unwrap_or_default(),
        }
    }
}

fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// A part of the file.
type Piece = Result<Bytes, BoxError>;

/// Writes the file.
struct Writer {
    db: Db,
    owner: String,
    format: Format,
}

impl Writer {
    /// The one conversation that is wanted, or the first of all.
    async fn first(&self, wanted: Option<i64>) -> Result<Page<Conversation>, store::Error> {
        let Some(id) = wanted else {
            return self.conversations(None).await;
        };
        let found = conversations::get(&self.db, &self.owner, id).await?;
        Ok(Page {
            data: vec![found.ok_or(store::Error::NotFound)?],
            has_more: false,
        })
    }

    async fn conversations(&self, after: Option<i64>) -> Result<Page<Conversation>, store::Error> {
        conversations::list(&self.db, &self.owner, Order::Asc, after, PAGE).await
    }

    async fn write(
        &mut self,
        mut page: Page<Conversation>,
        now: DateTime<Utc>,
        out: &Sender<Piece>,
    ) -> Result<(), BoxError> {
        let format = self.format;
        let mut first = true;
        out.send(Ok(format.begin(now).into())).await?;
        loop {
            for conversation in &page.data {
                let head = format.conversation(conversation, std::mem::take(&mut first));
                out.send(Ok(head.into())).await?;
                self.messages(conversation.id, out).await?;
                out.send(Ok(format.end_of_conversation().into())).await?;
            }
            let Some(last) = page.data.last().filter(|_| page.has_more) else {
                out.send(Ok(format.end().into())).await?;
                return Ok(());
            };
            page = self.conversations(Some(last.id)).await?;
        }
    }

    async fn messages(&self, conversation: i64, out: &Sender<Piece>) -> Result<(), BoxError> {
        let (mut after, mut first) = (0, true);
        loop {
            let rows = export::messages(&self.db, &self.owner, conversation, after, PAGE).await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            after = last.id;
            let mut piece = String::new();
            for message in rows.into_iter().map(Message::from) {
                let message = ExportedMessage::from(message);
                piece.push_str(&self.format.message(&message, std::mem::take(&mut first)));
            }
            out.send(Ok(piece.into())).await?;
        }
    }
}

impl Format {
    fn begin(self, now: DateTime<Utc>) -> String {
        match self {
            Self::Json => json::begin(now),
            Self::Markdown => markdown::begin(now),
        }
    }

    fn conversation(self, conversation: &Conversation, first: bool) -> String {
        match self {
            Self::Json => json::conversation(conversation, first),
            Self::Markdown => markdown::conversation(conversation),
        }
    }

    fn message(self, message: &ExportedMessage, first: bool) -> String {
        match self {
            Self::Json => json::message(message, first),
            Self::Markdown => markdown::message(message),
        }
    }

    fn end_of_conversation(self) -> &'static str {
        match self {
            Self::Json => "]}",
            Self::Markdown => "",
        }
    }

    fn end(self) -> &'static str {
        match self {
            Self::Json => "\n]}\n",
            Self::Markdown => "",
        }
    }
}
