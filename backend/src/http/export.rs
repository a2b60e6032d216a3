//! A person's conversations as a file to keep, and their deletion all at once.
//!
//! The file is written while it is read, page by page: it takes as little memory for ten years of
//! conversations as for one.

mod format;

use axum::{
    BoxError,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use futures_util::stream;
use http::{StatusCode, header};
use serde::Deserialize;
use service::json::Query;
use store::{
    Db,
    conversations::{self, Conversation, Order, Page},
    export,
};
use tokio::sync::mpsc::{self, Sender};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::format::{Exported, Format, Part};
use super::{
    caller::{Owner, SignedIn},
    error::{ApiError, ProblemBody},
};
use crate::{chat::Message, state::AppState};

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
    _: SignedIn,
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
    let writer = Writer {
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
async fn delete_conversations(
    _: SignedIn,
    owner: Owner,
    State(db): State<Db>,
) -> Result<StatusCode, ApiError> {
    conversations::delete_all(&db, owner.id()).await?;
    Ok(StatusCode::NO_CONTENT)
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
        &self,
        mut page: Page<Conversation>,
        now: DateTime<Utc>,
        out: &Sender<Piece>,
    ) -> Result<(), BoxError> {
        let piece = |part: Part<'_>| Ok(self.format.write(&part).into());
        let mut first = true;
        out.send(piece(Part::Begin(now))).await?;
        loop {
            for conversation in &page.data {
                let head = Part::Conversation(conversation, std::mem::take(&mut first));
                out.send(piece(head)).await?;
                self.messages(conversation.id, out).await?;
                out.send(piece(Part::EndOfConversation)).await?;
            }
            let Some(last) = page.data.last().filter(|_| page.has_more) else {
                out.send(piece(Part::End)).await?;
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
            let messages = rows.into_iter().map(Message::from);
            let piece: String = messages
                .map(|message| Part::Message(message.into(), std::mem::take(&mut first)))
                .map(|part| self.format.write(&part))
                .collect();
            out.send(Ok(piece.into())).await?;
        }
    }
}
