//! What a turn costs, in tokens, and which model it was that answered.

use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{ModelMessage, ToolCall};

/// Characters of a token, about, where a provider does not count for us.
const CHARACTERS: usize = 4;

/// The sum of all steps.
#[derive(Debug, Default)]
pub(super) struct Cost(Mutex<Sum>);

#[derive(Debug, Default, Clone)]
pub(super) struct Sum {
    pub input: u64,
    pub output: u64,
    /// The model that answered in the place of the usual one.
    pub model: Option<String>,
}

impl Cost {
    /// Adds a step as the provider counts it.
    pub fn add(&self, input: u64, output: u64) {
        let mut sum = self.sum();
        sum.input = sum.input.saturating_add(input);
        sum.output = sum.output.saturating_add(output);
    }

    /// Adds a step that nobody counted.
    pub fn estimate(&self, read: &[ModelMessage], said: &str, wanted: &[ToolCall]) {
        let input: usize = read.iter().map(length).sum();
        let calls: usize = wanted.iter().map(|call| call.arguments.len()).sum();
        self.add(tokens(input), tokens(said.len() + calls));
    }

    pub fn answered_by(&self, model: String) {
        self.sum().model = Some(model);
    }

    pub fn so_far(&self) -> Sum {
        self.sum().clone()
    }

    fn sum(&self) -> MutexGuard<'_, Sum> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tokens(characters: usize) -> u64 {
    u64::try_from(characters.div_ceil(CHARACTERS)).unwrap_or(u64::MAX)
}

fn length(message: &ModelMessage) -> usize {
    match message {
        ModelMessage::System(text) | ModelMessage::User(text) => text.len(),
        ModelMessage::Assistant { text, calls } => {
            let calls: usize = calls.iter().map(|call| call.arguments.len()).sum();
            text.as_ref().map_or(0, String::len) + calls
        }
        ModelMessage::ToolResult { content, .. } => content.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_counted_is_a_quarter_of_the_characters() {
        let cost = Cost::default();
        cost.estimate(&[ModelMessage::User("12345678".into())], "123", &[]);
        assert_eq!((cost.so_far().input, cost.so_far().output), (2, 1));
        cost.add(10, 20);
        assert_eq!((cost.so_far().input, cost.so_far().output), (12, 21));
    }
}
