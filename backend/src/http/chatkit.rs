//! The `ChatKit` protocol: one endpoint, the operation is named in the body.

mod actions;
mod frames;
mod ids;
mod input;
mod items;
mod labels;
mod operations;
mod protocol;
mod refused;
mod stream;
mod threads;

use std::time::Duration;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response, sse::Event},
};
use futures_util::{Stream, StreamExt, stream::iter};
use http::{StatusCode, header::CACHE_CONTROL};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store::Db;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    frames::Frame,
    input::Unfit,
    protocol::{
        AddStructuredInput, AddUserMessage, CreateThread, Envelope, OneThread, RetryAfterItem,
        Submission, SubmissionStatus,
    },
    refused::Refused,
};
use super::{
    caller::{Caller, KEY_RULE, is_key},
    events::server_sent_events,
};
use crate::{
    chat::{
        Chat, LONGEST_MESSAGE, Question, Refusal, Subscription, TurnRequest,
        elicitation::ElicitedAnswer,
    },
    state::AppState,
};

/// The longest that a stream's head waits for its first event.
const HEAD_WAITS: Duration = Duration::from_secs(1);

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(chatkit))
}

/// An error in the protocol's form.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `Refused` writes")]
struct ProtocolError {
    /// A sentence for people.
    message: String,
}

/// The ChatKit protocol (custom server). `threads.create`, `threads.add_user_message`, `threads.retry_after_item`,
/// `threads.add_structured_input`, `threads.add_client_tool_output` and `threads.custom_action` answer a stream of the
/// protocol's events, everything else one JSON object. Errors of this endpoint have the protocol's form, `{"message"}`;
/// what goes wrong after the message was stored is an `error` event of the stream.
#[utoipa::path(
    post,
    path = "/api/chatkit",
    tag = "chat",
    params(
        ("X-Timezone" = Option<String>, Header, description = "The caller's time zone, such as `Europe/Berlin`"),
        ("Accept-Language" = Option<String>, Header, description = "The caller's language, such as `ur-PK`"),
        ("Idempotency-Key" = Option<String>, Header, description = "The turn's name, 1 to 255 visible ASCII characters: the same again is the same turn. Also as `metadata.turn_id` of the body")
    ),
    request_body(content = serde_json::Value, description = "`{type, params, metadata?}`"),
    responses(
        (status = 200, description = "A stream of events, or a JSON object", content(
            (String = "text/event-stream"),
            (serde_json::Value = "application/json")
        )),
        (status = 400, description = "Not a request of the protocol, or an operation that is not supported", body = ProtocolError),
        (status = 404, description = "No such thread, or no such item in it", body = ProtocolError),
        (status = 409, description = "The thread is locked or closed", body = ProtocolError),
        (status = 413, description = "The body is too large", body = ProtocolError),
        (status = 429, description = "Too many messages; `Retry-After` says when there is room again", body = ProtocolError),
        (status = 503, description = "The database cannot be reached; `Retry-After` says when to try again", body = ProtocolError)
    )
)]
async fn chatkit(
    caller: Caller,
    State(db): State<Db>,
    State(chat): State<Chat>,
    request: Request,
) -> Result<Response, Refused> {
    let body = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| {
            let message = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => "The request is too large.",
                _ => "The request could not be read.",
            };
            Refused::new(rejection.status(), message)
        })?;
    let envelope: Envelope = parse(serde_json::from_slice(&body))?;
    let (owner, params) = (caller.id(), envelope.params);
    let key = turn_key(&caller, &envelope.metadata)?;
    let question = match envelope.r#type.as_str() {
        "threads.create" => {
            let CreateThread { input } = read(params)?;
            input.read(&db, owner).await.map(Question::Begin)
        }
        "threads.add_user_message" => {
            let AddUserMessage { thread_id, input } = read(params)?;
            let input = input.read(&db, owner).await;
            input.map(|input| Question::Continue {
                conversation: thread_id.conversation(),
                input,
            })
        }
        "threads.retry_after_item" => {
            let RetryAfterItem { thread_id, item_id } = read(params)?;
            Ok(Question::Again {
                conversation: thread_id.conversation(),
                message: item_id.message(),
            })
        }
        "threads.add_structured_input" => {
            let wanted: AddStructuredInput = read(params)?;
            Ok(Question::Elicited {
                conversation: wanted.thread_id.conversation(),
                message: wanted.item_id.message(),
                answer: submitted(wanted.input)?,
            })
        }
        other => return operate(other, params, &db, &chat, owner).await,
    };
    match question {
        Ok(question) => answer(&chat, caller.asks(question, key.as_deref())).await,
        // A message that breaks a rule is an error status: it would break it again.
        Err(Unfit::Rule(rule)) => Err(Refused::bad(&rule)),
        Err(Unfit::Store(error)) => refuse(&error.into()).await,
    }
}

