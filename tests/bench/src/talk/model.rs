//! A model of the bench's own, on the real wire: it says what the script says at the pace of a provider, takes down when
//! it did, and fails where it was told to.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::AbortHandle,
    time::sleep,
};

use self::connection::Connection;
use super::script::{self, Step};

mod connection;

/// How long a stalled model is silent if nobody leaves.
const STALL: Duration = Duration::from_secs(20);

/// How fast it speaks; by default it never waits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    /// From a request to its first token.
    pub(crate) delay: Duration,
    /// From one token to the next.
    pub(crate) token: Duration,
}

/// What goes wrong in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Status 500.
    Refuses,
    /// The connection ends after so many tokens, or pieces of a call's arguments.
    Cuts(usize),
    /// Silence after so many.
    Stalls(usize),
    /// Not the model's failure: the bench is told, and the step goes on.
    Tells,
}

/// A failure in a turn, from its n-th step on, so many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) step: usize,
    pub(crate) times: usize,
    pub(crate) failure: Failure,
}

/// When the model heard a question, said the first word of its answer, and the last.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// What came after the person's last message.
    pub(crate) since: Vec<Value>,
    pub(crate) asked: Instant,
    pub(crate) first: Option<Instant>,
    pub(crate) ended: Option<Instant>,
}

/// Answers until it is dropped.
pub(crate) struct Model {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    pace: Pace,
    /// How many want it to listen to nobody.
    closed: watch::Sender<usize>,
    planned: Mutex<HashMap<String, Planned>>,
    heard: Mutex<HashMap<String, Vec<Heard>>>,
    failures: AtomicUsize,
    calls: AtomicUsize,
    told: mpsc::UnboundedSender<String>,
}

impl Model {
    /// Starts it; the receiver gets the names of turns whose failure is to be told.
    pub(crate) async fn start(pace: Pace) -> io::Result<(Self, mpsc::UnboundedReceiver<String>)> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let (told, reports) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            pace,
            closed: watch::Sender::new(0),
            planned: Mutex::default(),
            heard: Mutex::default(),
            failures: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
            told,
        });
        let accepting = tokio::spawn(accept(Arc::clone(&shared), listener, port)).abort_handle();
        let model = Self {
            port,
            shared,
            accepting,
        };
        Ok((model, reports))
    }

    /// Plans a failure in a turn.
    pub(crate) fn plan(&self, tag: &str, planned: Planned) {
        lock(&self.shared.planned).insert(tag.to_owned(), planned);
    }

    /// What it heard in a turn.
    pub(crate) fn heard(&self, tag: &str) -> Vec<Heard> {
        let heard = lock(&self.shared.heard);
        heard.get(tag).cloned().unwrap_or_default()
    }

    /// All that it heard, turn by turn and step by step.
    pub(crate) fn all_heard(&self) -> Vec<Value> {
        let heard = lock(&self.shared.heard);
        let steps = heard.iter().flat_map(|(tag, steps)| {
            let step = move |step: &Heard| json!({ "tag": tag, "since": step.since });
            steps.iter().map(step)
        });
        steps.collect()
    }

    /// How often it failed.
    pub(crate) fn failures(&self) -> usize {
        self.shared.failures.load(Ordering::Relaxed)
    }

    /// Lets nobody connect for a while.
    pub(crate) fn close_for(&self, time: Duration) {
        self.shared.failures.fetch_add(1, Ordering::Relaxed);
        self.shared.closed.send_modify(|closed| *closed += 1);
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            sleep(time).await;
            shared.closed.send_modify(|closed| *closed -= 1);
        });
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, port: u16) -> io::Result<()> {
    let mut closed = shared.closed.subscribe();
    let mut listening = Some(listener);
    loop {
        let Some(listener) = &listening else {
            // It never fails while the shared part is there.
            let _ = closed.wait_for(|closed| *closed == 0).await;
            listening = Some(TcpListener::bind(("127.0.0.1", port)).await?);
            continue;
        };
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                tokio::spawn(serve(Arc::clone(&shared), Connection::new(stream)));
            }
            _ = closed.wait_for(|closed| *closed > 0) => listening = None,
        }
    }
}

/// Answers one request after the other. An error is the end of the connection, which is the client's to notice.
async fn serve(shared: Arc<Shared>, mut connection: Connection) -> io::Result<()> {
    let mut closed = shared.closed.subscribe();
    loop {
        let request = tokio::select! {
            request = connection.request() => request?,
            _ = closed.wait_for(|closed| *closed > 0) => return Ok(()),
        };
        shared.answer(&request, &mut connection).await?;
    }
}

