//! Everything that is stored of the caller.

use axum::extract::State;
use http::StatusCode;
use store::{Db, events::TaskEvents};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Owner, SignedIn},
    error::ApiError,
};
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(delete_data))
        .routes(routes!(delete_account))
}

/// Deletes all tasks and conversations of the caller, for good.
#[utoipa::path(
    delete,
    path = "/api/{user_id}/data",
    tag = "account",
    params(("user_id" = String, Path, description = "The caller's id, or `me`")),
    responses((status = 204, description = "Nothing is left"))
)]
async fn delete_data(
    _: SignedIn,
    owner: Owner,
    State(db): State<Db>,
) -> Result<StatusCode, ApiError> {
    store::account::delete_data(&db, owner.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes the caller's account here: everything stored of it, for good, and what its tokens could still do. From now on they
/// are answered 401, whatever they say of their expiry; only this can be asked again. The frontend calls it before it deletes
/// the account itself.
#[utoipa::path(
    delete,
    path = "/api/{user_id}/account",
    tag = "account",
    params(("user_id" = String, Path, description = "The caller's id, or `me`")),
    responses((status = 204, description = "Nothing is left, and nothing will come"))
)]
async fn delete_account(
    person: SignedIn,
    State(db): State<Db>,
    State(events): State<TaskEvents>,
) -> Result<StatusCode, ApiError> {
    store::account::delete(&db, person.id()).await?;
    events.end(person.id());
    Ok(StatusCode::NO_CONTENT)
}
