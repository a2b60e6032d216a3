//! A turn's events as the frames of a stream.

use std::{collections::VecDeque, time::Duration};

use futures_util::{Stream, stream};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{
    frames::{Frame, StreamOptions, Update},
    items::{Content, Item, message_id, round_id},
    threads::Thread,
    workflow::Task,
};
use crate::chat::{Failure, Inbox, Round, TurnEvent};

/// Words that come faster than this share a frame.
const PAUSE: Duration = Duration::from_millis(30);

/// The frames of a turn. Dropping the stream stops the turn.
pub(super) fn frames(inbox: Inbox, conversation: Option<i64>) -> impl Stream<Item = Frame> {
    let reader = Reader {
        inbox,
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
    inbox: Inbox,
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
            TurnEvent::Waiting => self.ready.push_back(Frame::Progress {
                text: "Waiting for the answer before this one…",
                icon: "clock",
            }),
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
            TurnEvent::Kept(round) => self.ready.push_back(Frame::ItemDone {
                item: Item::round(&round),
            }),
            TurnEvent::RoundEnded(round) => self.round_ended(&round),
            TurnEvent::Stored(message) => self.ready.push_back(Frame::ItemDone {
                item: Item::stored(&message),
            }),
            TurnEvent::Replaced(message) => {
                let round = Round::read(&message).filter(Round::runs);
                let item = round.map_or_else(|| Item::stored(&message), |r| Item::running(&r));
                self.ready.push_back(Frame::ItemReplaced { item });
            }
            TurnEvent::Removed(message) => self.ready.push_back(Frame::ItemRemoved {
                item_id: Item::stored(&message).id().to_owned(),
            }),
            TurnEvent::Notice {
                level,
                title,
                message,
            } => self.ready.push_back(Frame::Notice {
                level,
                message,
                title,
            }),
            TurnEvent::Failed { failure, .. } => {
                self.withdraw();
                self.fail(code(&failure), failure.message(), failure.allow_retry());
            }
            TurnEvent::Finished { .. } => {
                self.withdraw();
                self.over = true;
            }
            TurnEvent::Text { .. } => {}
        }
    }

    fn call_started(&mut self, round: &Round, index: usize) {
        // Words that turned out to be blank are not kept.
        self.withdraw();
        let Some(call) = round.calls.get(index) else {
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
            self.ready.push_back(Frame::ItemAdded {
                item: Item::begun(round),
            });
        } else {
            self.gone_on_with(round);
        }
    }

    fn call_ended(&mut self, round: &Round, index: usize) {
        let Some(call) = round.calls.get(index) else {
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
            self.ready.push_back(Frame::tasks_changed(&ids));
        }
    }

    fn round_ended(&mut self, round: &Round) {
        let item = Item::round(round);
        self.ready
            .push_back(if self.workflow.take() == Some(round.id) {
                Frame::ItemDone { item }
            } else {
                Frame::ItemReplaced { item }
            });
    }

    /// A round of an earlier turn is on the screen already, and whole: it is shown anew each time.
    fn gone_on_with(&mut self, round: &Round) {
        self.ready.push_back(Frame::ItemReplaced {
            item: Item::running(round),
        });
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
        self.ready
            .push_back(Frame::error(code, message, allow_retry));
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
