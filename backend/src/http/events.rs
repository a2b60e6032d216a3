//! Live events: a stream that says when the caller's tasks or conversations changed, whatever changed them.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use service::shutdown::Shutdown;
use store::{
    Db,
    events::{Changes, TaskEvents},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::caller::Owner;
use crate::state::AppState;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

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
    responses((status = 200, description = "A stream of `tasks.changed` and `conversations.changed` events", content_type = "text/event-stream", body = String))
)]
async fn task_events(
    owner: Owner,
    State(db): State<Db>,
    State(events): State<TaskEvents>,
    State(shutdown): State<Shutdown>,
) -> impl IntoResponse {
    let changes = events.subscribe(owner.id());
    // A database that may be asleep is not woken for a listener; the next query of anybody starts it.
    if db.is_awake() {
        events.database_is_awake();
    }
    let begin = stream::iter([Ok(Event::default().comment("listening"))]);
    let rest = stream::unfold((changes, shutdown), |(mut changes, shutdown)| async move {
        let events = next(&mut changes, &shutdown).await?;
        Some((
            stream::iter(events.into_iter().map(Ok::<_, Infallible>)),
            (changes, shutdown),
        ))
    });
    let rest = stream::StreamExt::flatten(rest);
    let stream = stream::StreamExt::chain(begin, rest);
    (
        [
            ("cache-control", "no-cache, no-transform"),
            ("x-accel-buffering", "no"),
        ],
        Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)),
    )
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
