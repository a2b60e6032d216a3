//! A client that does what ours does: it sends the same request under the same key again until it has the turn's end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{
    plan::{Fault, Turn, When},
    world::World,
};
use crate::{
    talk::{
        client::Answer,
        model::{Failure, Planned},
        request,
    },
    users::People,
};

/// Between two attempts.
pub(super) const PAUSE: Duration = Duration::from_millis(150);
/// Longer than any attempt may be silent.
pub(super) const SILENCE: Duration = Duration::from_secs(40);
/// After this a turn counts as one that has no end.
pub(super) const LIMIT: Duration = Duration::from_mins(2);

/// What a turn says that was interrupted, and that cannot be taken up behind what was said since.
const GONE_ON: &str = "the conversation has gone on";

/// What a client saw of a turn.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// What was sent.
    text: String,
    /// The message's item, when it was told that it is stored.
    pub(super) confirmed: Option<String>,
    pub(super) attempts: usize,
    /// The conversation, when it was told one.
    pub(super) thread: Option<String>,
    /// The messages of the assistant in the attempt that came to the end.
    pub(super) said: String,
    /// Whether it was told that nobody will answer any more, because the conversation has gone on.
    pub(super) given_up: bool,
    /// Why there was no end.
    pub(super) failure: Option<String>,
    /// The batch that was taken back.
    pub(super) undone: Option<String>,
    /// Why it could not be.
    pub(super) undo_failure: Option<String>,
    /// What must not be, besides.
    pub(super) oddities: Vec<String>,
}

/// How an attempt ended.
enum Attempt {
    Whole,
    Broken(String),
    /// An error in the stream that may pass.
    Failed(String),
    Refused(String),
}

/// Goes through a turn with its fault.
pub(super) async fn turn(world: &Arc<World>, turn: &Turn, thread: Option<&str>) -> Seen {
    let mut seen = Seen {
        text: turn.order.text(),
        thread: thread.map(str::to_owned),
        ..Seen::default()
    };
    let mut request = Request {
        user: &turn.user,
        key: format!("{}-of-{}", turn.order.tag, turn.user),
        body: request::say(thread, &turn.order.text()),
    };
    prepare(world, turn);
    let begun = Instant::now();
    loop {
        let fault = if seen.attempts == 0 {
            turn.fault
        } else {
            Fault::Nothing
        };
        seen.attempts += 1;
        let why = match attempt(world, &request, fault, &mut seen).await {
            Attempt::Whole => return seen,
            Attempt::Refused(why) => {
                seen.failure = Some(why);
                return seen;
            }
            Attempt::Broken(why) => why,
            Attempt::Failed(why) => {
                if turn.retries
                    && let (Some(thread), Some(item)) = (&seen.thread, &seen.confirmed)
                {
                    // Another wish has another key.
                    request.key = format!("{}-again", request.key);
                    request.body = request::retry(thread, item);
                }
                why
            }
        };
        if begun.elapsed() > LIMIT {
            seen.failure = Some(format!("no end after {} attempts: {why}", seen.attempts));
            return seen;
        }
        sleep(PAUSE).await;
    }
}

/// What is sent, as often as it takes. The key is as unique as our client's, and the same in a replay.
struct Request<'a> {
    user: &'a str,
    key: String,
    body: Value,
}

impl Request<'_> {
    fn bytes(&self) -> std::io::Result<Vec<u8>> {
        let bytes = People::default().chatkit(self.user, Some(&self.key), &self.body);
        bytes.map_err(std::io::Error::other)
    }
}

/// Arranges what does not fail at one of the client's own events.
fn prepare(world: &Arc<World>, turn: &Turn) {
    let tag = &turn.order.tag;
    match turn.fault {
        Fault::Model(planned) => world.model.plan(tag, planned),
        Fault::Closed(time) => world.model.close_for(time),
        Fault::Kills(ending, When::Step(step)) => {
            world.at_step(tag, ending);
            let planned = Planned {
                step,
                times: 1,
                failure: Failure::Tells,
            };
            world.model.plan(tag, planned);
        }
        Fault::Kills(ending, when @ (When::BeforeCall | When::AfterCall))
            if turn.order.effects() > 0 =>
        {
            world.relay.arm(ending, when);
        }
        _ => {}
    }
}

async fn attempt(
    world: &Arc<World>,
    request: &Request<'_>,
    fault: Fault,
    seen: &mut Seen,
) -> Attempt {
    let broken = |error: std::io::Error| Attempt::Broken(error.to_string());
    let request = match request.bytes() {
        Ok(request) => request,
        Err(error) => return broken(error),
    };
    if fault == Fault::LeavesAtOnce {
        return match Answer::unread(world.port(), &request).await {
            Ok(_) => Attempt::Broken("left at once".to_owned()),
            Err(error) => broken(error),
        };
    }
    let answer = timeout(SILENCE, Answer::to(world.port(), &request)).await;
    let mut answer = match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return broken(error),
        Err(_) => return Attempt::Broken("no head".to_owned()),
    };
    match answer.status {
        200 => {}
        429 | 500.. => return Attempt::Broken(format!("status {}", answer.status)),
        status => {
            let why = answer.json().await.unwrap_or_default();
            return Attempt::Refused(format!("status {status}: {why}"));
        }
    }
    seen.said.clear();
    let mut events = 0;
    loop {
        if fault == Fault::LeavesAfter(events) {
            return Attempt::Broken("left".to_owned());
        }
        if let Fault::Kills(ending, When::Event(at)) = fault
            && at == events
        {
            world.begin_end(ending);
        }
        let event = match timeout(SILENCE, answer.event()).await {
            Ok(Ok(Some(event))) => event,
            Ok(Ok(None)) => return Attempt::Whole,
            Ok(Err(error)) => return broken(error),
            Err(_) => return Attempt::Broken("silence".to_owned()),
        };
        events += 1;
        if let Some(end) = seen.take(&event) {
            return end;
        }
    }
}

impl Seen {
    fn take(&mut self, event: &Value) -> Option<Attempt> {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
        match text("/type")? {
            "thread.created" => {
                let id = text("/thread/id").unwrap_or_default();
                let known = self.thread.get_or_insert_with(|| id.to_owned());
                if known != id {
                    let oddity = format!("one key, two conversations: {known} and {id}");
                    self.oddities.push(oddity);
                }
            }
            "thread.item.done" => match text("/item/type")? {
                // The message of another window, which died in line, is told here too.
                "user_message" if text("/item/content/0/text") == Some(&self.text) => {
                    let id = text("/item/id").unwrap_or_default();
                    let known = self.confirmed.get_or_insert_with(|| id.to_owned());
                    if known != id {
                        let oddity = format!("one key, two messages: {known} and {id}");
                        self.oddities.push(oddity);
                    }
                }
                "assistant_message" => {
                    self.said
                        .push_str(text("/item/content/0/text").unwrap_or_default());
                    self.said.push('\n');
                }
                _ => {}
            },
            "error" if event.get("allow_retry") == Some(&Value::Bool(true)) => {
                return Some(Attempt::Failed(event.to_string()));
            }
            "error" => {
                self.given_up = text("/message").is_some_and(|message| message.contains(GONE_ON));
                return Some(if self.given_up {
                    Attempt::Whole
                } else {
                    Attempt::Refused(event.to_string())
                });
            }
            _ => {}
        }
        None
    }
}
