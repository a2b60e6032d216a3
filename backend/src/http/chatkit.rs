//! The `ChatKit` protocol: one endpoint, the operation is named in the body.

mod items;
mod labels;
mod protocol;
mod stream;

use std::time::Duration;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt};
use http::{
    HeaderMap, StatusCode,
    header::{CACHE_CONTROL, RETRY_AFTER},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use service::{auth::CurrentUser, stack::request_id};
use store::{Db, conversations, messages};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    items::{Empty, Page, Thread},
    protocol::{
        AddUserMessage, CreateThread, Direction, Envelope, Feedback, Input, ListItems, ListThreads,
        OneThread, RetryAfterItem, UpdateThread,
    },
};
use super::{
    chat::{requested_locale, requested_time_zone},
    idempotency,
};
use crate::{
    AppState,
    chat::{Ask, Chat, Inbox, Question, Refusal, Words, parse_message},
};

const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The longest that a stream's head waits for its first event.
const HEAD_WAITS: Duration = Duration::from_secs(1);
const PAGE: i64 = 100;
const LONGEST_TITLE: usize = 200;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(chatkit))
}

/// The ChatKit protocol (custom server). `threads.create`, `threads.add_user_message` and `threads.retry_after_item`
/// answer a stream of the protocol's events, everything else one JSON object. Errors of this endpoint have the
/// protocol's form, `{"message"}`; what goes wrong after the message was stored is an `error` event of the stream.
#[utoipa::path(
    post,
    path = "/api/chatkit",
    tag = "chat",
    params(("X-Timezone" = Option<String>, Header, description = "The caller's time zone, such as `Europe/Berlin`")),
    request_body(content = serde_json::Value, description = "`{type, params}`"),
    responses(
        (status = 200, description = "A stream of events, or a JSON object", content_type = "text/event-stream", body = String),
        (status = 400, description = "`{message}`: not a request of the protocol, or an operation that is not supported"),
        (status = 404, description = "`{message}`: no such thread")
    )
)]
async fn chatkit(
    user: CurrentUser,
    State(db): State<Db>,
    State(chat): State<Chat>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Refused> {
    let request_id = request_id(request.extensions()).to_owned();
    let body = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| {
            let message = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => "The request is too large.",
                _ => "The request could not be read.",
            };
            Refused::new(rejection.status(), message)
        })?;
    let Envelope { r#type, params } = parse(serde_json::from_slice(&body))?;
    let owner = user.id();
    let key = idempotency::key(&headers)
        .map_err(|_| Refused::new(StatusCode::BAD_REQUEST, idempotency::RULE))?;
    let ask = |what| Ask {
        owner: owner.to_owned(),
        what,
        time_zone: requested_time_zone(&headers),
        locale: requested_locale(&headers),
        request_id: request_id.clone(),
        key: key.map(str::to_owned),
    };
    match r#type.as_str() {
        "threads.create" => {
            let CreateThread { input } = read(params)?;
            Ok(answer(&chat, ask(Question::Begin(words(&input)?))).await)
        }
        "threads.add_user_message" => {
            let AddUserMessage { thread_id, input } = read(params)?;
            let conversation = thread_id.conversation();
            Ok(answer(
                &chat,
                ask(Question::Continue {
                    conversation,
                    words: words(&input)?,
                }),
            )
            .await)
        }
        "threads.retry_after_item" => {
            let RetryAfterItem { thread_id, item_id } = read(params)?;
            let (conversation, message) = (thread_id.conversation(), item_id.message());
            Ok(answer(
                &chat,
                ask(Question::Again {
                    conversation,
                    message,
                }),
            )
            .await)
        }
        "threads.get_by_id" => json_answer(get_thread(&db, owner, read(params)?).await),
        "threads.list" => json_answer(list_threads(&db, owner, read(params)?).await),
        "items.list" => json_answer(list_items(&db, owner, read(params)?).await),
        "threads.update" => json_answer(update_thread(&db, owner, read(params)?).await),
        "threads.delete" => json_answer(delete_thread(&db, owner, read(params)?).await),
        "items.feedback" => json_answer(feedback(&db, owner, read(params)?).await),
        _ => Err(Refused::new(
            StatusCode::BAD_REQUEST,
            "This operation is not supported.",
        )),
    }
}

/// Starts a turn and shows it. From here on everything that goes wrong is told in the stream: a
/// client that gets an error status may send the message once more.
///
/// The head waits for the first event. When it went out the moment the request was read, Traefik broke off one
/// answer in twenty before its first byte on a busy machine, and the client seemed to have left; this way it is one
/// in three hundred.
async fn answer(chat: &Chat, ask: Ask) -> Response {
    let conversation = ask.what.conversation();
    match chat.answer(ask).await {
        Ok(inbox) => show(inbox, conversation).await,
        Err(Refusal::Limited {
            retry_after,
            message,
        }) => limited(retry_after, &message),
        Err(refusal) => {
            let only = futures_util::stream::iter([stream::refused(&refusal)]);
            send(only).await
        }
    }
}

/// A turn as a stream of the protocol's events.
pub(super) async fn show(inbox: Inbox, conversation: Option<i64>) -> Response {
    send(stream::frames(inbox, conversation)).await
}

