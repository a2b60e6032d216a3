//! What the caller has asked of the model.

use axum::extract::State;
use serde::Serialize;
use service::json::Json;
use store::turns;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{caller::Owner, error::ApiError};
use crate::{chat::Chat, state::AppState};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(usage))
}

/// What the caller has asked of the model, and may ask of it.
#[derive(Debug, Serialize, ToSchema)]
struct Usage {
    /// The model that is configured, by its provider's name for it.
    model: String,
    /// What may be asked for; 0 is no limit.
    limits: Limits,
    /// In the minute that runs.
    minute: Spent,
    /// In the day that runs.
    day: Spent,
    /// In the last 30 days.
    last_30_days: Total,
}

/// What may be asked for; 0 is no limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageLimits)]
struct Limits {
    requests_per_minute: i64,
    requests_per_day: i64,
    tokens_per_minute: i64,
    tokens_per_day: i64,
}

/// What was asked for in some time.
#[derive(Debug, Serialize, ToSchema)]
struct Spent {
    requests: i64,
    tokens: i64,
}

/// What was asked for and answered.
#[derive(Debug, Serialize, ToSchema)]
struct Total {
    turns: i64,
    input_tokens: i64,
    output_tokens: i64,
}

impl From<turns::Spent> for Spent {
    fn from(spent: turns::Spent) -> Self {
        Self {
            requests: spent.requests,
            tokens: spent.tokens,
        }
    }
}

/// How much of the model the caller has used. A minute and a day begin with the first request in them.
#[utoipa::path(
    get,
    path = "/api/{user_id}/usage",
    tag = "chat",
    params(("user_id" = String, Path, description = "The caller's id, or `me`")),
    responses((status = 200, description = "Requests and tokens", body = Usage))
)]
async fn usage(owner: Owner, State(chat): State<Chat>) -> Result<Json<Usage>, ApiError> {
    let (limits, used) = chat.usage(owner.id()).await?;
    Ok(Json(Usage {
        model: chat.model_name().to_owned(),
        limits: Limits {
            requests_per_minute: limits.requests_per_minute,
            requests_per_day: limits.requests_per_day,
            tokens_per_minute: limits.tokens_per_minute,
            tokens_per_day: limits.tokens_per_day,
        },
        minute: used.minute.into(),
        day: used.day.into(),
        last_30_days: Total {
            turns: used.turns,
            input_tokens: used.input_tokens,
            output_tokens: used.output_tokens,
        },
    }))
}
