//! A turn's events as the frames of a stream.

use std::{collections::VecDeque, time::Duration};

use futures_util::{Stream, stream};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{
    frames::{Frame, StreamOptions, Update},
    ids::{message_id, round_id},
    items::{Content, Item, Task},
    threads::Thread,
};
use crate::chat::{Call, CallStatus, Failure, Message, Subscription, TurnEvent};

/// Words that come faster than this share a frame.
const PAUSE: Duration = Duration::from_millis(30);

/// The frames of a turn. Dropping the stream stops the turn.
pub(super) fn frames(turn: Subscription, conversation: Option<i64>) -> impl Stream<Item = Frame> {
    let reader = Reader {
        turn,
        conversation: conversation.unwrap_or_default(),
        ready: VecDeque::new(),
        open: None,
        workflow: None,
        words: String::new(),
        next_flush: Instant::now(),
        over: false,
    };
    stream::unfold(reader, |mut reader| async move {
        reader.next().await.map(|frame| (frame, reader))
    })
}

struct Reader {
    turn: Subscription,
    conversation: i64,
    ready: VecDeque<Frame>,
    /// The message that is being said.
    open: Option<i64>,
    /// The round whose workflow was begun in this stream and is not over.
    workflow: Option<i64>,
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
                event = self.turn.recv() => event,
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
                    self.fail("stream.error", "Something went wrong.", true);
                }
            }
        }
    }

    fn hear(&mut self, id: i64, delta: &str) {
        if self.open != Some(id) {
            self.open = Some(id);
            self.push(Frame::ItemAdded {
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
                self.push(Frame::ThreadCreated {
                    thread: Thread::bare(conversation),
                });
            }
            TurnEvent::Named(conversation) => {
                self.push(Frame::ThreadUpdated {
                    thread: Thread::bare(conversation),
                });
            }
            TurnEvent::Waiting => self.push(Frame::Progress {
                text: "Waiting for the answer before this one…",
                icon: "clock",
            }),
            TurnEvent::Answering => {
                let stream_options = StreamOptions { allow_cancel: true };
                self.push(Frame::StreamOptions { stream_options });
                self.push(Frame::Progress {
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
                self.push(Frame::ItemDone {
                    item: Item::stored(&message),
                });
            }
            TurnEvent::CallStarted { round, index } => self.call_started(&round, index),
            TurnEvent::CallEnded { round, index } => self.call_ended(&round, index),
            TurnEvent::RoundEnded(round) => self.round_ended(&round),
            TurnEvent::Asked(message) | TurnEvent::Kept(message) | TurnEvent::Stored(message) => {
                self.push(Frame::ItemDone {
                    item: Item::stored(&message),
                });
            }
            TurnEvent::Replaced(message) => {
                let runs = |call: &Call| call.status == CallStatus::Running;
                let item = if message.calls().iter().any(runs) {
                    Item::running(&message)
                } else {
                    Item::stored(&message)
                };
                self.push(Frame::ItemReplaced { item });
            }
            TurnEvent::Removed(message) => self.push(Frame::ItemRemoved {
                item_id: Item::stored(&message).id().to_owned(),
            }),
            TurnEvent::Notice {
                level,
                title,
                message,
            } => self.push(Frame::Notice {
                level,
                message,
                title,
            }),
            TurnEvent::Failed { failure, .. } => {
                self.withdraw();
                self.fail(code(&failure), failure.to_string(), failure.allow_retry());
            }
            TurnEvent::Finished { .. } => {
                self.withdraw();
                self.over = true;
            }
            TurnEvent::Text { .. } => {}
        }
    }

    fn call_started(&mut self, round: &Message, index: usize) {
        // Words that turned out to be blank are not kept.
        self.withdraw();
        let Some(call) = round.calls().get(index) else {
            return;
        };
        if self.workflow == Some(round.id) {
            let update = Update::TaskAdded {
                task_index: index,
                task: Task::running(call),
            };
            self.update(round_id(round.id), update);
        } else if index == 0 {
            self.workflow = Some(round.id);
            self.push(Frame::ItemAdded {
                item: Item::begun(round),
            });
        } else {
            self.gone_on_with(round);
        }
    }

    fn call_ended(&mut self, round: &Message, index: usize) {
        let Some(call) = round.calls().get(index) else {
            return;
        };
        if self.workflow == Some(round.id) {
            let update = Update::TaskUpdated {
                task_index: index,
                task: Task::ended(call),
            };
            self.update(round_id(round.id), update);
        } else {
            self.gone_on_with(round);
        }
        if call.may_have_changed() {
            let ids: Vec<i64> = call.task_id().into_iter().collect();
            self.push(Frame::tasks_changed(&ids));
        }
    }

    fn round_ended(&mut self, round: &Message) {
        let item = Item::stored(round);
        let begun_here = self.workflow.take() == Some(round.id);
        self.push(if begun_here {
            Frame::ItemDone { item }
        } else {
            Frame::ItemReplaced { item }
        });
    }

    /// A round of an earlier turn is on the screen already, and whole: it is shown anew each time.
    fn gone_on_with(&mut self, round: &Message) {
        self.push(Frame::ItemReplaced {
            item: Item::running(round),
        });
    }

    /// Takes back a message that was begun and is not kept.
    fn withdraw(&mut self) {
        self.words.clear();
        if let Some(id) = self.open.take() {
            self.push(Frame::ItemRemoved {
                item_id: message_id(id),
            });
        }
    }

    fn push(&mut self, frame: Frame) {
        self.ready.push_back(frame);
    }

    fn update(&mut self, item_id: String, update: Update) {
        self.push(Frame::ItemUpdated { item_id, update });
    }

    fn fail(&mut self, code: &'static str, message: impl Into<String>, allow_retry: bool) {
        self.push(Frame::error(code, message, allow_retry));
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
