//! Everything that is stored of the caller.

use axum::extract::State;
use http::StatusCode;
use store::Db;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{caller::Owner, error::ApiError};
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(delete_data))
}

/// Deletes all tasks and conversations of the caller, for good. The frontend calls it before it deletes an account.
#[utoipa::path(
    delete,
    path = "/api/{user_id}/data",
    tag = "account",
    params(("user_id" = String, Path, description = "The caller's id, or `me`")),
    responses((status = 204, description = "Nothing is left"))
)]
async fn delete_data(owner: Owner, State(db): State<Db>) -> Result<StatusCode, ApiError> {
    store::account::delete_data(&db, owner.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}