impl Shared {
    async fn answer(&self, request: &Value, connection: &mut Connection) -> io::Result<()> {
        let messages = request.get("messages").and_then(Value::as_array);
        let messages = messages.map(Vec::as_slice).unwrap_or_default();
        let order = script::order(messages);
        let tag = order.map(|order| order.tag);
        let number = tag.as_deref().map(|tag| self.note(tag, messages));
        let failure = tag.as_deref().and_then(|tag| self.failure(tag, number?));
        if let (Some(tag), Some(Failure::Tells)) = (&tag, failure) {
            // Whoever ordered it may have ended.
            let _ = self.told.send(tag.clone());
        }
        if failure == Some(Failure::Refuses) {
            let body =
                json!({"error": {"message": "The server had an error.", "type": "server_error"}});
            return connection.refuse(&body).await;
        }
        sleep(self.pace.delay).await;
        connection.begin().await?;
        // A name that no other call has.
        let call = format!("call_{}", self.calls.fetch_add(1, Ordering::Relaxed));
        let pieces = pieces(script::step(messages), &call, request);
        for (place, piece) in pieces.iter().enumerate() {
            match failure {
                Some(Failure::Cuts(after)) if after == place => {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                Some(Failure::Stalls(after)) if after == place => {
                    connection.closed_within(STALL).await;
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                _ => {}
            }
            if place > 0 {
                sleep(self.pace.token).await;
            }
            connection.event(piece).await?;
            if place == 0 {
                self.change(tag.as_deref(), number, |step| {
                    step.first = Some(Instant::now());
                });
            }
        }
        connection.end().await?;
        self.change(tag.as_deref(), number, |step| {
            step.ended = Some(Instant::now());
        });
        Ok(())
    }

    /// Takes the question down; tells which of the turn's steps it is.
    fn note(&self, tag: &str, messages: &[Value]) -> usize {
        let mut heard = lock(&self.heard);
        let steps = heard.entry(tag.to_owned()).or_default();
        steps.push(Heard {
            since: script::since(messages).to_vec(),
            asked: Instant::now(),
            first: None,
            ended: None,
        });
        steps.len() - 1
    }

    fn change(&self, tag: Option<&str>, number: Option<usize>, how: impl FnOnce(&mut Heard)) {
        let mut heard = lock(&self.heard);
        let steps = tag.and_then(|tag| heard.get_mut(tag));
        if let Some(step) = steps
            .zip(number)
            .and_then(|(steps, number)| steps.get_mut(number))
        {
            how(step);
        }
    }

    fn failure(&self, tag: &str, number: usize) -> Option<Failure> {
        let mut all = lock(&self.planned);
        let planned = all.get_mut(tag)?;
        if number < planned.step || planned.times == 0 {
            return None;
        }
        planned.times -= 1;
        if planned.failure != Failure::Tells {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        Some(planned.failure)
    }
}

/// What is sent, event by event. The first is the first token.
fn pieces(step: Step, id: &str, request: &Value) -> Vec<Value> {
    let chunk = |delta: Value, finish: Option<&str>| {
        json!({
            "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": "bench",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        })
    };
    let said = |words: Vec<String>| words.into_iter().map(|word| json!({ "content": word }));
    let (deltas, finish) = match step {
        Step::Say(words) => (said(words).collect::<Vec<_>>(), "stop"),
        Step::Call {
            words,
            tool,
            arguments,
        } => {
            let arguments = arguments.to_string();
            let (begin, end) = arguments.split_at(arguments.len() / 2);
            let call = |fields: Value| json!({ "tool_calls": [fields] });
            let calls = [
                call(
                    json!({"index": 0, "id": id, "type": "function", "function": {"name": tool, "arguments": ""}}),
                ),
                call(json!({"index": 0, "function": {"arguments": begin}})),
                call(json!({"index": 0, "function": {"arguments": end}})),
            ];
            (said(words).chain(calls).collect(), "tool_calls")
        }
    };
    let mut pieces: Vec<Value> = deltas.into_iter().map(|delta| chunk(delta, None)).collect();
    pieces.push(chunk(json!({}), Some(finish)));
    if request.pointer("/stream_options/include_usage") == Some(&Value::Bool(true)) {
        pieces.push(json!({
            "id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [],
            "usage": {"prompt_tokens": 100, "completion_tokens": pieces.len(), "total_tokens": 100 + pieces.len()},
        }));
    }
    pieces
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