/// An operation that needs no turn.
async fn operate(
    operation: &str,
    params: Value,
    db: &Db,
    chat: &Chat,
    owner: &str,
) -> Result<Response, Refused> {
    match operation {
        "threads.add_client_tool_output" => {
            let OneThread { thread_id } = read(params)?;
            let conversation = thread_id.conversation();
            let refused = actions::no_client_tool(chat, owner, conversation).await;
            Ok(event_stream(iter([refused])).await)
        }
        "threads.custom_action" => {
            let frames = actions::frames(chat, owner, &read(params)?).await;
            Ok(event_stream(iter(frames)).await)
        }
        "threads.sync_custom_action" => {
            json_answer(operations::sync_action(chat, owner, read(params)?).await)
        }
        "threads.get_by_id" => json_answer(operations::get_thread(db, owner, read(params)?).await),
        "threads.list" => json_answer(operations::list_threads(db, owner, read(params)?).await),
        "items.list" => json_answer(operations::list_items(db, owner, read(params)?).await),
        "threads.update" => json_answer(operations::update_thread(db, owner, read(params)?).await),
        "threads.delete" => json_answer(operations::delete_thread(db, owner, read(params)?).await),
        "items.feedback" => json_answer(operations::feedback(db, owner, read(params)?).await),
        "attachments.create" | "attachments.delete" => {
            Err(Refused::bad("Attachments are not supported."))
        }
        "input.transcribe" => Err(Refused::bad(
            "Speech is not supported: dictate in the browser.",
        )),
        _ => Err(Refused::bad("This operation is not supported.")),
    }
}

/// Starts a turn and shows it. From here on everything that goes wrong is told in the stream: a
/// client that gets an error status may send the message once more. But for one that was refused because of its
/// number: clients know what that status means, and nothing was done.
async fn answer(chat: &Chat, request: TurnRequest) -> Result<Response, Refused> {
    let conversation = request.question.conversation();
    match chat.answer(request).await {
        Ok(turn) => Ok(show(turn, conversation).await),
        Err(refusal) => refuse(&refusal).await,
    }
}

/// A turn as a stream of the protocol's events.
pub(super) async fn show(turn: Subscription, conversation: Option<i64>) -> Response {
    event_stream(stream::frames(turn, conversation)).await
}

async fn refuse(refusal: &Refusal) -> Result<Response, Refused> {
    match refusal {
        Refusal::Limited { .. } | Refusal::AccountDeleted => Err(refusal.clone().into()),
        refusal => Ok(event_stream(iter([Frame::refused(refusal)])).await),
    }
}

/// Frames as server-sent events.
///
/// The head waits for the first event. When it went out the moment the request was read, Traefik broke off one
/// answer in twenty before its first byte on a busy machine, and the client seemed to have left; this way it is one
/// in three hundred.
async fn event_stream(frames: impl Stream<Item = Frame> + Send + 'static) -> Response {
    let mut frames = Box::pin(frames.fuse());
    let first = tokio::time::timeout(HEAD_WAITS, frames.next()).await;
    let events = iter(first.ok().flatten())
        .chain(frames)
        .map(|frame| Event::default().json_data(&frame));
    server_sent_events(events)
}

fn submitted(submission: Submission) -> Result<ElicitedAnswer, Refused> {
    let skipped = submission.status == SubmissionStatus::Skipped;
    let given = submission.answers.into_iter();
    let answers = given
        .filter(|(_, answer)| !answer.skipped)
        .map(|(id, answer)| (id, answer.values))
        .collect();
    let answer = ElicitedAnswer { skipped, answers };
    let too_long = |value: &String| value.chars().count() > LONGEST_MESSAGE;
    if answer.answers.values().flatten().any(too_long) {
        return Err(Refused::bad(
            "An answer must have at most 10,000 characters.",
        ));
    }
    Ok(answer)
}

/// The client's name for the turn.
fn turn_key(caller: &Caller, metadata: &Value) -> Result<Option<String>, Refused> {
    let refused = || Refused::bad(KEY_RULE);
    if let Some(key) = caller.key().map_err(|_| refused())? {
        return Ok(Some(key.to_owned()));
    }
    let Some(key) = metadata.get("turn_id") else {
        return Ok(None);
    };
    let key = key.as_str().filter(|key| is_key(key));
    Ok(Some(key.ok_or_else(refused)?.to_owned()))
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
        Refused::bad("This is not a request of the ChatKit protocol.")
    })
}

fn json_answer<T: Serialize>(answer: Result<T, Refused>) -> Result<Response, Refused> {
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer?)).into_response())
}
