//! A turn's events as the frames of a stream.

use std::{collections::VecDeque, time::Duration};

use futures_util::{Stream, stream};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::items::{Content, Item, Task, Thread, message_id, round_id};
use crate::chat::{Failure, Inbox, Refusal, Round, TurnEvent};

/// Words that come faster than this share a frame.
const PAUSE: Duration = Duration::from_millis(30);

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum Frame {
    #[serde(rename = "thread.created")]
    ThreadCreated { thread: Thread },
    #[serde(rename = "thread.updated")]
    ThreadUpdated { thread: Thread },
    #[serde(rename = "thread.item.added")]
    ItemAdded { item: Item },
    #[serde(rename = "thread.item.updated")]
    ItemUpdated { item_id: String, update: Update },
    #[serde(rename = "thread.item.done")]
    ItemDone { item: Item },
    #[serde(rename = "thread.item.removed")]
    ItemRemoved { item_id: String },
    #[serde(rename = "stream_options")]
    StreamOptions { stream_options: StreamOptions },
    #[serde(rename = "progress_update")]
    Progress {
        text: &'static str,
        icon: &'static str,
    },
    #[serde(rename = "client_effect")]
    ClientEffect { name: &'static str, data: Value },
    #[serde(rename = "error")]
    Error {
        code: &'static str,
        message: String,
        allow_retry: bool,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct StreamOptions {
    allow_cancel: bool,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum Update {
    #[serde(rename = "assistant_message.content_part.added")]
    PartAdded {
        content_index: usize,
        content: Content,
    },
    #[serde(rename = "assistant_message.content_part.text_delta")]
    TextDelta { content_index: usize, delta: String },
    #[serde(rename = "assistant_message.content_part.done")]
    PartDone {
        content_index: usize,
        content: Content,
    },
    #[serde(rename = "workflow.task.added")]
    TaskAdded { task_index: usize, task: Task },
    #[serde(rename = "workflow.task.updated")]
    TaskUpdated { task_index: usize, task: Task },
}

/// The frames of a turn. Dropping the stream stops the turn.
pub(super) fn frames(inbox: Inbox, conversation: Option<i64>) -> impl Stream<Item = Frame> {
    let reader = Reader {
        inbox,
        conversation: conversation.unwrap_or_default(),
        ready: VecDeque::new(),
        open: None,
        words: String::new(),
        next_flush: Instant::now(),
        over: false,
    };
    stream::unfold(reader, |mut reader| async move {
        reader.next().await.map(|frame| (frame, reader))
    })
}

/// All that a turn tells which is not even begun.
pub(super) fn refused(refusal: &Refusal) -> Frame {
    let passing = matches!(refusal, Refusal::Storage);
    Frame::Error {
        code: if passing { "stream.error" } else { "custom" },
        message: refusal.to_string(),
        allow_retry: passing,
    }
}

struct Reader {
    inbox: Inbox,
    conversation: i64,
    ready: VecDeque<Frame>,
    /// The message that is being said.
    open: Option<i64>,
    /// What of it was not sent yet.
    words: String,
    next_flush: Instant,
    over: bool,
}

impl Reader {
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            if self.over {
                return None;
            }
            let event = select! {
                biased;
                event = self.inbox.recv() => event,
                () = sleep_until(self.next_flush), if !self.words.is_empty() => {
                    self.flush();
                    continue;
                }
            };
            match event {
                Some(TurnEvent::Text { id, delta }) => self.hear(id, &delta),
                Some(event) => {
                    self.flush();
                    self.take(event);
                }
                // The turn's task ended without a word: it panicked, and the panic is in the log.
                None => {
                    self.withdraw();
                    self.fail("stream.error", "Something went wrong.".to_owned(), true);
                }
            }
        }
    }

    fn hear(&mut self, id: i64, delta: &str) {
        if self.open != Some(id) {
            self.open = Some(id);
            self.ready.push_back(Frame::ItemAdded {
                item: Item::unwritten(id, self.conversation),
            });
            let content = Content::output(String::new());
            self.update(
                message_id(id),
                Update::PartAdded {
                    content_index: 0,
                    content,
                },
            );
        }
        self.words.push_str(delta);
        if Instant::now() >= self.next_flush {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if let Some(id) = self.open.filter(|_| !self.words.is_empty()) {
            let delta = std::mem::take(&mut self.words);
            self.update(
                message_id(id),
                Update::TextDelta {
                    content_index: 0,
                    delta,
                },
            );
            self.next_flush = Instant::now() + PAUSE;
        }
    }

    fn take(&mut self, event: TurnEvent) {
        match event {
            TurnEvent::Created(conversation) => {
                self.conversation = conversation.id;
                // Its title follows as an update, which is where clients look for one.
                self.ready.push_back(Frame::ThreadCreated {
                    thread: Thread::bare(conversation),
                });
            }
            TurnEvent::Named(conversation) => {
                self.ready.push_back(Frame::ThreadUpdated {
                    thread: Thread::bare(conversation),
                });
            }
            TurnEvent::Asked(message) => {
                self.ready.push_back(Frame::ItemDone {
                    item: Item::stored(&message),
                });
            }
            TurnEvent::Answering => {
                let stream_options = StreamOptions { allow_cancel: true };
                self.ready
                    .push_back(Frame::StreamOptions { stream_options });
                self.ready.push_back(Frame::Progress {
                    text: "Thinking…",
                    icon: "sparkle",
                });
            }
            TurnEvent::Said(message) => {
                if self.open.take().is_some() {
                    let content = Content::output(message.content.clone());
                    let update = Update::PartDone {
                        content_index: 0,
                        content,
                    };
                    self.update(message_id(message.id), update);
                }
                self.ready.push_back(Frame::ItemDone {
                    item: Item::stored(&message),
                });
            }
            TurnEvent::CallStarted { round, index } => self.call_started(&round, index),
            TurnEvent::CallEnded { round, index } => self.call_ended(&round, index),
            TurnEvent::Kept(round) | TurnEvent::RoundEnded(round) => {
                self.ready.push_back(Frame::ItemDone {
                    item: Item::round(&round),
                });
            }
            TurnEvent::Failed { failure, .. } => {
                self.withdraw();
                self.fail(code(&failure), failure.message(), failure.allow_retry());
            }
            TurnEvent::Finished { .. } => {
                self.withdraw();
                self.over = true;
            }
            TurnEvent::Text { .. }
            | TurnEvent::Waiting
            | TurnEvent::Stored(_)
            | TurnEvent::Replaced(_)
            | TurnEvent::Removed(_)
            | TurnEvent::Notice { .. } => {}
        }
    }

    fn call_started(&mut self, round: &Round, index: usize) {
        // Words that turned out to be blank are not kept.
        self.withdraw();
        match round.calls.get(index) {
            Some(_) if index == 0 => self.ready.push_back(Frame::ItemAdded {
                item: Item::begun(round),
            }),
            Some(call) => {
                let update = Update::TaskAdded {
                    task_index: index,
                    task: Task::running(call),
                };
                self.update(round_id(round.id), update);
            }
            None => {}
        }
    }

    fn call_ended(&mut self, round: &Round, index: usize) {
        let Some(call) = round.calls.get(index) else {
            return;
        };
        let update = Update::TaskUpdated {
            task_index: index,
            task: Task::ended(call),
        };
        self.update(round_id(round.id), update);
        if call.may_have_changed() {
            let ids: Vec<i64> = call.task_id().into_iter().collect();
            let data = json!({ "ids": ids });
            self.ready.push_back(Frame::ClientEffect {
                name: "tasks_changed",
                data,
            });
        }
    }

    /// Takes back a message that was begun and is not kept.
    fn withdraw(&mut self) {
        self.words.clear();
        if let Some(id) = self.open.take() {
            self.ready.push_back(Frame::ItemRemoved {
                item_id: message_id(id),
            });
        }
    }

    fn update(&mut self, item_id: String, update: Update) {
        self.ready.push_back(Frame::ItemUpdated { item_id, update });
    }

    fn fail(&mut self, code: &'static str, message: String, allow_retry: bool) {
        self.ready.push_back(Frame::Error {
            code,
            message,
            allow_retry,
        });
        self.over = true;
    }
}

/// `stream.error` is for what may pass by itself; everything else is to be read by the person.
fn code(failure: &Failure) -> &'static str {
    if failure.allow_retry() {
        "stream.error"
    } else {
        "custom"
    }
}
