//! An answer while it is read: the events of either wire go in, the parts of a step come out.

use std::collections::VecDeque;

use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::{
    ModelError, Part, Parts, StepLimits, ToolCall, Usage, endpoint::Events, transport::Ending,
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
    text_bytes: usize,
    /// Parts still to be handed out.
    ready: VecDeque<Part>,
    ended: bool,
}

impl Step {
    /// Whether there were words.
    pub fn has_text(&self) -> bool {
        self.text_bytes > 0
    }

    pub fn say(&mut self, text: String) -> Result<(), ModelError> {
        self.text_bytes += text.len();
        if self.text_bytes > self.limits.answer_bytes {
            return Err(ModelError::TooLong);
        }
        if !text.is_empty() {
            self.ready.push_back(Part::Text(text));
        }
        Ok(())
    }

    pub fn end(&mut self, calls: Vec<ToolCall>, usage: Option<Usage>) {
        let calls = Some(calls).filter(|calls| !calls.is_empty());
        self.ready.extend(calls.map(Part::ToolCalls));
        self.ready.extend(usage.map(Part::Usage));
        self.ready.push_back(Part::Done);
        self.ended = true;
    }
}

/// Turns an answer into parts: text at once, calls when all of them are whole.
pub(crate) fn parts(events: Events, reading: Box<dyn Reading>, limits: StepLimits) -> Parts {
    let step = Step {
        limits,
        text_bytes: 0,
        ready: VecDeque::new(),
        ended: false,
    };
    let begun = (events, reading, step);
    stream::try_unfold(begun, |(mut events, mut reading, mut step)| async move {
        loop {
            if let Some(part) = step.ready.pop_front() {
                return Ok(Some((part, (events, reading, step))));
            }
            if step.ended {
                return Ok(None);
            }
            match events.next().await {
                Ok(event) => reading.event(&event, &mut step)?,
                Err(ending) => reading.end(ending, &mut step)?,
            }
        }
    })
    .boxed()
}
