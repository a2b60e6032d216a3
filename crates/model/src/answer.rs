//! An answer while it is read: the events of either wire go in, the parts of a step come out.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::{
    Finish, ModelError, Part, Parts, StepLimits, ToolCall, Usage,
    endpoint::Events,
    think_tags::{Heard, ThinkTags},
    transport::Ending,
};

/// How a wire says what a model says.
pub(crate) trait Reading: Send {
    /// Takes in an event.
    fn event(&mut self, event: &Value, step: &mut Step) -> Result<(), ModelError>;

    /// The events have ended.
    fn end(&mut self, ending: Ending, step: &mut Step) -> Result<(), ModelError>;
}

/// What a step has come to so far.
pub(crate) struct Step {
    pub limits: StepLimits,
    tags: ThinkTags,
    /// Whether the model is known to begin with thoughts that no tag opens.
    unopened: Arc<AtomicBool>,
    text_bytes: usize,
    /// Parts still to be handed out.
    ready: VecDeque<Part>,
    /// Why nothing follows after those.
    ended: Option<Result<(), ModelError>>,
}

impl Step {
    /// Whether there were words.
    pub fn has_text(&self) -> bool {
        self.text_bytes > 0
    }

    pub fn say(&mut self, text: &str) -> Result<(), ModelError> {
        for heard in self.tags.hear(text) {
            match heard {
                Heard::Words(words) => self.tell(words)?,
                Heard::Thought { said: true } => {
                    self.unopened.store(true, Relaxed);
                    self.unsay();
                }
                Heard::Thought { said: false } => {}
            }
        }
        Ok(())
    }

    /// Says something else in the place of what was said.
    pub fn say_instead(&mut self, text: &str) -> Result<(), ModelError> {
        self.tags = ThinkTags::default();
        self.unsay();
        self.say(text)
    }

    fn unsay(&mut self) {
        self.text_bytes = 0;
        self.ready.push_back(Part::Unsaid);
    }

    /// No more words come.
    pub fn end_text(&mut self) -> Result<(), ModelError> {
        let rest = self.tags.end();
        self.tell(rest)
    }

    fn tell(&mut self, words: String) -> Result<(), ModelError> {
        self.text_bytes += words.len();
        if self.text_bytes > self.limits.answer_bytes {
            return Err(ModelError::TooLong);
        }
        if !words.is_empty() {
            self.ready.push_back(Part::Text(words));
        }
        Ok(())
    }

    /// The calls of a step that has ended, unless it ran out of room in the middle of them. One that nothing names costs
    /// no words.
    pub fn end(
        &mut self,
        calls: Result<Vec<ToolCall>, ModelError>,
        usage: Option<Usage>,
        finish: Finish,
    ) -> Result<(), ModelError> {
        let calls = match calls {
            Err(ModelError::Nonsense) if self.has_text() => Vec::new(),
            calls => calls?,
        };
        if finish == Finish::Length && !calls.is_empty() {
            return Err(ModelError::TooLong);
        }
        let calls = Some(calls).filter(|calls| !calls.is_empty());
        self.ready.extend(calls.map(Part::ToolCalls));
        self.ready.extend(usage.map(Part::Usage));
        self.ready
            .extend(self.tags.found().then_some(Part::Thoughts));
        self.ready.push_back(Part::Done(finish));
        self.ended = Some(Ok(()));
        Ok(())
    }
}

/// Turns an answer into parts: text at once, calls when all of them are whole.
pub(crate) fn parts(
    events: Events,
    reading: Box<dyn Reading>,
    limits: StepLimits,
    unopened: Arc<AtomicBool>,
) -> Parts {
    let tags = if unopened.load(Relaxed) {
        ThinkTags::unopened()
    } else {
        ThinkTags::default()
    };
    let step = Step {
        limits,
        tags,
        unopened,
        text_bytes: 0,
        ready: VecDeque::new(),
        ended: None,
    };
    let begun = (events, reading, step);
    stream::try_unfold(begun, |(mut events, mut reading, mut step)| async move {
        loop {
            if let Some(part) = step.ready.pop_front() {
                return Ok(Some((part, (events, reading, step))));
            }
            if let Some(ended) = step.ended {
                return ended.map(|()| None);
            }
            let taken = match events.next().await {
                Ok(event) => reading.event(&event, &mut step),
                Err(ending) => match step.end_text() {
                    Ok(()) => reading.end(ending, &mut step),
                    too_long => too_long,
                },
            };
            if let Err(error) = taken {
                step.ended = Some(Err(error));
            }
        }
    })
    .boxed()
}