async fn send(frames: impl Stream<Item = stream::Frame> + Send + 'static) -> Response {
    let mut frames = Box::pin(frames.fuse());
    let first = tokio::time::timeout(HEAD_WAITS, frames.next()).await;
    let events = futures_util::stream::iter(first.ok().flatten())
        .chain(frames)
        .map(|frame| Event::default().json_data(&frame));
    (
        [
            ("cache-control", "no-cache, no-transform"),
            ("x-accel-buffering", "no"),
        ],
        Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)),
    )
        .into_response()
}

fn limited(retry_after: u32, message: &str) -> Response {
    let mut response = Refused::new(StatusCode::TOO_MANY_REQUESTS, message).into_response();
    response
        .headers_mut()
        .insert(RETRY_AFTER, retry_after.into());
    response
}

async fn get_thread(db: &Db, owner: &str, wanted: OneThread) -> Result<Thread, Refused> {
    let id = wanted.thread_id.conversation();
    let conversation = conversations::get(db, owner, id)
        .await?
        .ok_or_else(no_such_thread)?;
    let page = messages::list(db, owner, id, conversations::Order::Asc, None, PAGE).await?;
    Ok(Thread::new(conversation, Page::of_items(&page)))
}

async fn list_threads(db: &Db, owner: &str, wanted: ListThreads) -> Result<Page<Thread>, Refused> {
    let after = wanted
        .after
        .map(|after| after.known().ok_or_else(no_such_thread))
        .transpose()?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let page = conversations::list(db, owner, order(wanted.order), after, limit).await?;
    Ok(Page::of_threads(page))
}

async fn list_items(db: &Db, owner: &str, wanted: ListItems) -> Result<Page<items::Item>, Refused> {
    let id = wanted.thread_id.conversation();
    conversations::get(db, owner, id)
        .await?
        .ok_or_else(no_such_thread)?;
    let no_such_item = || Refused::new(StatusCode::NOT_FOUND, "This item does not exist.");
    let after = wanted
        .after
        .map(|after| after.known().ok_or_else(no_such_item))
        .transpose()?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let page = messages::list(db, owner, id, order(wanted.order), after, limit).await?;
    Ok(Page::of_items(&page))
}

async fn update_thread(db: &Db, owner: &str, wanted: UpdateThread) -> Result<Thread, Refused> {
    let title: String = wanted.title.chars().filter(|c| !c.is_control()).collect();
    let title = title.trim();
    if title.is_empty() || title.chars().count() > LONGEST_TITLE {
        let message = "A title has 1 to 200 characters.";
        return Err(Refused::new(StatusCode::BAD_REQUEST, message));
    }
    let id = wanted.thread_id.conversation();
    Ok(Thread::bare(
        conversations::rename(db, owner, id, title).await?,
    ))
}

async fn delete_thread(db: &Db, owner: &str, wanted: OneThread) -> Result<Empty, Refused> {
    conversations::delete(db, owner, wanted.thread_id.conversation()).await?;
    Ok(Empty {})
}

async fn feedback(db: &Db, owner: &str, wanted: Feedback) -> Result<Empty, Refused> {
    let id = wanted.thread_id.conversation();
    conversations::get(db, owner, id)
        .await?
        .ok_or_else(no_such_thread)?;
    let ids: Vec<i64> = wanted
        .item_ids
        .iter()
        .filter_map(|item| item.known())
        .collect();
    messages::set_feedback(db, owner, id, &ids, wanted.kind.as_str()).await?;
    Ok(Empty {})
}

fn words(input: &Input) -> Result<Words, Refused> {
    if input.has_attachments() {
        return Err(Refused::new(
            StatusCode::BAD_REQUEST,
            "Attachments are not supported.",
        ));
    }
    parse_message(&input.text())
        .map(Words::from)
        .map_err(|invalid| Refused::new(StatusCode::BAD_REQUEST, &invalid.message))
}

fn order(direction: Option<Direction>) -> conversations::Order {
    match direction.unwrap_or(Direction::Desc) {
        Direction::Asc => conversations::Order::Asc,
        Direction::Desc => conversations::Order::Desc,
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refused> {
    parse(serde_json::from_value(params))
}

fn parse<T>(parsed: Result<T, serde_json::Error>) -> Result<T, Refused> {
    parsed.map_err(|error| {
        tracing::debug!(
            line = error.line(),
            column = error.column(),
            "not a ChatKit request"
        );
        Refused::new(
            StatusCode::BAD_REQUEST,
            "This is not a request of the ChatKit protocol.",
        )
    })
}

fn json_answer<T: Serialize>(answer: Result<T, Refused>) -> Result<Response, Refused> {
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer?)).into_response())
}

fn no_such_thread() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, "This conversation no longer exists.")
}

/// An error in the protocol's form, which reads `message`.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    message: String,
}

impl Refused {
    fn new(status: StatusCode, message: &str) -> Self {
        Self {
            status,
            message: message.to_owned(),
        }
    }
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        match error {
            E::NotFound => no_such_thread(),
            E::Busy | E::Unavailable(_) => {
                tracing::warn!(%error, "a conversation cannot be read");
                let message = "The conversations cannot be reached. Try again in a moment.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
            }
            error => {
                tracing::error!(%error, "a query failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Something went wrong. Try again.",
                )
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "message": self.message }))).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, 2.into());
        }
        response
    }
}
