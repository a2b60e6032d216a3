//! Taking changes back.

use axum::extract::{DefaultBodyLimit, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service::{json::Json, problem::Problem};
use store::{
    Db, changes,
    undo::{self, Which},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, Owner},
    error::{ApiError, ProblemBody},
};
use crate::state::AppState;

/// The largest body, in bytes.
const BODY_MAX: usize = 4 * 1024;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_undoable, undo))
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

/// Which changes to take back.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct Undo {
    /// The `Undo-Id` of the answer to a change, or the `undo_id` of a tool's result. Without it: the last that stands.
    #[schema(max_length = 100)]
    batch: Option<String>,
}

/// What was taken back.
#[derive(Debug, Serialize, ToSchema)]
struct Undone {
    /// The batch that was undone.
    batch: String,
    /// Undoing this does the changes again.
    undo_id: String,
    /// The tasks that are again as they were before.
    restored: Vec<Restored>,
    /// The tasks that were left alone.
    refused: Vec<Refused>,
}

/// A task that is again as it was.
#[derive(Debug, Serialize, ToSchema)]
struct Restored {
    /// The task's id, the same as before.
    id: i64,
    /// Its title.
    title: String,
}

/// A task that was left alone.
#[derive(Debug, Serialize, ToSchema)]
struct Refused {
    /// The task's id.
    id: i64,
    /// Its title before the change.
    title: String,
    /// Why.
    reason: Reason,
}

/// Why a task was left alone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Reason {
    /// It was changed since.
    Changed,
    /// It was deleted since.
    Gone,
    /// What it was cannot be read any more.
    Unreadable,
}

/// Changes that can be undone together.
#[derive(Debug, Serialize, ToSchema)]
struct Undoable {
    /// What to undo.
    batch: String,
    /// By what they were made: `page`, `rest`, `chat` or `mcp`; null when another program made them.
    #[schema(required)]
    means: Option<String>,
    /// When they were made.
    at: DateTime<Utc>,
    /// How many tasks they are about.
    tasks: i64,
    /// The title of the first of these.
    title: String,
    /// What happened to the first: `created`, `changed`, `completed`, `reopened` or `deleted`.
    kind: String,
}

/// Takes changes back, all that were made together: what was deleted is there again with its id. A task that was changed
/// since is left alone and named. Asking again for what is undone already undoes nothing more and is answered the same.
#[utoipa::path(
    post,
    path = "/api/{user_id}/undo",
    tag = "tasks",
    params(
        ("user_id" = String, Path, description = "The caller's id, or `me`"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters")
    ),
    request_body = Option<Undo>,
    responses(
        (status = 200, description = "What was undone, and what was left alone", body = Undone),
        (status = 404, description = "The caller made no such changes in the last 30 days", body = ProblemBody),
        (status = 409, description = "Every task was changed since; nothing was undone", body = ProblemBody)
    )
)]
async fn undo(
    caller: Caller,
    State(db): State<Db>,
    body: Option<Json<Undo>>,
) -> Result<Json<Undone>, ApiError> {
    let batch = body.and_then(|Json(body)| body.batch);
    let which = batch.as_deref().map_or(Which::Last, Which::Batch);
    let author = caller.author();
    let key = caller.key()?.map(|key| format!("rest:{key}"));
    let undone = undo::undo(&db, &author, key.as_deref(), which).await;
    let undone = undone.map_err(|error| match error {
        store::Error::NotFound => Problem::not_found("There is no such change to undo.").into(),
        other => ApiError::from(other),
    })?;
    Ok(Json(undone.into()))
}

/// The newest changes that can be undone, at most 50.
#[utoipa::path(
    get,
    path = "/api/{user_id}/undo",
    tag = "tasks",
    params(("user_id" = String, Path, description = "The caller's id, or `me`")),
    responses((status = 200, description = "Newest first", body = Vec<Undoable>))
)]
async fn list_undoable(
    owner: Owner,
    State(db): State<Db>,
) -> Result<Json<Vec<Undoable>>, ApiError> {
    let undoable = undo::undoable(&db, owner.id()).await?;
    Ok(Json(undoable.into_iter().map(Undoable::from).collect()))
}

impl From<changes::Undone> for Undone {
    fn from(undone: changes::Undone) -> Self {
        let restored = undone.restored.into_iter();
        let restored = restored.map(|changes::Restored { id, title }| Restored { id, title });
        let refused = undone.refused.into_iter().map(|task| Refused {
            id: task.id,
            title: task.title,
            reason: match task.reason {
                changes::Reason::Changed => Reason::Changed,
                changes::Reason::Gone => Reason::Gone,
                changes::Reason::Unreadable => Reason::Unreadable,
            },
        });
        Self {
            batch: undone.batch,
            undo_id: undone.undo_id,
            restored: restored.collect(),
            refused: refused.collect(),
        }
    }
}

impl From<changes::Undoable> for Undoable {
    fn from(batch: changes::Undoable) -> Self {
        Self {
            batch: batch.batch,
            means: batch.means,
            at: batch.at,
            tasks: batch.tasks,
            title: batch.title,
            kind: batch.kind,
        }
    }
}
