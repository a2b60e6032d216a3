//! A person's conversations as a file to keep, and their deletion all at once.
//!
//! The file is written as it is read, page by page: it takes as little memory for ten years of
//! conversations as for one.

mod json;
mod markdown;

use std::collections::VecDeque;

use axum::{
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
    conversations::{self, Conversation, Order},
    messages::{Message, Role},
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiError, Owner, error::ProblemBody};
use crate::{
    AppState,
    chat::{Call, Round},
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
    let mut reader = Reader::new(db, owner.id().to_owned(), wanted, now);
    // What is wrong at the beginning is an answer of its own, and not a file that breaks off.
    reader.next_conversations().await?;
    let pieces = stream::try_unfold(reader, |mut reader| async move {
        let piece = reader.piece().await?;
        Ok::<_, store::Error>(piece.map(|piece| (Bytes::from(piece), reader)))
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
    messages: Vec<Said>,
}

/// Something that was said or done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedMessage)]
struct Said {
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
    deeds: Vec<Deed>,
    /// What the person thought of it: `positive` or `negative`.
    #[serde(skip_serializing_if = "Option::is_none")]
    feedback: Option<String>,
    created_at: DateTime<Utc>,
}

/// The use of a tool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExportedDeed)]
struct Deed {
    tool: String,
    /// The task that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// `done`, `failed`, `unknown`, `skipped`, `asked`, `running` or `waiting`.
    outcome: Value,
}

impl From<Message> for Said {
    fn from(message: Message) -> Self {
        let deeds = Round::read(&message).map_or_else(Vec::new, |round| {
            round.calls.iter().map(Deed::from).collect()
        });
        let payload = message.payload.unwrap_or_default();
        let answers = payload.get("inputs").and_then(Value::as_array);
        let answer = answers.into_iter().flatten().flat_map(values).collect();
        Self {
            id: message.id,
            role: match message.role {
                Role::User => "user",
                _ => "assistant",
            },
            content: message.content,
            quoted: text(&payload, "quoted_text").filter(|quoted| !quoted.trim().is_empty()),
            answer,
            deeds,
            feedback: message.feedback,
            created_at: message.created_at,
        }
    }
}

impl From<&Call> for Deed {
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

/// What was answered to one question.
fn values(input: &Value) -> Vec<String> {
    let values = input.pointer("/answer/values").and_then(Value::as_array);
    let values = values.into_iter().flatten();
    values
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

/// Reads on, one page at a time.
struct Reader {
    db: Db,
    owner: String,
    wanted: Wanted,
    now: DateTime<Utc>,
    coming: VecDeque<Conversation>,
    /// The last conversation that was read, while there may be more after it.
    after: Option<i64>,
    more: bool,
    /// The conversation whose messages are being read, and the last one of those.
    open: Option<(i64, i64)>,
    first: bool,
    first_message: bool,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begin,
    Within,
    Over,
}

impl Reader {
    fn new(db: Db, owner: String, wanted: Wanted, now: DateTime<Utc>) -> Self {
        Self {
            db,
            owner,
            wanted,
            now,
            coming: VecDeque::new(),
            after: None,
            more: true,
            open: None,
            first: true,
            first_message: true,
            stage: Stage::Begin,
        }
    }

    /// The next part of the file; `None` after its end.
    async fn piece(&mut self) -> Result<Option<String>, store::Error> {
        match self.stage {
            Stage::Over => return Ok(None),
            Stage::Begin => {
                self.stage = Stage::Within;
                return Ok(Some(match self.wanted.format {
                    Format::Json => json::begin(self.now),
                    Format::Markdown => markdown::begin(self.now),
                }));
            }
            Stage::Within => {}
        }
        if let Some((conversation, after)) = self.open {
            return self.messages(conversation, after).await.map(Some);
        }
        if self.coming.is_empty() && self.more {
            self.next_conversations().await?;
        }
        let Some(next) = self.coming.pop_front() else {
            self.stage = Stage::Over;
            return Ok(Some(match self.wanted.format {
                Format::Json => json::END.to_owned(),
                Format::Markdown => String::new(),
            }));
        };
        self.open = Some((next.id, 0));
        let first = std::mem::take(&mut self.first);
        self.first_message = true;
        Ok(Some(match self.wanted.format {
            Format::Json => json::conversation(&next, first),
            Format::Markdown => markdown::conversation(&next),
        }))
    }

    async fn next_conversations(&mut self) -> Result<(), store::Error> {
        if let Some(id) = self.wanted.conversation {
            let found = conversations::get(&self.db, &self.owner, id).await?;
            self.coming.push_back(found.ok_or(store::Error::NotFound)?);
            self.more = false;
            return Ok(());
        }
        let page = conversations::list(&self.db, &self.owner, Order::Asc, self.after, PAGE).await?;
        self.after = page.data.last().map(|last| last.id);
        self.more = page.has_more;
        self.coming.extend(page.data);
        Ok(())
    }

    async fn messages(&mut self, conversation: i64, after: i64) -> Result<String, store::Error> {
        let rows =
            store::export::messages(&self.db, &self.owner, conversation, after, PAGE).await?;
        self.open = rows.last().map(|last| (conversation, last.id));
        if rows.is_empty() {
            return Ok(match self.wanted.format {
                Format::Json => json::END_OF_CONVERSATION.to_owned(),
                Format::Markdown => String::new(),
            });
        }
        let mut piece = String::new();
        for said in rows.into_iter().map(Said::from) {
            let first = std::mem::take(&mut self.first_message);
            match self.wanted.format {
                Format::Json => piece.push_str(&json::message(&said, first)),
                Format::Markdown => piece.push_str(&markdown::message(&said)),
            }
        }
        Ok(piece)
    }
}
