//! The task endpoints.

mod body;
mod list;

use axum::{
    extract::{DefaultBodyLimit, State},
    response::IntoResponse,
};
use http::{StatusCode, header::LOCATION};
use service::json::Json;
use store::{Db, changes::Author, tasks};
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::body::{Completion, CreateTask, PatchTask, ReplaceTask, Task};
use super::{
    caller::{Caller, Id, Owner},
    error::{ApiError, ProblemBody},
};
use crate::state::AppState;

/// The header of an answer by which its change can be undone.
const UNDO_ID: &str = "undo-id";

/// The largest body of a task, in bytes.
const BODY_MAX: usize = 64 * 1024;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list::list_tasks, create_task))
        .routes(routes!(get_task, replace_task, patch_task, delete_task))
        .routes(routes!(complete_task))
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

/// The path of one task.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it describes what `Owner` and `Id` read")]
struct TaskPath {
    /// The caller's id, or `me`
    user_id: String,
    /// The task's id
    id: i64,
}

/// Creates a task. With an `Idempotency-Key` the same request within 24 hours is answered as it was the first time.
#[utoipa::path(
    post,
    path = "/api/{user_id}/tasks",
    tag = "tasks",
    params(
        ("user_id" = String, Path, description = "The caller's id, or `me`"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible ASCII characters")
    ),
    request_body = CreateTask,
    responses(
        (status = 201, description = "Created; `Location` names it", body = Task),
        (status = 422, description = "A rule is broken, or the key came with another request", body = ProblemBody)
    )
)]
async fn create_task(
    caller: Caller,
    State(db): State<Db>,
    Json(body): Json<CreateTask>,
) -> Result<impl IntoResponse, ApiError> {
    let (new, author) = (body.parse()?, caller.author());
    let batch = author.batch().to_owned();
    let (task, batch, replayed) = match caller.key()? {
        Some(key) => {
            let key = format!("rest:{key}");
            let created = tasks::create_once(&db, author, &key, &new).await?;
            (created.task, created.batch, created.replayed)
        }
        None => (tasks::create(&db, author, &new).await?, Some(batch), false),
    };
    let location = [(LOCATION, format!("/api/me/tasks/{}", task.id))];
    let replayed = replayed.then_some([("idempotency-replayed", "true")]);
    let undo_id = batch.map(|batch| [(UNDO_ID, batch)]);
    let task = Json(Task::from(task));
    Ok((StatusCode::CREATED, location, replayed, undo_id, task))
}

/// One task.
#[utoipa::path(
    get,
    path = "/api/{user_id}/tasks/{id}",
    tag = "tasks",
    params(TaskPath),
    responses(
        (status = 200, description = "The task", body = Task),
        (status = 404, description = "The caller has no such task", body = ProblemBody)
    )
)]
async fn get_task(owner: Owner, Id(id): Id, State(db): State<Db>) -> Result<Json<Task>, ApiError> {
    let task = tasks::get(&db, owner.id(), id)
        .await?
        .ok_or(store::Error::NotFound)?;
    Ok(Json(task.into()))
}

/// Replaces the fields given; the title is required.
#[utoipa::path(
    put,
    path = "/api/{user_id}/tasks/{id}",
    tag = "tasks",
    params(TaskPath),
    request_body = ReplaceTask,
    responses(
        (status = 200, description = "The task as it is now", body = Task),
        (status = 404, description = "The caller has no such task", body = ProblemBody),
        (status = 422, description = "A rule is broken", body = ProblemBody)
    )
)]
async fn replace_task(
    caller: Caller,
    Id(id): Id,
    State(db): State<Db>,
    Json(body): Json<ReplaceTask>,
) -> Result<impl IntoResponse, ApiError> {
    let author = caller.author();
    let undo_id = undo_id(&author);
    let task = tasks::change(&db, author, id, &body.parse()?).await?;
    Ok((undo_id, Json(Task::from(task))))
}

/// Changes the fields given and no others.
#[utoipa::path(
    patch,
    path = "/api/{user_id}/tasks/{id}",
    tag = "tasks",
    params(TaskPath),
    request_body = PatchTask,
    responses(
        (status = 200, description = "The task as it is now", body = Task),
        (status = 404, description = "The caller has no such task", body = ProblemBody),
        (status = 422, description = "A rule is broken", body = ProblemBody)
    )
)]
async fn patch_task(
    caller: Caller,
    Id(id): Id,
    State(db): State<Db>,
    Json(body): Json<PatchTask>,
) -> Result<impl IntoResponse, ApiError> {
    let author = caller.author();
    let undo_id = undo_id(&author);
    let task = tasks::change(&db, author, id, &body.parse()?).await?;
    Ok((undo_id, Json(Task::from(task))))
}

/// Deletes a task.
#[utoipa::path(
    delete,
    path = "/api/{user_id}/tasks/{id}",
    tag = "tasks",
    params(TaskPath),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "The caller has no such task", body = ProblemBody)
    )
)]
async fn delete_task(
    caller: Caller,
    Id(id): Id,
    State(db): State<Db>,
) -> Result<impl IntoResponse, ApiError> {
    let author = caller.author();
    let undo_id = undo_id(&author);
    tasks::delete(&db, author, id).await?;
    Ok((StatusCode::NO_CONTENT, undo_id))
}

/// Marks a task done or open: without a body the other of what it is, with one as it says.
#[utoipa::path(
    patch,
    path = "/api/{user_id}/tasks/{id}/complete",
    tag = "tasks",
    params(TaskPath),
    request_body = Option<Completion>,
    responses(
        (status = 200, description = "The task as it is now", body = Task),
        (status = 404, description = "The caller has no such task", body = ProblemBody)
    )
)]
async fn complete_task(
    caller: Caller,
    Id(id): Id,
    State(db): State<Db>,
    body: Option<Json<Completion>>,
) -> Result<impl IntoResponse, ApiError> {
    let author = caller.author();
    let undo_id = undo_id(&author);
    let task = match body.and_then(|Json(body)| body.completed) {
        Some(completed) => tasks::set_completed(&db, author, id, completed).await?,
        None => tasks::toggle(&db, author, id).await?,
    };
    Ok((undo_id, Json(Task::from(task))))
}

/// By which the change can be undone.
fn undo_id(author: &Author<'_>) -> [(&'static str, String); 1] {
    [(UNDO_ID, author.batch().to_owned())]
}
