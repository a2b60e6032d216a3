//! Listing tasks: what the query string may say, and how pages are linked.

use axum::{
    extract::{OriginalUri, State},
    response::IntoResponse,
};
use http::header::{HeaderValue, LINK};
use serde::{Deserialize, Serialize};
use service::{
    json::{Json, Query},
    problem::Problem,
};
use store::{
    Db,
    task::Search,
    tasks::{self, Cursor, ListQuery},
};
use utoipa::{IntoParams, ToSchema};

use super::body::Task;
use crate::http::{
    caller::Owner,
    error::{ApiError, ProblemBody},
};

/// The longest page that may be asked for.
const LIMIT_MAX: i64 = 200;

/// Which tasks, in which order, how many.
#[derive(Debug, Deserialize, Serialize, IntoParams)]
pub(super) struct ListParams {
    /// Which tasks.
    #[serde(default)]
    #[param(inline)]
    status: Status,
    /// Only tasks with all these words, each as a part of a word of the title or the description, without regard to case,
    /// accents, width and variants of a letter.
    #[param(max_length = 200)]
    query: Option<String>,
    /// In which order. No task has a due date yet, so `due_date` is `created`.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// A page of so many tasks; without it the whole list up to 1,000.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// From the `Link` header of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    #[default]
    All,
    Pending,
    Completed,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    #[default]
    Created,
    Title,
    DueDate,
}

/// The caller's tasks, newest first unless asked otherwise.
#[utoipa::path(
    get,
    path = "/api/{user_id}/tasks",
    tag = "tasks",
    params(("user_id" = String, Path, description = "The caller's id, or `me`"), ListParams),
    responses(
        (
            status = 200,
            description = "The tasks",
            body = Vec<Task>,
            headers(
                ("X-Total-Count" = i64, description = "How many tasks the whole list has"),
                ("Link" = Option<String>, description = "`<…>; rel=\"next\"` when there is another page")
            )
        ),
        (status = 422, description = "A value of the query is not known", body = ProblemBody)
    )
)]
pub(super) async fn list_tasks(
    owner: Owner,
    State(db): State<Db>,
    OriginalUri(uri): OriginalUri,
    Query(params): Query<ListParams>,
) -> Result<impl IntoResponse, ApiError> {
    let page = tasks::list(&db, owner.id(), &params.query()?).await?;
    let total = [("x-total-count", HeaderValue::from(page.total))];
    let link = page.next.and_then(|next| params.link(uri.path(), next));
    let tasks: Vec<Task> = page.tasks.into_iter().map(Task::from).collect();
    Ok((total, link.map(|link| [(LINK, link)]), Json(tasks)))
}

impl ListParams {
    fn query(&self) -> Result<ListQuery, ApiError> {
        let limit = self.limit.unwrap_or(tasks::PAGE_MAX);
        if self
            .limit
            .is_some_and(|limit| !(1..=LIMIT_MAX).contains(&limit))
        {
            let message = "The limit must be between 1 and 200.";
            let problem = Problem::invalid(message).field("limit", message, "out_of_range");
            return Err(problem.into());
        }
        let search = self.query.as_deref().map(Search::parse);
        let cursor = self.cursor.clone().map(Cursor::try_from);
        let status = match self.status {
            Status::All => store::task::Status::All,
            Status::Pending => store::task::Status::Pending,
            Status::Completed => store::task::Status::Completed,
        };
        let sort = match self.sort {
            Sort::Created | Sort::DueDate => store::task::Sort::Created,
            Sort::Title => store::task::Sort::Title,
        };
        Ok(ListQuery {
            status,
            search: search.transpose()?.flatten(),
            sort,
            limit,
            cursor: cursor.transpose()?,
        })
    }

    /// The next page's address (RFC 8288), relative, so that it is right behind any proxy.
    fn link(&self, path: &str, next: Cursor) -> Option<HeaderValue> {
        let next = Self {
            limit: self.limit.or(Some(LIMIT_MAX)),
            cursor: Some(next.into()),
            query: self.query.clone(),
            ..*self
        };
        let query = serde_urlencoded::to_string(next).ok()?;
        let link = format!("<{path}?{query}>; rel=\"next\"");
        HeaderValue::from_str(&link).ok()
    }
}
