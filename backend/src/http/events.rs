//! Live events: a stream that says when the caller's tasks or conversations changed, whatever changed them.

use std::{convert::Infallible, time::Duration};

use axum::{
    BoxError,
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{
    Stream, StreamExt as _,
    stream::{iter, unfold},
};
use service::{problem::Problem, shutdown::Shutdown};
use store::{
    Db,
    events::{Changes, TaskEvents},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{caller::Owner, error::ProblemBody};
use crate::state::AppState;

const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// When to try again while there are too many streams, in seconds.
const LATER: u32 = 30;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(task_events))
}

/// Live events. After `event: tasks.changed` the list is worth fetching again; after `event: conversations.changed`
/// the conversation that its data names, as `{"conversation_id": 1}`, or any when it names none. Several changes may be
/// told once.
/// The stream holds no data of its own and stays open beyond the life of the token that opened it.
#[utoipa::path(
    get,
    path = "/api/{user_id}/events",
    tag = "tasks",
    params(("user_id" = String, Path, description = "The caller's id, or `me`")),
    responses((status = 200, description = "A stream of `tasks.changed` and `conversations.changed` events", content_type = "text/event-stream", body = String),
        (status = 503, description = "Too many streams are open, of the caller or of everybody", body = ProblemBody, content_type = "application/problem+json"))
)]
async fn task_events(
    owner: Owner,
    State(db): State<Db>,
    State(events): State<TaskEvents>,
    State(shutdown): State<Shutdown>,
) -> Response {
    let Some(changes) = events.subscribe(owner.id()) else {
        let detail = "Too many windows are open. This one will be told of changes later.";
        return Problem::unavailable(detail, LATER).into_response();
    };
    // A database that may be asleep is not woken for a listener; the next query of anybody starts it.
    if db.is_awake() {
        events.database_is_awake();
    }
    let begin = iter([Ok::<_, Infallible>(Event::default().comment("listening"))]);
    let rest = unfold((changes, shutdown), |(mut changes, shutdown)| async move {
        let events = next(&mut changes, &shutdown).await?;
        Some((iter(events.into_iter().map(Ok)), (changes, shutdown)))
    });
    server_sent_events(begin.chain(rest.flatten()))
}

/// A stream of server-sent events that proxies neither store, transform nor hold up.
pub(super) fn server_sent_events<E>(
    events: impl Stream<Item = Result<Event, E>> + Send + 'static,
) -> Response
where
    E: Into<BoxError> + 'static,
{
    let headers = [
        ("cache-control", "no-store, no-transform"),
        ("x-accel-buffering", "no"),
    ];
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    (headers, Sse::new(events).keep_alive(keep_alive)).into_response()
}

async fn next(changes: &mut Changes, shutdown: &Shutdown) -> Option<Vec<Event>> {
    let news = tokio::select! {
        told = changes.next() => told?,
        () = shutdown.stopping() => return None,
    };
    let tasks = news
        .tasks
        .then(|| Event::default().event("tasks.changed").data("{}"));
    let any = news.any_conversation.then(|| "{}".to_owned());
    let named = news.conversations.iter();
    let conversations = any
        .into_iter()
        .chain(named.map(|id| format!("{{\"conversation_id\":{id}}}")))
        .map(|data| Event::default().event("conversations.changed").data(data));
    Some(tasks.into_iter().chain(conversations).collect())
}
