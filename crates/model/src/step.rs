//! What a step comes to when its parts are put together.

use serde_json::Value;

use crate::{Finish, ModelMessage, Part, ToolCall, json::whole_number};

/// Characters of a token, about, where a provider does not count for us.
const CHARACTERS: usize = 4;

/// What a step cost, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// What the model read.
    pub input: u64,
    /// What it wrote.
    pub output: u64,
}

impl Usage {
    /// From the `usage` of an answer, with the names that its wire has for the two.
    pub(crate) fn read(answer: &Value, names: [&str; 2]) -> Option<Self> {
        let [input, output] = names.map(|name| whole_number(answer.get("usage")?.get(name)?));
        input.or(output)?;
        Some(Self {
            input: input.unwrap_or(0),
            output: output.unwrap_or(0),
        })
    }
}

/// What the model said in a step, so far or to its end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepOutput {
    /// Its words.
    pub text: String,
    /// The calls it asks for; they come when all of them are whole.
    pub calls: Vec<ToolCall>,
    /// What the provider counted.
    pub usage: Option<Usage>,
    /// Whether thoughts were left out that the model wrote into its words.
    pub thoughts: bool,
    /// Whether the step came to its end.
    pub done: bool,
    /// How it came to its end.
    pub finish: Finish,
}

impl StepOutput {
    /// Takes in the next part.
    pub fn push(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.text.push_str(&text),
            Part::ToolCalls(calls) => self.calls = calls,
            Part::Usage(usage) => self.usage = Some(usage),
            Part::Unsaid => self.text.clear(),
            Part::Thoughts => self.thoughts = true,
            Part::Fallback { .. } => {}
            Part::Done(finish) => (self.done, self.finish) = (true, finish),
        }
    }

    /// What the step cost, as the provider counted it or else as an estimate from what was read and said.
    #[must_use]
    pub fn cost(&self, read: &[ModelMessage]) -> Usage {
        let tokens = |bytes: usize| u64::try_from(bytes.div_ceil(CHARACTERS)).unwrap_or(u64::MAX);
        self.usage.unwrap_or_else(|| Usage {
            input: tokens(read.iter().map(ModelMessage::len).sum()),
            output: tokens(self.text.len() + arguments(&self.calls)),
        })
    }
}

impl ModelMessage {
    /// The bytes that the model reads of it.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::System(text) | Self::User(text) => text.len(),
            Self::Assistant { text, calls } => {
                text.as_ref().map_or(0, String::len) + arguments(calls)
            }
            Self::ToolResult { content, .. } => content.len(),
        }
    }
}

fn arguments(calls: &[ToolCall]) -> usize {
    calls.iter().map(|call| call.arguments.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_counted_is_a_quarter_of_the_characters() {
        let read = [ModelMessage::User("12345678".into())];
        let mut output = StepOutput::default();
        output.push(Part::Text("123".into()));
        let estimated = Usage {
            input: 2,
            output: 1,
        };
        assert_eq!(output.cost(&read), estimated);
        let counted = Usage {
            input: 10,
            output: 20,
        };
        output.push(Part::Usage(counted));
        assert_eq!(output.cost(&read), counted);
    }
}
